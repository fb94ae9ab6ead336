"""Checks: what an import of a file into an empty database would reject; nothing is stored."""

import tempfile
from dataclasses import replace
from pathlib import Path

from sqlalchemy import insert, select

from connectors.databases import bring_up_to_date, reading, transaction
from pipelines.drift import drift_of, load_look
from pipelines.imported import Imported, Options, Reading
from pipelines.importing import import_file
from schemas.errors import RunError, UsageError
from schemas.settings import Settings
from schemas.tables import account, account_alias, run

AT_ONCE = 10_000


def check_file(
    source: Path, settings: Settings, options: Options, schema: Path | None = None, database: str | None = None
) -> Imported:
    """Judge every row of a file as an import into an empty database would, but for exchange rates.

    Where a schema recorded what such files look like, how this one differs comes before the problems of its rows.
    Where a database is named, names of accounts are judged against those stored there; nothing is written to it.
    """
    if schema is None:
        return _check(source, settings, options, database)
    before = load_look(schema)
    layout = options.layout or before.layout
    drift = drift_of(source, before, layout, options.how)
    try:
        checked = _check(source, settings, replace(options, layout=layout), database)
    except UsageError:
        raise
    except RunError as fault:
        if all(problem.warns for problem in drift):
            raise
        # what changed is why no row can be judged, and tells more
        reading = Reading("", options.how, (), {}, (), (f"No row was judged: {fault.why}",), {})
        return Imported(None, source, layout, 0, 0, 0, 0, 0, 0, drift, {}, None, reading)
    return replace(checked, problems=[*drift, *checked.problems])


def _check(source: Path, settings: Settings, options: Options, database: str | None) -> Imported:
    with tempfile.TemporaryDirectory(prefix="dealport-check-") as folder:
        scratch = f"sqlite:///{Path(folder) / 'check.db'}"
        if database is not None:
            _copy_accounts(database, scratch)
        return import_file(
            source, scratch, settings, replace(options, dry_run=True, needs_rates=False, judges_only=True)
        )


def _copy_accounts(database: str, scratch: str) -> None:
    """Let a scratch database know the accounts of another, what was decided about names, and the runs they are of."""
    runs = select(run).where(run.c.id.in_(select(account.c.run_id)))
    bring_up_to_date(scratch)
    with reading(database) as stored, transaction(scratch) as connection:
        for table, query in ((run, runs), (account, select(account)), (account_alias, select(account_alias))):
            found = stored.execution_options(yield_per=AT_ONCE).execute(query).mappings()
            for some in found.partitions():
                connection.execute(insert(table), [dict(row) for row in some])
