"""The evidence of a column: how many of its cells fit only one way of reading, and how many fit several.

A cell such as 1,234 or 03/04/2026 can be read in two ways; the other cells of its column, or the layout, decide. Where
nothing decides, nothing is guessed.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

WAYS = {
    "dmy": "day/month/year",
    "mdy": "month/day/year",
    "ymd": "year/month/day",
    ".": "decimal point",
    ",": "decimal comma",
    "percent": "percent",
    "fraction": "fractions",
    "hundredfold": "hundredths of a percent",
}
"""The ways in which cells can be read, in the words of a summary."""


@dataclass
class Evidence:
    """What the cells of a column tell about their reading; `stated` is what the layout says, '' where it is silent."""

    stated: str = ""
    ordered: str = ""
    only: Counter[str] = field(default_factory=Counter)
    several: int = 0
    example: str = ""
    fitted: set[str] = field(default_factory=set)

    def see(self, ways: Iterable[str], cells: int, text: str) -> None:
        """Note that some cells of the same text fit some ways; cells that mean the same in all ways tell nothing."""
        fitting = sorted(ways)
        if len(fitting) == 1:
            self.only[fitting[0]] += cells
        elif fitting:
            self.several += cells
            self.example = self.example or text
            self.fitted.update(fitting)

    def verdict(self) -> str | None:
        """The way that holds for the whole column; None where the cells and the layout leave it open.

        What was ordered holds. Else what all telling cells fit; the layout's word where they disagree or where none
        tells. One cell alone does not outweigh the layout, as long as there are others that could be read either way.
        """
        if self.ordered:
            return self.ordered
        telling = [way for way, cells in self.only.items() if cells]
        if len(telling) == 1 and telling[0] != self.stated:
            alone = self.only[telling[0]] == 1 and self.several
            return None if self.stated and alone else telling[0]
        if len(telling) > 1 and self.stated not in telling:
            return None
        if not telling and not self.several:
            return self.stated
        return self.stated or None

    def told(self, way: str = "") -> str:
        """The counts in words, and what made a way hold: 212 fit only that, 1 only month/day/year, 88 both."""
        telling = [one for one in self._ways() if self.only[one]]
        counted = [f"{self.only[one]:,} fit only {'that' if one == way else WAYS[one]}" for one in telling]
        counted += [f"{self.several:,} fit {'both' if len(self._ways()) == 2 else 'several'}"] if self.several else []
        if way and way == self.ordered:
            return f"as ordered; {', '.join(counted)}"
        by_layout = bool(way) and way == self.stated and telling != [way]
        return f"as the layout says; {', '.join(counted)}" if by_layout else ", ".join(counted)

    def open_question(self) -> str:
        """Why nothing decides, in words: 88 values such as '03/04/2026' fit both ways, 0 decide."""
        telling = [way for way, cells in self.only.items() if cells]
        ways = " and ".join(WAYS[way] for way in self._ways())
        if not telling:
            return f"{self.several:,} values such as '{self.example}' fit both {ways}, 0 decide"
        says = f"; the layout says {WAYS[self.stated]}" if self.stated else ""
        return f"{self.told()}{says}"

    def _ways(self) -> Sequence[str]:
        return [way for way in WAYS if way in self.fitted or self.only[way]]

    def worth_telling(self, way: str) -> bool:
        """Whether a summary should show the decision: cells fit several ways, or another than the layout's."""
        return bool(self.several) or (bool(self.only[way]) and way not in {self.stated, "ymd", ".", "percent"})
