"""The commands about leads: convert them to opportunities, disqualify them, reactivate them."""

import argparse
from collections.abc import Callable
from typing import Any

from schemas.features import is_on
from schemas.settings import Settings

Options = Callable[[argparse.ArgumentParser], None]


def add_words(commands: Any, database: Options, settings: Settings) -> None:
    """Add the words `leads convert`, `leads disqualify` and `leads reactivate`; `database` adds its options."""
    about = "convert leads to opportunities, or say that they lead to nothing"
    nested = commands.add_parser("leads", help=about, description=f"{about.capitalize()}.")
    add = nested.add_subparsers(metavar="COMMAND", required=True).add_parser
    for name, about in (
        ("convert", "make opportunities of leads, with their contacts and accounts"),
        ("disqualify", "say that leads lead to nothing"),
        ("reactivate", "take back that leads were disqualified"),
    ):
        if name == "convert" and not is_on("opportunity", settings):
            continue
        command = add(name, help=about, description=f"{about.capitalize()}.")
        several = "*" if name == "convert" else "+"
        command.add_argument("leads", nargs=several, metavar="NAME|ID", help="names of leads, or their Ids")
        command.set_defaults(command=globals()[name])
        if name == "convert":
            all_ = "convert every qualified lead that is no opportunity yet"
            command.add_argument("--all-qualified", action="store_true", help=all_)
        command.add_argument("--json", action="store_true", help="print the result as JSON")
        database(command)


def convert(words: argparse.Namespace) -> int:
    """dealport leads convert."""
    from pipelines.converting import convert_leads
    from schemas.errors import UsageError

    if bool(words.leads) == words.all_qualified:
        raise UsageError("It is not said which leads to convert.", "Name some, or ask for --all-qualified.")
    return _done(words, "converted", lambda database, settings: convert_leads(words.leads, database, settings))


def disqualify(words: argparse.Namespace) -> int:
    """dealport leads disqualify."""
    return _changed(words, "canceled", "disqualified")


def reactivate(words: argparse.Namespace) -> int:
    """dealport leads reactivate."""
    return _changed(words, "new", "reactivated")


def _changed(words: argparse.Namespace, status: str, done: str) -> int:
    from pipelines.leads import change_status

    return _done(words, done, lambda database, settings: change_status(words.leads, status, database, settings))


def _done(words: argparse.Namespace, what: str, work: Callable[[str, Any], Any]) -> int:
    from pipelines.cli import NOTHING, REJECTED, STORED, showing
    from pipelines.cli.given import settings_of, url_of

    changed = work(url_of(words), settings_of(words))
    if words.json:
        refused = [{"lead": name, "why": why} for name, why in changed.refused]
        showing.show_json({"run": changed.run, "done": changed.done, "refused": refused})
    else:
        for name, why in changed.refused:
            showing.warn(f"'{name}' was not {what}. {why}")
        number = len(changed.done)
        done = f", run {changed.run}" if changed.run else ", nothing stored"
        showing.say(f"{what} {number} lead{'' if number == 1 else 's'}{done}")
    if changed.refused:
        return REJECTED if changed.done else NOTHING
    return STORED
