"""The words of the command line: commands, options and their help."""

import argparse
from collections.abc import Callable
from datetime import date
from functools import partial
from importlib import import_module
from importlib.metadata import version
from typing import Any

from pipelines.cli import accounts, describing, entities, leads, problems
from pipelines.cli.layouts import layout_commands
from schemas.choices import choices
from schemas.features import is_on
from schemas.settings import Settings

Command = Callable[[argparse.Namespace], int]
EPILOG = """exit codes:
  0  all rows stored or valid
  1  some rows rejected
  2  usage or configuration
  3  nothing done
"""
PERIODS = ("month", "quarter", "year")
VIEWS = ("all", "open", "overdue", "recently-closed")


def parser(settings: Settings | None = None) -> argparse.ArgumentParser:
    """Every command with its options, of what the settings leave on; nothing slow is loaded before one is chosen."""
    settings = settings or Settings()
    top = argparse.ArgumentParser(
        prog="dealport",
        description="Sales opportunities in from CRM files, checked row by row; out as exports and reports.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"dealport {version('dealport')}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    add = partial(_command, commands)
    _importing(add("import", "import_files", "store the good rows of files, hand the others back"))
    _checking(add("check", "check_files", "judge files without a database"))
    _exporting(add("export", "export", "write what is stored to a CSV or XLSX file"), settings)
    if is_on("opportunity", settings):
        _reporting(add("report", "report", "answer a question about what is stored"))
    _rates(commands)
    _runs(commands)
    accounts.words(commands, _database)
    if is_on("lead", settings):
        leads.add_words(commands, _database, settings)
    describing.add_words(commands, settings)
    layout_commands(commands)
    listing = add("list", "list_choices", "show layouts, formats, databases, reports, views and statuses")
    _config(listing)
    demo = add("demo", "demo", "import, report and export the sample data")
    demo.add_argument("folder", nargs="?", default="demo-output", metavar="FOLDER", help="default: demo-output")
    return top


def _command(commands: Any, name: str, function: str, about: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(
        name, help=about, description=f"{about[0].upper()}{about[1:]}."
    )
    command.set_defaults(command=_later(function))
    return command


def _later(function: str) -> Command:
    def command(arguments: argparse.Namespace) -> int:
        code: int = getattr(import_module("pipelines.cli.commands"), function)(arguments)
        return code

    return command


def day(text: str) -> date:
    """A day such as 2026-11-24."""
    try:
        return date.fromisoformat(text)
    except ValueError as fault:
        raise argparse.ArgumentTypeError(f"'{text}' is not a day written like 2026-12-31") from fault


def _config(command: argparse.ArgumentParser) -> None:
    command.add_argument("--config", metavar="PATH", help="settings; default: dealport.toml in this folder, if there")


def _database(command: argparse.ArgumentParser) -> None:
    help_ = "default: DEALPORT_DATABASE_URL, else dealport.db in this folder"
    command.add_argument("--db", metavar="URL", help=help_)
    _config(command)


def _today(command: argparse.ArgumentParser) -> None:
    command.add_argument("--today", type=day, metavar="DATE", help="the day to take for today, such as 2026-12-31")


def _files(command: argparse.ArgumentParser) -> None:
    kinds = "CSV or XLSX file, also packed (.gz, .zip), or a pattern such as 'data/**/*.csv'"
    command.add_argument("files", nargs="+", metavar="FILE", help=kinds)
    command.add_argument("--layout", metavar="NAME|PATH", help="default: the one that the headers tell")
    _reading(command)
    command.add_argument("--dates", choices=("dmy", "mdy", "ymd"), help="order of day, month and year in 03/04/2026")
    command.add_argument("--decimal", choices=(".", ","), help="decimal mark in 1,234")
    command.add_argument("--probability", choices=("percent", "fraction"), help="what 0.4 means in probabilities")
    command.add_argument("--duplicates", choices=("equal", "last"), default="equal", help=_DUPLICATES)
    command.add_argument("--rejects", metavar="PATH", help="reject file; default of import: NAME.rejects beside FILE")
    command.add_argument("--max-rejects", metavar="N|P%", help="store nothing when more rows are rejected")
    command.add_argument("--json", action="store_true", help="print the result as JSON")


def _reading(command: argparse.ArgumentParser) -> None:
    command.add_argument("--encoding", metavar="NAME", help="of a text file, such as windows-1252; default: found")
    characters = "a character, or comma, semicolon, tab, pipe; default: found"
    command.add_argument("--delimiter", metavar="CHAR", help=characters)
    command.add_argument("--header-row", type=int, metavar="N", help="row of the headers; default: found")
    command.add_argument("--sheet", metavar="NAME", help="sheet of a workbook; default: found")


_DUPLICATES = "an opportunity twice in one file: refuse copies that differ (equal), or take the last (OroCRM's way)"


def _importing(command: argparse.ArgumentParser) -> None:
    _files(command)
    modes = "upsert: add and update; insert: add only; update: update only"
    command.add_argument("--mode", choices=("upsert", "insert", "update"), default="upsert", help=modes)
    command.add_argument("--dry-run", action="store_true", help="show what an import would do, and store nothing")
    _database(command)
    _today(command)


def _checking(command: argparse.ArgumentParser) -> None:
    _files(command)
    problems.add_options(command)
    describing.add_checking(command)
    _config(command)
    _today(command)


def _exporting(command: argparse.ArgumentParser, settings: Settings) -> None:
    command.add_argument("path", metavar="PATH", help="file to write, .csv or .xlsx")
    entities.add_choice(command, "what to write", settings)
    if is_on("opportunity", settings):
        command.add_argument("--view", choices=VIEWS, default="all", help="of opportunities; default: all")
    else:
        command.set_defaults(view="all")
    _database(command)
    _today(command)


def _reporting(command: argparse.ArgumentParser) -> None:
    names = [name.replace("_", "-") for name in choices("pipelines.reports")]
    command.add_argument("report", choices=names, metavar="REPORT", help=", ".join(names))
    command.add_argument("--format", choices=("table", "csv", "json"), default="table", help="default: table")
    command.add_argument("--output", metavar="PATH", help="write to a file instead of the terminal")
    command.add_argument("--currency", metavar="CODE", help="default: the base currency")
    command.add_argument("--from", dest="start", type=day, metavar="DATE", help="first close date")
    command.add_argument("--to", dest="end", type=day, metavar="DATE", help="last close date")
    command.add_argument("--account", metavar="NAME", help="of customer-history: one account or customer")
    command.add_argument("--period", choices=PERIODS, default="month", help="of won-by-period; default: month")
    _database(command)
    _today(command)


def _rates(commands: Any) -> None:
    about = "import or list exchange rates"
    nested = commands.add_parser("rates", help=about, description=f"{about.capitalize()}.")
    add = partial(_command, nested.add_subparsers(metavar="COMMAND", required=True))
    imported = add("import", "import_rates", "store the rates of a plain or an ECB file")
    imported.add_argument("file", metavar="FILE", help="CSV with day, currency, rate; or an ECB file (CSV, XML, ZIP)")
    imported.add_argument("--json", action="store_true", help="print the result as JSON")
    _database(imported)
    listed = add("list", "list_rates", "show the stored rates, newest first")
    listed.add_argument("--json", action="store_true", help="print JSON")
    _database(listed)


def _runs(commands: Any) -> None:
    about = "show the ledger of runs"
    runs = commands.add_parser("runs", help=about, description=f"{about.capitalize()}.")
    runs.set_defaults(command=_later("list_runs"))
    runs.add_argument("--json", action="store_true", help="print JSON")
    _database(runs)
    nested = runs.add_subparsers(metavar="COMMAND")
    shown = _command(nested, "show", "show_run", "show one run with its money and problems")
    shown.add_argument("number", type=int, metavar="N", help="number of the run")
    shown.add_argument("--json", action="store_true", help="print JSON")
    problems.add_options(shown)
    _database(shown)
