"""The commands: each calls one use case and shows its result."""

import sys
from argparse import Namespace
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from pipelines.cli import NOTHING, REJECTED, STORED, showing
from pipelines.cli.answers import BUNDLES
from pipelines.cli.given import options_of, settings_of, url_of
from pipelines.cli.moments import when_asked
from pipelines.cli.patterns import files_meant
from pipelines.cli.plans import show_dry_run
from pipelines.cli.problems import report_asked
from pipelines.cli.progress import progress_bar
from pipelines.imported import Imported, Options
from schemas.budgets import read_budgets
from schemas.choices import choices, first_sentence
from schemas.errors import RunError
from schemas.features import is_on, layouts_on
from schemas.layout_files import load_layout
from schemas.settings import Settings
from schemas.views import BUILT_IN


def _each_file(
    words: Namespace, settings: Settings, work: Callable[[Path, Options], Imported], *, stores: bool, told: bool = False
) -> int:
    """Do every file, also after one that could not be done; the worst exit code counts; `told`: each shows itself."""
    words.files = files_meant(words.files)
    budgets = read_budgets(getattr(words, "max_problems", None))
    options, code, results, report = options_of(words), STORED, [], report_asked(words, settings)
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
            results.append(showing.imported_as_json(imported))
        if report is not None:
            report.add(imported)
        elif words.json or told:
            showing.show_problems(imported)
        else:
            showing.show_imported(imported, stores=stores)
        for sentence in over if budgets.given else ():
            showing.warn(f"{name}: {sentence}")
    if report is not None:
        report.write()
    if words.json:
        showing.show_json(results[0] if len(words.files) == 1 else results)
    return code


def import_files(words: Namespace) -> int:
    """dealport import."""
    from pipelines.importing import import_file

    settings, database = settings_of(words), url_of(words)
    if words.dry_run:
        return _each_file(words, settings, partial(show_dry_run, words), stores=False, told=not words.json)
    return _each_file(
        words, settings, lambda file, options: import_file(file, database, settings, options), stores=True
    )


def check_files(words: Namespace) -> int:
    """dealport check."""
    from pipelines.checking import check_file

    settings, schema = settings_of(words), Path(words.schema) if words.schema else None
    work = partial(check_file, settings=settings, schema=schema, database=words.db)
    return _each_file(words, settings, lambda file, options: work(file, options=options), stores=False)


def import_rates(words: Namespace) -> int:
    """dealport rates import."""
    from pipelines.rating import import_rates as use_case

    done = use_case(Path(words.file), url_of(words), settings_of(words))
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
    from pipelines.text_tables import table

    rates = use_case(url_of(words), when_asked(words))
    lines = [(str(r.day), r.from_currency, r.to_currency, f"{r.rate:f}", r.source) for r in rates]
    if words.json:
        keys = ("day", "currency", "to", "rate", "source")
        showing.show_json([dict(zip(keys, line, strict=True)) for line in lines])
    else:
        headings = ("Day", "1 unit of", "Is in", "Rate", "Source")
        showing.say(table(headings, lines, right=(False, False, False, True, False)))
    return STORED


def list_choices(words: Namespace) -> int:
    """dealport list."""
    from pipelines.report_modules import report_names

    settings = settings_of(words)
    shown = {
        "layouts": {name: load_layout(name).title for name in layouts_on(settings)},
        "formats": {name: first_sentence("connectors.formats", name) for name in choices("connectors.formats")},
        "databases": {name: first_sentence("connectors.dialects", name) for name in choices("connectors.dialects")},
        "reports": {
            name: first_sentence("pipelines.reports", name.replace("-", "_")) for name in report_names(settings)
        }
        | (BUNDLES if is_on("opportunity", settings) else {}),
        "views": BUILT_IN | {view.name: view.about for view in settings.views},
        "problem formats": {
            name: first_sentence("pipelines.problem_reports", name) for name in choices("pipelines.problem_reports")
        },
        "statuses": {s.id: f"{s.label}, {s.kind}, {s.probability * 100:f} %" for s in settings.statuses},
    }
    if not is_on("opportunity", settings):
        shown = {what: names for what, names in shown.items() if what not in {"views", "statuses"}}
    for what, names in shown.items():
        showing.say(what)
        for name, about in names.items():
            showing.say(f"  {name:<26} {about}")
    return STORED


def demo(words: Namespace) -> int:
    """dealport demo."""
    from pipelines.demo import demonstrate

    for line in demonstrate(Path(words.folder)):
        if isinstance(line, Imported):
            sys.stdout.flush()
            showing.show_imported(line, stores=True)
        else:
            showing.say(line)
    return STORED
