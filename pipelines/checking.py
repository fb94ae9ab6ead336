"""Checks: what an import of a file into an empty database would reject; nothing is stored."""

import tempfile
from dataclasses import replace
from pathlib import Path

from pipelines.drift import drift_of, load_look
from pipelines.imported import Imported, Options, Reading
from pipelines.importing import import_file
from schemas.errors import RunError, UsageError
from schemas.settings import Settings


def check_file(source: Path, settings: Settings, options: Options, schema: Path | None = None) -> Imported:
    """Judge every row of a file as an import into an empty database would, but for exchange rates.

    Where a schema recorded what such files look like, how this one differs comes before the problems of its rows.
    """
    if schema is None:
        return _check(source, settings, options)
    before = load_look(schema)
    layout = options.layout or before.layout
    drift = drift_of(source, before, layout, options.how)
    try:
        checked = _check(source, settings, replace(options, layout=layout))
    except UsageError:
        raise
    except RunError as fault:
        if all(problem.warns for problem in drift):
            raise
        # what changed is why no row can be judged, and tells more
        reading = Reading("", options.how, (), {}, (), (f"No row was judged: {fault.why}",), {})
        return Imported(None, source, layout, 0, 0, 0, 0, 0, 0, drift, {}, None, reading)
    return replace(checked, problems=[*drift, *checked.problems])


def _check(source: Path, settings: Settings, options: Options) -> Imported:
    with tempfile.TemporaryDirectory(prefix="dealport-check-") as folder:
        scratch = f"sqlite:///{Path(folder) / 'check.db'}"
        return import_file(
            source, scratch, settings, replace(options, dry_run=True, needs_rates=False, judges_only=True)
        )
