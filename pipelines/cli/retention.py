"""dealport prune and dealport forget: words and functions."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from pipelines.cli import STORED
from pipelines.cli.moments import day_of


def add_words(add: Callable[..., ArgumentParser], database: Callable[[ArgumentParser], None]) -> None:
    """Add the words of these commands; `database` adds those that name the database."""
    command = add("prune", prune, "remove history that ended before a day; nothing of the present")
    help_ = "first day that can still be looked back at, such as 2025-01-01"
    command.add_argument("--history-before", required=True, type=day_of("--history-before"), metavar="DATE", help=help_)
    command.add_argument("--dry-run", action="store_true", help="show what would be removed, and remove nothing")
    command.add_argument("--json", action="store_true", help="print the result as JSON")
    database(command)
    command = add("forget", forget, "remove a person from all that is stored, its history, the ledger and reject files")
    command.add_argument("--contact", required=True, metavar="NAME", help="first and last name of the contact")
    command.add_argument("--dry-run", action="store_true", help="show what would be removed, and remove nothing")
    command.add_argument("--json", action="store_true", help="print the result as JSON")
    database(command)


def prune(words: Namespace) -> int:
    """dealport prune."""
    from pipelines.cli import showing
    from pipelines.cli.given import settings_of, url_of
    from pipelines.retention import prune_history

    done = prune_history(words.history_before, url_of(words), settings_of(words), dry_run=words.dry_run)
    told: dict[str, Any] = asdict(done)
    if words.json:
        showing.show_json(told)
        return STORED
    counted = {name: number for name, number in done.removed.items() if number}
    what = ", ".join(f"{number:,} of {name}" for name, number in counted.items()) or "nothing"
    run = f"run {done.run}" if done.run else "dry run, nothing removed"
    showing.say(f"history before {words.history_before}: {run}")
    showing.say(f"  {'removed' if done.run else 'would remove'} {what}")
    return STORED


def forget(words: Namespace) -> int:
    """dealport forget."""
    from pipelines.cli import showing
    from pipelines.cli.given import settings_of, url_of
    from pipelines.forgetting import forget_contact

    done = forget_contact(words.contact, url_of(words), settings_of(words), dry_run=words.dry_run)
    if words.json:
        showing.show_json(asdict(done))
        return STORED
    showing.say(f"{words.contact}: {f'forgotten, run {done.run}' if done.run else 'dry run, nothing changed'}")
    for what, counted in (("removed", done.removed), ("taken out of", done.replaced)):
        if counted:
            showing.say(f"  {what} {', '.join(f'{number:,} {place}' for place, number in counted.items())}")
    for file in done.files:
        showing.say(f"  {'written anew' if done.run else 'to be written anew'}: {file}")
    showing.say("  no text of the database tells of this person; files that were imported are yours to delete")
    return STORED
