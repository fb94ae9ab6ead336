"""What the words of a command name: settings, database, and how a file is imported."""

from argparse import Namespace
from pathlib import Path

from connectors.databases import database_named
from pipelines.cli.reading import read_as
from pipelines.imported import Options
from schemas.errors import UsageError
from schemas.reading import Ways
from schemas.settings import Settings, load_settings


def settings_of(words: Namespace) -> Settings:
    """The settings of --config, or of dealport.toml."""
    return load_settings(Path(words.config) if words.config else None)


def url_of(words: Namespace) -> str:
    """The database of --db, else the one that is used without it."""
    return database_named(words.db)


def options_of(words: Namespace) -> Options:
    """How files are imported or checked."""
    if words.rejects and len(words.files) > 1:
        raise UsageError("--rejects names one file, but several are read.", "Leave it out, or import one by one.")
    return Options(
        layout=words.layout,
        mode=getattr(words, "mode", "upsert"),
        duplicates=words.duplicates,
        rejects=Path(words.rejects) if words.rejects else None,
        max_rejects=words.max_rejects,
        dry_run=getattr(words, "dry_run", False),
        snapshot=getattr(words, "snapshot", None),
        ways=Ways(words.dates or "", words.decimal or "", words.probability or ""),
        how=read_as(words),
        today=words.today,
    )
