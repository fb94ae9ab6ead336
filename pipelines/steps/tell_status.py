"""A stored status to the cells that tell it where a layout has no header for it: derived_status backwards."""

from functools import cache
from itertools import product

import pyarrow as pa

from pipelines.steps.parse import derived_status
from schemas.errors import UsageError
from schemas.layout import Layout, Outcome, folded_word
from schemas.mapping import match_headers, outcome_columns
from schemas.raw import RawBatch
from schemas.settings import Settings
from schemas.words import own_status, status_words


def status_columns(layout: Layout) -> dict[str, str]:
    """The headers under which a layout without a status tells it: that of the stage, and those of outcome rules."""
    if layout.entity != "opportunity" or "status" in {*layout.headers, *layout.same}:
        return {}
    stage = {"stage": layout.headers["stage"][0]} if "stage" in layout.headers else {}
    return stage | {name: rule.headers[0] for name, rule in outcome_columns(layout).items()}


class StatusCells:
    """What stands under the headers of a layout that tell the status: what its reader takes for the stored one."""

    def __init__(self, layout: Layout, settings: Settings) -> None:
        """Take the layout, with all of its headers, and the statuses there are."""
        self.layout, self.settings = layout, settings
        self.columns = status_columns(layout)
        self.mapping = match_headers(layout, tuple(self.columns.values()))
        self.known, _ = status_words(layout, settings)
        self.kinds = {status.id: status.kind for status in settings.statuses}
        self.of = cache(self._of)
        """The cell of each column for a status, the stored stage, and whether that is a word of this source."""

    def _of(self, status: str | None, stage: str | None, own: bool) -> dict[str, str]:
        if not self.columns:
            return {}
        rules = outcome_columns(self.layout)
        choices = [
            self._words(rules[name], status) if name in rules else self._stages(status, stage or "", own)
            for name in self.columns
        ]
        rows = list(product(*choices))
        found = next((row for row, read in zip(rows, self._read(rows), strict=True) if read == (status, True)), None)
        if found is None:
            why = f"Layout '{self.layout.name}' has no word that means the status {status}."
            fix = f"with a word for {status} under [stages] or in an outcome"
            raise UsageError(why, f"Export with a layout of your own, {fix}, or with --layout orocrm or plain.")
        return dict(zip(self.columns, found, strict=True))

    def _read(self, rows: list[tuple[str, ...]]) -> list[tuple[str | None, bool]]:
        """What an import takes each row for, and whether it understands every cell."""
        cells = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
        batch = pa.RecordBatch.from_arrays(cells, names=list(self.columns))
        raw = RawBatch(pa.array(range(len(rows)), pa.int64()), batch)
        read, told = derived_status(raw, self.mapping, self.settings)
        faulty = {int(row) for _, _, fault in told for row in fault.indices}
        return [(status, row not in faulty) for row, status in enumerate(read.to_pylist())]

    def _stages(self, status: str | None, stage: str, own: bool) -> list[str]:
        """The words that may stand for the stage, the best first: the stored one, the layout's, none, the settings'."""
        stages = self.layout.stages
        kept = [stage] if own or not stages or folded_word(stage) in self.known else []
        meant = [word for word, means in stages.items() if own_status(means, self.settings) == status]
        shared = [rule for rule in self.layout.outcomes if self.columns["stage"] in rule.headers]
        labels = [one.label for one in self.settings.statuses if one.id == status]
        words = [
            *filter(None, kept),
            *map(self._spelled, meant),
            *(self._spelled(word) for rule in shared for word in rule.values),
        ]
        return list(dict.fromkeys([*words, stage, "", *labels, *filter(None, [status])]))

    def _words(self, rule: Outcome, status: str | None) -> list[str]:
        """The words of a rule that do not contradict a status, the best first; none of them if need be."""
        kind = self.kinds.get(status or "")
        kinds = {word: self.kinds.get(means, means) for word, means in rule.values.items()}
        others = {"won", "lost"} if kind in {"won", "lost"} else set()
        meant = [word for word, means in rule.values.items() if own_status(means, self.settings) == status and status]
        same = [word for word, of in kinds.items() if of == kind]
        # a rule that comes after the one that tells is not read: what was won is closed as well
        closed = [word for word, of in kinds.items() if of in others]
        passing = [word for word, of in kinds.items() if of == ""]
        return list(dict.fromkeys([*map(self._spelled, [*meant, *same, *closed, *passing]), ""]))

    def _spelled(self, word: str) -> str:
        return self.layout.spelled.get(word, word)
