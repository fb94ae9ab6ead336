"""What a file must look like, on the command line: templates to fill in, and descriptions to read and compare."""

import argparse
from pathlib import Path
from typing import Any

from pipelines.cli import STORED
from schemas.settings import Settings, load_settings


def add_words(commands: Any) -> None:
    """Add the commands template and schema with their options."""
    template = _command(commands, "template", "write a file to fill in: headers and an example row")
    template.set_defaults(command=write_template)
    template.add_argument("path", metavar="PATH", help="file to write, .csv or .xlsx")
    template.add_argument("--layout", default="orocrm", metavar="NAME|PATH", help="default: orocrm")


def _command(commands: Any, name: str, about: str) -> argparse.ArgumentParser:
    described = f"{about[0].upper()}{about[1:]}."
    command: argparse.ArgumentParser = commands.add_parser(name, help=about, description=described)
    command.add_argument("--config", metavar="PATH", help="settings; default: dealport.toml in this folder, if there")
    return command


def _settings(words: argparse.Namespace) -> Settings:
    return load_settings(Path(words.config) if words.config else None)


def write_template(words: argparse.Namespace) -> int:
    """dealport template."""
    from pipelines import templates
    from pipelines.cli import showing

    templates.write_template(Path(words.path), words.layout, _settings(words))
    showing.say(f"{words.path}: headers of layout {words.layout} and an example row")
    return STORED
