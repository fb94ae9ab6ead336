"""Budgets: how many problems of a file a check lets pass, in all or of a code."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from schemas.errors import UnknownNameError, UsageError
from schemas.problems import RULES, Problem


@dataclass(frozen=True)
class Budgets:
    """The problems allowed of each code that has a budget of its own, and of all others together."""

    others: int = 0
    of_code: dict[str, int] = field(default_factory=dict)
    given: bool = False

    def exceeded(self, problems: Iterable[Problem]) -> list[str]:
        """A sentence for each budget that the problems of a file exceed; what only warns does not count."""
        found = Counter(problem.code for problem in problems if not problem.warns)
        told = [
            f"{found[code]} {code}, more than --max-problems {code}={most} allows."
            for code, most in sorted(self.of_code.items())
            if found[code] > most
        ]
        rest = sum(number for code, number in found.items() if code not in self.of_code)
        if rest > self.others:
            which = f"{'other ' if self.of_code else ''}problem{'' if rest == 1 else 's'}"
            told.append(f"{rest} {which}, more than --max-problems {self.others} allows.")
        return told


def read_budgets(words: Sequence[str] | None) -> Budgets:
    """The budgets that words such as '10' and 'too_long=5' give; without a word none is allowed."""
    others, of_code = 0, {}
    for word in words or ():
        code, _, number = word.rpartition("=")
        if "=" in word and code not in RULES:
            raise UnknownNameError("problem code", code, RULES)
        if not number.isascii() or not number.isdecimal():
            raise UsageError(f"--max-problems {word} is not a number.", "Write 10, or a code and a number: too_long=5.")
        if code:
            of_code[code] = int(number)
        else:
            others = int(number)
    return Budgets(others, of_code, words is not None)
