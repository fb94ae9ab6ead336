"""What Prefect shows of files with the run that took them."""

from collections.abc import Sequence

from prefect.artifacts import create_markdown_artifact

from pipelines.inbox import Taken
from pipelines.markdown import as_markdown


def show_files(key: str, taken: Sequence[Taken]) -> None:
    """Put what became of files, and the first problems, where Prefect shows them with the run."""
    if taken:
        create_markdown_artifact(as_markdown(taken), key=key)
