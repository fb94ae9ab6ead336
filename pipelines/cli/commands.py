"""The commands: each calls one use case and shows its result."""

import os
import sys
from argparse import Namespace
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

from pipelines.cli import NOTHING, REJECTED, STORED, entities, showing
from pipelines.cli.patterns import files_meant
from pipelines.cli.problems import format_asked, report_asked, write_problems
from pipelines.cli.progress import progress_bar
from pipelines.cli.reading import read_as
from pipelines.importing import Imported, Options
from schemas.budgets import read_budgets
from schemas.choices import choices, first_sentence
from schemas.clock import utc_now
from schemas.errors import RunError, UsageError
from schemas.features import is_on, layouts_on
from schemas.layout import load_layout
from schemas.reading import Ways
from schemas.settings import Settings, load_settings


def _settings(words: Namespace) -> Settings:
    return load_settings(Path(words.config) if words.config else None)


def _database(words: Namespace) -> str:
    url: str = words.db or os.environ.get("DEALPORT_DATABASE_URL") or "sqlite:///dealport.db"
    return url


def _today(words: Namespace) -> date:
    today: date = words.today or utc_now().date()
    return today


def _options(words: Namespace) -> Options:
    if words.rejects and len(words.files) > 1:
        raise UsageError("--rejects names one file, but several are read.", "Leave it out, or import one by one.")
    return Options(
        layout=words.layout,
        mode=getattr(words, "mode", "upsert"),
        duplicates=words.duplicates,
        rejects=Path(words.rejects) if words.rejects else None,
        max_rejects=words.max_rejects,
        dry_run=getattr(words, "dry_run", False),
        ways=Ways(words.dates or "", words.decimal or "", words.probability or ""),
        how=read_as(words),
        today=words.today,
    )


def _each_file(words: Namespace, settings: Settings, work: Callable[[Path, Options], Imported], *, stores: bool) -> int:
    """Do every file, also after one that could not be done; the worst exit code counts."""
    words.files = files_meant(words.files)
    budgets = read_budgets(getattr(words, "max_problems", None))
    options, code, told, report = _options(words), STORED, [], report_asked(words, settings)
    for name in words.files:
        try:
            with progress_bar(Path(name)) as progress:
                imported = work(Path(name), replace(options, progress=progress))
        except RunError as fault:
            if len(words.files) == 1 and (report is None or not report.tells_refusals):
                raise
            if report is not None:
                report.refuse(Path(name), fault)
            showing.warn(f"dealport: {fault}")
            code = max(code, fault.exit_code)
            continue
        over = budgets.exceeded(imported.problems)
        code = max(code, REJECTED if over else STORED)
        if words.json:
            told.append(showing.imported_as_json(imported))
        if report is not None:
            report.add(imported)
        elif words.json:
            showing.show_problems(imported)
        else:
            showing.show_imported(imported, stores=stores)
        for sentence in over if budgets.given else ():
            showing.warn(f"{name}: {sentence}")
    if report is not None:
        report.write()
    if words.json:
        showing.show_json(told[0] if len(words.files) == 1 else told)
    return code


def import_files(words: Namespace) -> int:
    """dealport import."""
    from pipelines.importing import import_file

    settings, database = _settings(words), _database(words)
    return _each_file(
        words, settings, lambda file, options: import_file(file, database, settings, options), stores=True
    )


def check_files(words: Namespace) -> int:
    """dealport check."""
    from pipelines.checking import check_file

    settings, schema = _settings(words), Path(words.schema) if words.schema else None
    work = partial(check_file, settings=settings, schema=schema)
    return _each_file(words, settings, lambda file, options: work(file, options=options), stores=False)


def export(words: Namespace) -> int:
    """dealport export."""
    from pipelines.exporting import export_file

    target = Path(words.path)
    database, settings = _database(words), _settings(words)
    layout = entities.layout_asked(words)
    count = export_file(target, database, settings, layout=layout, view=words.view, today=_today(words))
    showing.say(f"{target}: {count} {entities.called(layout)}, view {words.view}, layout {layout}")
    return STORED


def report(words: Namespace) -> int:
    """dealport report."""
    from pipelines.reporting import Asked, as_csv, as_json, build_report, write_text

    asked = Asked(words.currency, words.start, words.end, words.period, words.account)
    answer = build_report(words.report, _database(words), _settings(words), asked, _today(words))
    shapes = {"table": showing.answer_as_table, "csv": as_csv, "json": as_json}
    text = shapes[words.format](answer).rstrip("\n")
    if words.output:
        write_text(Path(words.output), text)
        showing.say(f"{words.output}: {words.report}, {len(answer.rows)} rows")
    else:
        showing.say(text)
    return STORED


def import_rates(words: Namespace) -> int:
    """dealport rates import."""
    from pipelines.rating import import_rates as use_case

    done = use_case(Path(words.file), _database(words), _settings(words))
    for fault in done.faults[: showing.SHOWN_FAULTS]:
        showing.warn(f"row {fault.row}, '{fault.header}': '{fault.value}' {fault.why}. {fault.fix}")
    counts = {"read": done.read, "added": done.added, "updated": done.updated, "unchanged": done.unchanged}
    counts["rejected"] = len(done.faults)
    if words.json:
        showing.show_json({"file": words.file, **counts})
    else:
        showing.say(f"{words.file}: {', '.join(f'{count} {what}' for what, count in counts.items())} rates")
    if done.faults and not done.added + done.updated + done.unchanged:
        return NOTHING
    return REJECTED if done.faults else STORED


def list_rates(words: Namespace) -> int:
    """dealport rates list."""
    from pipelines.rating import list_rates as use_case

    rates = use_case(_database(words))
    lines = [(str(r.day), r.from_currency, r.to_currency, f"{r.rate:f}", r.source) for r in rates]
    if words.json:
        keys = ("day", "currency", "to", "rate", "source")
        showing.show_json([dict(zip(keys, line, strict=True)) for line in lines])
    else:
        headings = ("Day", "1 unit of", "Is in", "Rate", "Source")
        showing.say(showing.table(headings, lines, right=(False, False, False, True, False)))
    return STORED


def list_runs(words: Namespace) -> int:
    """dealport runs."""
    from pipelines.ledger import list_runs as use_case

    runs = use_case(_database(words))
    if words.json:
        showing.show_json(runs)
        return STORED
    parts = ("read", "added", "updated", "unchanged", "duplicate", "rejected")
    lines = [
        (Path(r["file"]).name, str(r["id"]), f"{r['started_at']:%Y-%m-%d %H:%M}", *(str(r[p]) for p in parts))
        for r in runs
    ]
    headings = ("File", "Run", "Started (UTC)", "Read", "Add", "Upd", "Same", "Dup", "Rej")
    showing.say(showing.table(headings, lines, right=(False, True, False, *[True] * 6)))
    return STORED


def show_run(words: Namespace) -> int:
    """dealport runs show."""
    from pipelines.ledger import show_run as use_case
    from pipelines.problem_reports.text import listing
    from pipelines.telling import findings_of_run

    asked = format_asked(words)
    found = use_case(_database(words), words.number)
    if asked:
        write_problems(words, [findings_of_run(found, _settings(words))])
        return STORED
    if words.json:
        problems = [showing.problem_as_json(problem) for problem in found.problems]
        showing.show_json({**found.facts, "money": found.money, "problem_list": problems})
        return STORED
    for name, value in found.facts.items():
        showing.say(f"{name:<12} {'' if value is None else value}")
    for code, sums in found.money.items():
        showing.say(f"{code:<12} " + ", ".join(f"{showing.money(amount)} {part}" for part, amount in sums.items()))
    for line in listing(findings_of_run(found)):
        showing.say(line)
    return STORED


def list_choices(words: Namespace) -> int:
    """dealport list."""
    from pipelines.exporting import VIEWS

    settings = _settings(words)
    shown = {
        "layouts": {name: load_layout(name).title for name in layouts_on(settings)},
        "formats": {name: first_sentence("connectors.formats", name) for name in choices("connectors.formats")},
        "databases": {name: first_sentence("connectors.dialects", name) for name in choices("connectors.dialects")},
        "reports": {
            name.replace("_", "-"): first_sentence("pipelines.reports", name) for name in choices("pipelines.reports")
        },
        "views": VIEWS,
        "problem formats": {
            name: first_sentence("pipelines.problem_reports", name) for name in choices("pipelines.problem_reports")
        },
        "statuses": {s.id: f"{s.label}, {s.kind}, {s.probability * 100:f} %" for s in settings.statuses},
    }
    if not is_on("opportunity", settings):
        shown = {what: names for what, names in shown.items() if what not in {"reports", "views", "statuses"}}
    for what, names in shown.items():
        showing.say(what)
        for name, about in names.items():
            showing.say(f"  {name:<26} {about}")
    return STORED


def demo(words: Namespace) -> int:
    """dealport demo."""
    from pipelines.demo import demonstrate

    for line in demonstrate(Path(words.folder), showing.answer_as_table):
        if isinstance(line, Imported):
            sys.stdout.flush()
            showing.show_imported(line, stores=True)
        else:
            showing.say(line)
    return STORED
