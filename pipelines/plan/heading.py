"""The first line of a plan: of which file, with which settings, against which state it was made, and what it weighs."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from pipelines.imported import Options, Uncommitted
from pipelines.merge.recording import COUNTS
from pipelines.plan.weighing import Part, Weights
from schemas.clock import written
from schemas.exact import plain
from schemas.raw import ReadAs
from schemas.reading import Ways
from schemas.tables import installation, run


def heading(connection: Connection, done: Uncommitted, weights: Weights) -> dict[str, Any]:
    """What a plan says before its changes; amounts are texts."""
    merge, imported = done.merge, done.imported
    basis = select(run.c.id, run.c.recorded_at).where(run.c.recorded_at < merge.now).order_by(run.c.recorded_at.desc())
    last = connection.execute(basis.limit(1)).one_or_none()
    return {
        "database": connection.scalar(select(installation.c.key)),
        "planned_at": written(merge.now),
        "after_run": last.id if last else None,
        "after_moment": written(last.recorded_at) if last else None,
        "settings": merge.settings.fingerprint(),
        "base_currency": merge.settings.base_currency,
        "statuses": merge.settings.labels,
        "file": str(imported.file),
        "sha256": done.facts["sha256"],
        "size": done.facts["size"],
        "layout": imported.layout,
        "asked": _asked(done.options, imported.reading.how),
        "today": merge.today.isoformat(),
        "closed_at": written(merge.closed_now),
        "counts": {part: getattr(imported, part) for part in COUNTS} | {"missing": imported.missing},
        "money": {code: {part: str(value) for part, value in vars(s).items()} for code, s in imported.money.items()},
        "reading": asdict(imported.reading),
        "moved": [
            {"status": m.status, "currency": m.currency, "before": _part(m.before), "after": _part(m.after)}
            for m in weights.moved
        ],
        "pipeline": {"before": _part(weights.pipeline.before), "after": _part(weights.pipeline.after)},
        "no_rate": sorted({m.currency for m in weights.moved if m.currency} - weights.rates.keys()),
        "turned": {"lost": weights.lost, "reowned": weights.reowned, "redated": weights.redated},
    }


def _part(part: Part) -> dict[str, Any]:
    return {"deals": part.deals, "amount": f"{plain(part.amount):f}", "weighted": f"{plain(part.weighted):f}"}


def _asked(options: Options, how: ReadAs) -> dict[str, Any]:
    """The options under which the file gives the same again."""
    ways = {"dates": options.ways.dates, "decimal": options.ways.decimal, "probability": options.ways.probability}
    return {
        "layout": options.layout,
        "mode": options.mode,
        "duplicates": options.duplicates,
        "snapshot": options.snapshot,
        "rejects": str(options.rejects) if options.rejects else None,
        "ways": ways,
        "how": asdict(how),
    }


def asked_again(head: Mapping[str, Any], clock: Callable[[], datetime]) -> Options:
    """The options of the import that a plan was made for."""
    asked = head["asked"]
    return Options(
        layout=asked["layout"],
        mode=asked["mode"],
        duplicates=asked["duplicates"],
        snapshot=asked["snapshot"],
        rejects=Path(asked["rejects"]) if asked["rejects"] else None,
        how=ReadAs(**asked["how"] | {"signed": tuple(asked["how"]["signed"])}),
        ways=Ways(**asked["ways"]),
        today=date.fromisoformat(head["today"]),
        closed_at=datetime.fromisoformat(head["closed_at"]),
        clock=clock,
    )
