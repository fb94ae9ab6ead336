"""Checks: what an import of a file into an empty database would reject; nothing is stored."""

import tempfile
from dataclasses import replace
from pathlib import Path

from pipelines.importing import Imported, Options, import_file
from schemas.settings import Settings


def check_file(source: Path, settings: Settings, options: Options) -> Imported:
    """Judge every row of a file as an import into an empty database would, but for exchange rates."""
    with tempfile.TemporaryDirectory(prefix="dealport-check-") as folder:
        scratch = f"sqlite:///{Path(folder) / 'check.db'}"
        return import_file(
            source, scratch, settings, replace(options, dry_run=True, needs_rates=False, judges_only=True)
        )
