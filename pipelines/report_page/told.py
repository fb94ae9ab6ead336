"""What the page of the pipeline tells beside the answers of its reports: key figures, deals, and the statuses."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from pipelines.questions.answer import Answers
from pipelines.questions.intervals import share
from schemas.known import AsOf
from schemas.settings import Settings


@dataclass(frozen=True)
class Figures:
    """The key figures of one moment; amounts in the currency asked for."""

    open_deals: int
    open_amount: Decimal
    weighted_amount: Decimal
    overdue_deals: int
    overdue_amount: Decimal
    won_deals: int
    won_amount: Decimal
    lost_deals: int
    lost_amount: Decimal
    won_in_year: int
    lost_in_year: int

    @property
    def win_rate(self) -> Decimal | None:
        """The share of won deals among those closed in a year; None where none was."""
        closed = self.won_in_year + self.lost_in_year
        return share(self.won_in_year, closed)


@dataclass(frozen=True)
class PipelineAnswers(Answers):
    """The answers of the pipeline's reports and what its page tells beside them.

    `then` are the figures of the moment `since`; where there are none, `uncompared` says why. `deals` are the columns
    of the deals as the page holds them.
    """

    figures: Figures = field(kw_only=True)
    then: Figures | None = field(kw_only=True)
    currency: str = field(kw_only=True)
    today: date = field(kw_only=True)
    when: AsOf = field(kw_only=True)
    since: AsOf = field(kw_only=True)
    deals: Mapping[str, Any] = field(kw_only=True)
    settings: Settings = field(kw_only=True)
