"""The commands about layouts: show one, draft one for an unknown file."""

import argparse
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pipelines.cli import reading
from schemas.folding import folded
from schemas.layout import Layout, Signature
from schemas.layout_files import load_layout

WIDTH = 80
COLUMN = 26
SEE = {"": "see below", "open": "open, see below"}
HARD_SPACE = "\N{NO-BREAK SPACE}"


def layout_commands(commands: Any) -> None:
    """The words `layout show` and `layout draft`."""
    about = "show what a layout reads, or draft one for an unknown file"
    nested = commands.add_parser("layout", help=about, description=f"{about.capitalize()}.")
    add = nested.add_subparsers(metavar="COMMAND", required=True).add_parser
    about = "show what a layout reads and how it is recognised"
    shown = add("show", help=about, description=f"{about.capitalize()}.")
    shown.add_argument("layout", metavar="NAME|PATH", help="a layout of `dealport list`, or a TOML file")
    shown.set_defaults(command=show)
    about = "propose a layout for a file that none fits"
    drafted = add("draft", help=about, description=f"{about.capitalize()}.")
    drafted.add_argument("file", metavar="FILE", help="CSV or XLSX file")
    drafted.add_argument("--output", metavar="PATH", help="write to a new TOML file instead of the terminal")
    reading.add_words(drafted)
    drafted.add_argument("--config", metavar="PATH", help="settings; default: dealport.toml in this folder, if there")
    drafted.set_defaults(command=draft)


def draft(words: argparse.Namespace) -> int:
    """dealport layout draft."""
    from pipelines.cli import STORED, showing
    from pipelines.cli.given import settings_of
    from pipelines.drafting import check_command, draft_layout, write_draft

    settings = settings_of(words)
    how = reading.read_as(words)
    text = draft_layout(Path(words.file), settings, how)
    if not words.output:
        showing.say(text.rstrip("\n"))
        return STORED
    write_draft(Path(words.output), text)
    guesses, choices = text.count("# GUESS:"), text.count("CHOOSE") - text.count("CHOOSE from") - 1
    showing.say(f"{words.output}: a draft; guesses to confirm: {guesses}, choices left to you: {choices}")
    showing.say(f"Look at every line, then: {check_command(words.file, words.output, how)}")
    return STORED


def show(words: argparse.Namespace) -> int:
    """dealport layout show."""
    from pipelines.cli import STORED, showing

    for line in shown(load_layout(words.layout)):
        showing.say(line)
    return STORED


def shown(layout: Layout) -> Iterator[str]:
    """What a layout reads, for people: how it is recognised, its fields, outcomes, stages and what it leaves out."""
    yield f"{layout.name}: {layout.title}"
    for signature in layout.recognise:
        yield from _item("recognised by", _condition(signature))
    yield from _item("written", _forms(layout))
    yield from _item("ids are those of", [layout.source])
    if layout.entity != "opportunity":
        yield from _item("rows", [layout.noun.several])
    yield f"fields (? = never seen in a real file{', # = a number' if layout.blocks else ''})"
    unseen = set(map(folded, layout.unseen))
    for field, headers in layout.headers.items():
        yield from _item(f"  {field}", [f"{h} ?" if folded(h) in unseen else h for h in headers])
    for field, parts in layout.blocks.items():
        yield from _item(f"  {field}", [spelling for spellings in parts.values() for spelling in spellings])
    for field, headers in layout.instead.items():
        yield from _item(f"  {field}, else", [f"{h} ?" if folded(h) in unseen else h for h in headers])
    for field, other in layout.same.items():
        yield from _item(f"  {field}", [f"as {other}"])
    for outcome in layout.outcomes:
        told = [f"{word or 'blank'} = {SEE.get(status, status)}" for word, status in outcome.values.items()]
        yield from _item(f"status by {outcome.headers[0]}", told)
    if layout.stages:
        yield "status by stage"
        for status in dict.fromkeys(layout.stages.values()):
            yield from _item(f"  {status}", [stage for stage, meant in layout.stages.items() if meant == status])
    if layout.ignored:
        yield from _item("not imported", layout.ignored)


def _item(name: str, parts: Iterable[str]) -> list[str]:
    """A name and what belongs to it, in 80 columns; a line breaks between the parts only."""
    text = ", ".join(part.replace(" ", HARD_SPACE) for part in parts)
    lines = textwrap.wrap(text, WIDTH - COLUMN - 1, break_on_hyphens=False)
    names = [name, *[""] * len(lines)]
    return [f"{name:<{COLUMN}} {line}".replace(HARD_SPACE, " ") for name, line in zip(names, lines, strict=False)]


def _condition(signature: Signature) -> Iterator[str]:
    """Each condition of a signature in words."""
    yield from (f"'{pattern}'" for pattern in signature.all)
    first = "and " if signature.all else ""
    yield from (f"{'or ' if number else first}'{pattern}'" for number, pattern in enumerate(signature.any))
    yield from (f"not '{pattern}'" for pattern in signature.none)
    yield from (f"values of '{header}' like {pattern}" for header, pattern in signature.cells.items())
    if signature.only:
        yield "no header but its own"
    if signature.file:
        yield f"a file named {signature.file}"


def _forms(layout: Layout) -> Iterator[str]:
    yield f"days {layout.dates or 'as the column tells'}"
    yield f"decimal mark {layout.decimal or 'as the column tells'}"
    yield f"probability: {layout.probability or 'as the column tells'}"
    yield f"amounts: {layout.amounts}"
    if layout.signs == "ignored":
        yield "currency signs: ignored"
