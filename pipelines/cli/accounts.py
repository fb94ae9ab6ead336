"""The commands about accounts by other names: what is undecided, and deciding it."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from pipelines.cli import STORED

if TYPE_CHECKING:
    from pipelines.accounts import Alias

HOW = """
Decide each once: dealport accounts alias "NAME" --to "STORED ACCOUNT"
or, where it is an account of its own: dealport accounts alias "NAME" --new"""


def matches(arguments: Namespace) -> int:
    """dealport accounts matches."""
    from pipelines.accounts import undecided
    from pipelines.cli import showing
    from pipelines.cli.given import url_of

    found = undecided(url_of(arguments))
    if arguments.json:
        listed = [asdict(one) | {"candidates": [c._asdict() for c in one.candidates]} for one in found]
        showing.show_json(listed)
        return STORED
    for one in found:
        showing.say(f"{one.name}  ({one.rows} row{'s' * (one.rows != 1)} in run {one.run})")
        for candidate in one.candidates:
            showing.say(f"  {candidate.likeness:>3} %  {candidate.account}")
    showing.say(HOW if found else "No name is undecided.")
    return STORED


def alias(arguments: Namespace) -> int:
    """dealport accounts alias."""
    from pipelines.accounts import decide_alias
    from pipelines.cli.given import url_of

    return _show(decide_alias(arguments.name, arguments.to, url_of(arguments)), arguments, "from now on: ")


def forget_alias(arguments: Namespace) -> int:
    """dealport accounts forget-alias."""
    from pipelines.accounts import forget_alias
    from pipelines.cli.given import url_of

    return _show(forget_alias(arguments.name, url_of(arguments)), arguments, "forgotten: ")


def aliases(arguments: Namespace) -> int:
    """dealport accounts aliases."""
    from pipelines.accounts import list_aliases
    from pipelines.cli import showing
    from pipelines.cli.given import url_of

    found = list_aliases(url_of(arguments))
    if arguments.json:
        showing.show_json([_as_json(one) for one in found])
    else:
        for one in found:
            meant = "an account of its own" if one.own else one.account
            showing.say(f"{one.name}\n  is {meant}, decided on {one.decided_at:%Y-%m-%d} by {one.decided_by}")
        if not found:
            showing.say("Nothing was decided yet.")
    return STORED


def _show(one: "Alias", arguments: Namespace, what: str) -> int:
    from pipelines.cli import showing

    if arguments.json:
        showing.show_json(_as_json(one))
    else:
        meant = "is an account of its own" if one.own else f"means the account '{one.account}'"
        showing.say(f"{what}'{one.name}' {meant}")
    return STORED


def _as_json(one: "Alias") -> dict[str, Any]:
    return {"name": one.name, "account": one.account, "new": one.own} | {
        "decided_at": one.decided_at.isoformat(),
        "decided_by": one.decided_by,
    }


def words(commands: Any, database: Callable[[ArgumentParser], None]) -> None:
    """Add the words of these commands; `database` adds those that name the database."""
    about = "show and decide which account a name means"
    nested = commands.add_parser("accounts", help=about, description=f"{about.capitalize()}.")
    group = nested.add_subparsers(metavar="COMMAND", required=True)

    def add(name: str, function: Callable[[Namespace], int], told: str) -> ArgumentParser:
        command: ArgumentParser = group.add_parser(name, help=told, description=f"{told[0].upper()}{told[1:]}.")
        command.set_defaults(command=function)
        command.add_argument("--json", action="store_true", help="print JSON")
        database(command)
        return command

    add("matches", matches, "show the names in files that may mean stored accounts, with the candidates")
    decided = add("alias", alias, "decide what a name means in all later imports")
    decided.add_argument("name", metavar="NAME", help="the name as files have it")
    meaning = decided.add_mutually_exclusive_group(required=True)
    meaning.add_argument("--to", metavar="ACCOUNT", help="it means this stored account")
    meaning.add_argument("--new", action="store_true", help="it is an account of its own")
    add("aliases", aliases, "show what was decided")
    add("forget-alias", forget_alias, "take a decision back").add_argument("name", metavar="NAME", help="decided name")
