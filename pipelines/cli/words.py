"""The words of the command line: commands, options and their help."""

import argparse
from collections.abc import Callable
from functools import partial
from importlib import import_module
from importlib.metadata import version
from typing import Any

from pipelines.cli import accounts, answers, describing, explain, leads, plans, problems, reading, retention, runs
from pipelines.cli.layouts import layout_commands
from pipelines.cli.moments import as_of_word, today_word
from schemas.features import is_on
from schemas.settings import Settings

Command = Callable[[argparse.Namespace], int]
EPILOG = """exit codes:
  0  all rows stored or valid
  1  some rows rejected
     check: also a file that differs from its schema; with --max-problems only
     a file with more problems than that
  2  usage or configuration
  3  nothing done
"""


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
    _planning(add("plan", "plan", "show what an import of a file would do", module="plans"))
    applied = add("apply", "apply", "do exactly what a plan says, or nothing", module="plans")
    plans.apply_words(applied)
    _database(applied)
    _checking(add("check", "check_files", "judge files and store nothing"))
    answers.words(add, _database, settings)
    explain.words(add, _database, settings)
    _rates(commands)
    runs.add_words(commands, _database)
    retention.add_words(add, _database)
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


def _command(
    commands: Any, name: str, function: str | Command, about: str, module: str = "commands"
) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(
        name, help=about, description=f"{about[0].upper()}{about[1:]}."
    )
    command.set_defaults(command=_later(function, module) if isinstance(function, str) else function)
    return command


def _later(function: str, module: str = "commands") -> Command:
    def command(arguments: argparse.Namespace) -> int:
        code: int = getattr(import_module(f"pipelines.cli.{module}"), function)(arguments)
        return code

    return command


def _config(command: argparse.ArgumentParser) -> None:
    command.add_argument("--config", metavar="PATH", help="settings; default: dealport.toml in this folder, if there")


def _database(command: argparse.ArgumentParser) -> None:
    help_ = "default: DEALPORT_DATABASE_URL, else dealport.db in this folder"
    command.add_argument("--db", metavar="URL", help=help_)
    _config(command)


def _files(command: argparse.ArgumentParser) -> None:
    kinds = "CSV or XLSX file, also packed (.gz, .zip), or a pattern such as 'data/**/*.csv'"
    command.add_argument("files", nargs="+", metavar="FILE", help=kinds)
    command.add_argument("--json", action="store_true", help="print the result as JSON")
    _judging(command)


def _judging(command: argparse.ArgumentParser) -> None:
    command.add_argument("--layout", metavar="NAME|PATH", help="default: the one that the headers tell")
    reading.add_words(command)
    command.add_argument("--dates", choices=("dmy", "mdy", "ymd"), help="order of day, month and year in 03/04/2026")
    command.add_argument("--decimal", choices=(".", ","), help="decimal mark in 1,234")
    command.add_argument("--probability", choices=("percent", "fraction"), help="what 0.4 means in probabilities")
    command.add_argument("--duplicates", choices=("equal", "last"), default="equal", help=_DUPLICATES)
    command.add_argument("--rejects", metavar="PATH", help="reject file; default of import: NAME.rejects beside FILE")
    command.add_argument("--max-rejects", metavar="N|P%", help="store nothing when more rows are rejected")


_DUPLICATES = "an opportunity twice in one file: refuse copies that differ (equal), or take the last (OroCRM's way)"


def _importing(command: argparse.ArgumentParser) -> None:
    _files(command)
    _merging(command)
    command.add_argument("--dry-run", action="store_true", help="show what an import would do, and store nothing")


def _planning(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", metavar="FILE", help="CSV or XLSX file, also packed (.gz, .zip); or a plan to show")
    plans.plan_words(command)
    _judging(command)
    _merging(command)


def _merging(command: argparse.ArgumentParser) -> None:
    modes = "upsert: add and update; insert: add only; update: update only"
    command.add_argument("--mode", choices=("upsert", "insert", "update"), default="upsert", help=modes)
    plans.snapshot_word(command)
    _database(command)
    today_word(command)


def _checking(command: argparse.ArgumentParser) -> None:
    _files(command)
    problems.add_options(command)
    describing.add_checking(command)
    _config(command)
    today_word(command)


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
    as_of_word(listed)
    _database(listed)
