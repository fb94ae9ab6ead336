"""The command line: words to arguments, results to words, exit codes."""

import os
import sys
from collections.abc import Sequence
from itertools import pairwise

from schemas.errors import RunError
from schemas.features import settings_here
from schemas.settings import Settings

STORED, REJECTED, USAGE, NOTHING = 0, 1, 2, 3
"""All rows stored or valid; some rejected, or more problems than allowed; usage or configuration; nothing done."""


def main(words: Sequence[str] | None = None) -> int:
    """Carry out one command and give its exit code; a run that cannot go on says why and what to do."""
    from pipelines.cli.words import parser

    try:
        arguments = parser(_offered(words)).parse_args(words)
        code: int = arguments.command(arguments)
    except RunError as fault:
        sys.stderr.write(f"dealport: {fault}\n")
        return fault.exit_code
    except KeyboardInterrupt:
        sys.stderr.write("dealport: stopped. Nothing of the unfinished run was stored.\n")
        return NOTHING
    except BrokenPipeError:
        # the reader of our output has seen enough; keep Python from complaining at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return STORED
    return code


def _offered(words: Sequence[str] | None) -> Settings:
    """The settings that the words name, or those of this folder: what they switch off is no command."""
    said = list(sys.argv[1:] if words is None else words)
    named = [word.partition("=")[2] for word in said if word.startswith("--config=")]
    named += [after for word, after in pairwise(said) if word == "--config"]
    return settings_here(named[-1] if named else None)


def run() -> None:
    """The door of the installed command."""
    sys.modules.setdefault("hypothesis", None)  # type: ignore[arg-type]  # where it is, pandera loads it for nothing
    sys.exit(main())
