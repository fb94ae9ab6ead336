"""The circuit breaker's limits: how much an unattended import may reject, move or turn before it is held."""

import re
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Limit:
    """A number, or a share of a whole in percent."""

    most: Decimal
    percent: bool

    def exceeded(self, part: Decimal | int, whole: Decimal | int) -> bool:
        """Whether a part of a whole is more than the limit allows."""
        return part * 100 > self.most * whole if self.percent else part > self.most

    def __str__(self) -> str:
        """As it is set."""
        return f"{self.most:f}%" if self.percent else f"{self.most:f}"


def parse_limit(text: str) -> Limit | None:
    """The limit in a text such as 10 or 2.5%; None where it is neither."""
    found = re.fullmatch(r"(\d{1,9}(?:\.\d{1,4})?)\s*(%?)", text.strip())
    return Limit(Decimal(found[1]), bool(found[2])) if found else None


@dataclass(frozen=True, slots=True)
class Breaker:
    """What is too much for an unattended import; None and False do not limit anything.

    Rejected rows of those read; rows fewer than in the last file of the same source; the open pipeline's amount;
    open deals that would be lost, given to another owner, or moved to another close date; a file written before the
    last one of the same source.
    """

    max_rejected: Limit | None = None
    max_fewer_rows: Limit | None = None
    max_pipeline_move: Limit | None = None
    max_lost: Limit | None = None
    max_reowned: Limit | None = None
    max_redated: Limit | None = None
    refuse_older_file: bool = False

    def limits(self) -> bool:
        """Whether anything is limited."""
        return self != Breaker()
