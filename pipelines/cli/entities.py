"""Which rows a command is about, on the command line: opportunities, leads, accounts, contacts or customers."""

import argparse

from schemas.errors import UsageError
from schemas.features import entities_on
from schemas.fields import NOUNS
from schemas.layout_files import load_layout
from schemas.settings import Settings
from schemas.views import OROCRM


def add_choice(command: argparse.ArgumentParser, about: str, settings: Settings) -> None:
    """Add the options that say which rows a file holds, and how it is laid out."""
    command.add_argument("--entity", choices=entities_on(settings), help=f"{about}; default: the layout's")
    command.add_argument("--layout", metavar="NAME|PATH", help="default: OroCRM's of the entity, such as orocrm")


def layout_asked(words: argparse.Namespace) -> str:
    """The layout that a command names, or OroCRM's for the rows it names; a contradiction is refused."""
    layout: str = words.layout or OROCRM[words.entity or "opportunity"]
    written = load_layout(layout)
    if words.entity and written.entity != words.entity:
        asked = NOUNS[words.entity].several
        why = f"Layout {layout} is one of {written.noun.several}, not of {asked}."
        raise UsageError(why, f"Leave --entity or --layout out; for {asked} there is {OROCRM[words.entity]}.")
    return layout


def called(layout: str) -> str:
    """What the rows of a layout are called."""
    return load_layout(layout).noun.several
