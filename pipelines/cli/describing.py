"""What a file must look like, on the command line: templates to fill in, and descriptions to read and compare."""

import argparse
import shlex
from pathlib import Path
from typing import Any

from pipelines.cli import STORED, entities, reading
from schemas.errors import UsageError
from schemas.settings import Settings


def add_words(commands: Any, settings: Settings) -> None:
    """Add the commands template and schema with their options."""
    template = _command(commands, "template", "write a file to fill in: headers and an example row")
    template.set_defaults(command=write_template)
    template.add_argument("path", metavar="PATH", help="file to write, .csv or .xlsx")
    entities.add_choice(template, "what the file is for", settings)
    schema = _command(commands, "schema", "tell what a file must look like, or record what one looks like")
    schema.set_defaults(command=show_schema)
    schema.add_argument("--layout", metavar="NAME|PATH", help="default: orocrm, or that of the file")
    recorded = "record what this file looks like, for check --schema"
    schema.add_argument("--from", dest="source", metavar="FILE", help=recorded)
    reading.add_words(schema)
    shapes = "default: markdown, or json of a file"
    schema.add_argument("--format", choices=("markdown", "json"), help=shapes)
    schema.add_argument("--output", metavar="PATH", help="write to a file instead of the terminal")


def add_checking(command: argparse.ArgumentParser) -> None:
    """Add the options of check that compare with a schema or stored accounts and let some problems pass."""
    schema = "tell how each file differs from what `dealport schema --from` recorded"
    command.add_argument("--schema", metavar="PATH", help=schema)
    stored = "judge names of accounts against those stored in this database, which is only read; default: none"
    command.add_argument("--db", metavar="URL", help=stored)
    most = "fail only with more problems than N in a file, or than N of a code such as too_long=5; repeatable"
    command.add_argument("--max-problems", action="append", metavar="N|CODE=N", help=most)


def _command(commands: Any, name: str, about: str) -> argparse.ArgumentParser:
    described = f"{about[0].upper()}{about[1:]}."
    command: argparse.ArgumentParser = commands.add_parser(name, help=about, description=described)
    command.add_argument("--config", metavar="PATH", help="settings; default: dealport.toml in this folder, if there")
    return command


def write_template(words: argparse.Namespace) -> int:
    """dealport template."""
    from pipelines import templates
    from pipelines.cli import showing
    from pipelines.cli.given import settings_of

    target, layout = Path(words.path), entities.layout_asked(words)
    templates.write_template(target, layout, settings_of(words))
    showing.say(f"{words.path}: headers of layout {layout} and an example row")
    if not templates.is_recognised(target, layout):
        showing.say("It does not show which layout it has. When it is filled in, name it:")
        showing.say(f"  dealport import {shlex.quote(words.path)} --layout {shlex.quote(layout)}")
    return STORED


def show_schema(words: argparse.Namespace) -> int:
    """dealport schema."""
    from pipelines import described, describing, drift
    from pipelines.cli import showing
    from pipelines.cli.given import settings_of
    from schemas import look
    from schemas.raw import ReadAs

    how = reading.read_as(words)
    if words.source:
        recorded = drift.record(Path(words.source), words.layout, how)
        text = described.look_as_markdown(recorded) if words.format == "markdown" else look.as_json(recorded)
        told = f"what {words.source} looks like"
    elif how != ReadAs():
        raise UsageError("No file is read, so nothing can say how.", "Name one with --from, or leave that option out.")
    else:
        layout = words.layout or "orocrm"
        description = describing.describe(layout, settings_of(words))
        text = described.as_json(description) if words.format == "json" else described.as_markdown(description)
        told = f"what a file of layout {layout} must look like"
    showing.show_or_write([text, "\n"], words.output, told)
    return STORED
