"""A stored status to the cells that tell it where a layout has no header for it: derived_status backwards."""

from functools import cache
from itertools import product

import pyarrow as pa

from pipelines.steps.parse import derived_status
from schemas.errors import UsageError
from schemas.folding import folded_word
from schemas.layout import Layout, Outcome
from schemas.mapping import match_headers, outcome_columns
from schemas.raw import RawBatch
from schemas.settings import Settings
from schemas.words import own_status, status_words


def _status_columns(layout: Layout) -> dict[str, str]:
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
        self.columns = _status_columns(layout)
        self.mapping = match_headers(layout, tuple(self.columns.values()))
        self.known, _ = status_words(layout, settings)
        self.kinds = {status.id: status.kind for status in settings.statuses}
        self.found = cache(self._found)
        """The same as `of`, or None where the layout cannot tell the status."""

    def of(self, status: str | None, stage: str | None, source: str | None) -> dict[str, str]:
        """The cell of each column for a status, the stored stage, and the system whose id its deal has."""
        found = self.found(status, stage, source)
        if found is None:
            why = f"Layout '{self.layout.name}' has no words that mean the status {status}."
            fix = f'that says so of a word under [stages], or leave such rows out: --where "status != {status}"'
            raise UsageError(why, f"Export with a layout of your own {fix}.")
        return found

    def _found(self, status: str | None, stage: str | None, source: str | None) -> dict[str, str] | None:
        if not self.columns:
            return {}
        rules = outcome_columns(self.layout)
        choices = [
            self._words(rules[name], status) if name in rules else self._stages(status, stage or "", source)
            for name in self.columns
        ]
        rows = list(product(*choices))
        told = next((row for row, read in zip(rows, self._read(rows), strict=True) if read == (status, True)), None)
        return None if told is None else dict(zip(self.columns, told, strict=True))

    def _read(self, rows: list[tuple[str, ...]]) -> list[tuple[str | None, bool]]:
        """What an import takes each row for, and whether it understands every cell."""
        cells = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
        batch = pa.RecordBatch.from_arrays(cells, names=list(self.columns))
        raw = RawBatch(pa.array(range(len(rows)), pa.int64()), batch)
        read, told = derived_status(raw, self.mapping, self.settings)
        faulty = {int(row) for _, _, fault in told for row in fault.indices}
        return [(status, row not in faulty) for row, status in enumerate(read.to_pylist())]

    def _stages(self, status: str | None, stage: str, source: str | None) -> list[str]:
        """The words that may stand for the stage, the best first: the stored one, the layout's, none, the settings'."""
        stages, word = self.layout.stages, folded_word(stage)
        # where an outcome tells the status, a deal of this system may have ended at any stage
        own = source == self.layout.source or (source is None and word in stages) or not stages
        kept = [stage] if own or self.known.get(word) == status else []
        meant = [one for one, means in stages.items() if own_status(means, self.settings) == status]
        shared = [rule for rule in self.layout.outcomes if self.columns["stage"] in rule.headers]
        words = [self.layout.spelled[one] for one in meant]
        words += [rule.spelled[one] for rule in shared for one in rule.values]
        labels = [each.label for each in self.settings.statuses if each.id == status]
        return list(dict.fromkeys([*filter(None, kept), *words, stage, "", *labels, status or ""]))

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
        return list(dict.fromkeys([rule.spelled[word] for word in (*meant, *same, *closed, *passing)] + [""]))
