"""dealport plan, dealport apply, and what becomes of held runs: words and functions."""

import argparse
import tempfile
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.cli import REJECTED, STORED
from schemas.choices import choices
from schemas.errors import UsageError

if TYPE_CHECKING:
    from pipelines.plan.file import Plan

Command = Callable[[Namespace], int]
FORMATS = "pipelines.plan_reports"


def snapshot_word(command: argparse.ArgumentParser) -> None:
    """--snapshot, of what imports and of what plans them."""
    help_ = (
        "FILE holds all deals of its source; what becomes of stored ones that it lacks: keep (only count them), "
        "close-lost, or mark-missing"
    )
    command.add_argument("--snapshot", choices=("keep", "close-lost", "mark-missing"), help=help_)


def plan_words(command: argparse.ArgumentParser) -> None:
    """What `dealport plan` takes besides the words of an import."""
    command.add_argument("-o", dest="plan", metavar="PLAN", help="write the plan here, for `dealport apply PLAN`")
    format_words(command)


def format_words(command: argparse.ArgumentParser) -> None:
    """How a plan is shown, and where."""
    command.add_argument("--format", choices=choices(FORMATS), default="text", help="default: text")
    command.add_argument("--output", metavar="PATH", help="write it to a file instead of the terminal")


def apply_words(command: argparse.ArgumentParser) -> None:
    """What `dealport apply` takes besides the database."""
    command.add_argument("plan", metavar="PLAN", help="file that `dealport plan FILE -o PLAN` wrote")
    command.add_argument("--json", action="store_true", help="print the result as JSON")


def held_words(add: Callable[[str, Command, str], argparse.ArgumentParser]) -> None:
    """The commands about held runs: plan, approve, refuse; `add` makes one that takes a run, --json and a database."""
    format_words(add("plan", show_held, "show what a held run would do"))
    approved = add("approve", approve, "do what a held run was about to do")
    approved.add_argument("--file", metavar="PATH", help="where its file lies now; default: where it was")
    add("refuse", refuse, "drop a held run; the ledger keeps it")


def plan(words: Namespace) -> int:
    """dealport plan."""
    from pipelines.cli import showing
    from pipelines.cli.given import options_of, settings_of, url_of
    from pipelines.plan.file import is_plan, read_plan
    from pipelines.planning import plan_import

    source, words.files = Path(words.file), [words.file]
    _require_target(words)
    if is_plan(source):
        _show(words, read_plan(source))
        return STORED
    with tempfile.TemporaryDirectory(prefix="dealport-plan-") as folder:
        target = Path(words.plan) if words.plan else Path(folder) / "plan"
        planned = plan_import(source, url_of(words), settings_of(words), options_of(words), target)
        _show(words, planned.plan)
        if words.format == "text":
            showing.show_problems(planned.imported)
    if words.plan and words.format == "text":
        showing.say(f"\n  written: {words.plan}; `dealport apply {words.plan}` does exactly this, or nothing")
    return REJECTED if planned.imported.rejected else STORED


def show_dry_run(words: Namespace, source: Path, options: Any) -> Any:
    """Plan an import without a file for the plan, show it, and give what would become of the file."""
    from pipelines.cli import showing
    from pipelines.cli.given import settings_of, url_of
    from pipelines.plan_reports import text
    from pipelines.planning import plan_import

    with tempfile.TemporaryDirectory(prefix="dealport-plan-") as folder:
        planned = plan_import(source, url_of(words), settings_of(words), options, Path(folder) / "plan")
        if not words.json:
            for piece in text.pieces(planned.plan):
                showing.write(piece)
            showing.say("\n  dry run, nothing stored")
    return planned.imported


def apply(words: Namespace) -> int:
    """dealport apply."""
    from pipelines.cli.given import settings_of, url_of
    from pipelines.planning import apply_plan

    return _done(words, apply_plan(Path(words.plan), url_of(words), settings_of(words)))


def show_held(words: Namespace) -> int:
    """dealport runs plan."""
    from pipelines.cli.given import url_of
    from pipelines.planning import plan_of_run

    words.format = "json" if words.json else words.format
    _require_target(words)
    with tempfile.TemporaryDirectory(prefix="dealport-plan-") as folder:
        _show(words, plan_of_run(words.number, url_of(words), Path(folder) / "plan"))
    return STORED


def approve(words: Namespace) -> int:
    """dealport runs approve."""
    from pipelines.cli.given import settings_of, url_of
    from pipelines.planning import approve_run

    file = Path(words.file) if words.file else None
    return _done(words, approve_run(words.number, url_of(words), settings_of(words), file=file))


def refuse(words: Namespace) -> int:
    """dealport runs refuse."""
    from pipelines.cli import showing
    from pipelines.cli.given import url_of
    from pipelines.planning import refuse_run

    refuse_run(words.number, url_of(words))
    if words.json:
        showing.show_json({"run": words.number, "state": "refused"})
    else:
        showing.say(f"run {words.number} is refused, nothing of it was stored")
    return STORED


def _done(words: Namespace, imported: Any) -> int:
    from pipelines.cli import showing

    if words.json:
        showing.show_problems(imported)
        showing.show_json(showing.imported_as_json(imported))
    else:
        showing.show_imported(imported, stores=True)
    return REJECTED if imported.rejected else STORED


def _require_target(words: Namespace) -> None:
    if words.format == "xlsx" and not words.output:
        raise UsageError("The format xlsx is no text for a terminal.", "Name a file for it with --output.")


def _show(words: Namespace, plan: "Plan") -> None:
    from pipelines.cli import showing
    from schemas.choices import choose

    if words.output and Path(words.output).resolve() == Path(plan.head["file"]).resolve():
        raise UsageError(f"--output {words.output} is the file to import.", "Name another one.")
    pieces = choose(FORMATS, "form of a plan", words.format).pieces(plan)
    showing.show_or_write(pieces, words.output, f"plan of {plan.head['file']} as {words.format}")
