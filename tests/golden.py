"""Writes the expected outputs in sample_data/ and in the documents anew: `python -m tests.golden`. Read the diff."""

import ast
import csv
import inspect
import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import update

from connectors.databases import transaction
from connectors.files import write_table
from pipelines.checking import check_file
from pipelines.demo import DAY
from pipelines.drift import record
from pipelines.imported import Imported, Options
from pipelines.importing import import_file
from pipelines.questions.question import Question
from pipelines.rating import import_rates
from pipelines.report_modules import FOLDER as REPORTS
from pipelines.report_modules import report_names
from schemas.choices import choose
from schemas.look import as_json
from schemas.settings import Settings, load_settings
from schemas.tables import installation
from schemas.workflows import opportunity_flow

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "sample_data"
CLEAN = SAMPLES / "opportunities.csv"
WORKBOOK = SAMPLES / "opportunities.xlsx"
PROBLEMS = SAMPLES / "opportunities_with_problems.csv"
EXPECTED_REJECTS = SAMPLES / "opportunities_with_problems.expected.csv"
ARCHITECTURE = ROOT / "docs" / "architecture.md"
EXPLAINED = ROOT / "docs" / "problems.md"
ANSWERED = ROOT / "docs" / "reports.md"
PLAYED = [ROOT / "README.md", *(ROOT / "docs" / f"{name}.md" for name in ("adding", "ci", "cli", "plans", "settings"))]
PACKAGES = ("schemas", "connectors", "pipelines")

Block = re.compile(r"^```(?P<kind>\w+)(?: (?P<words>\S[^\n]*))?\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
"""A block of code in a document; the words after its kind name the file it is, or the options it is used with.

Those of a console may tell when its commands are run: `at 2026-11-20T08:00`.
"""

# ------------------------------------------------------------------------------------------------ sample data


def sample_settings() -> Settings:
    """The settings of the sample data."""
    return load_settings(SAMPLES / "dealport.toml")


def sample_options(rejects: Path) -> Options:
    """The day of the demonstration, at eight in the morning."""
    return Options(rejects=rejects, today=DAY, clock=lambda: datetime(2026, 11, 20, 8, tzinfo=UTC))


def import_sample(source: Path, database: str, rejects: Path) -> Imported:
    """Import a file as the demonstration does."""
    return import_file(source, database, sample_settings(), sample_options(rejects))


def sample_database(folder: Path) -> str:
    """The URL of a new SQLite file in a folder that holds the sample rates and the clean file.

    Its key is always the same, so that the fingerprints of its opportunities are too.
    """
    database = f"sqlite:///{folder / 'samples.db'}"
    import_rates(SAMPLES / "rates.csv", database, sample_settings())
    import_sample(CLEAN, database, folder / "none.csv")
    with transaction(database) as connection:
        connection.execute(update(installation).values(key="0" * 32))
    return database


def write_workbook(target: Path) -> None:
    """Write the rows of the clean file as a workbook."""
    with CLEAN.open(encoding="utf-8", newline="") as file:
        headers, *lines = csv.reader(file)
    write_table(target, headers, lines)


def write_expected_rejects(target: Path) -> None:
    """Write what comes back of the file with problems once the clean file is stored."""
    with TemporaryDirectory() as folder:
        import_sample(PROBLEMS, sample_database(Path(folder)), target)


# -------------------------------------------------------------------------------------------------- documents


PLAYER = """
import contextlib, io, json, shlex, subprocess, sys
from datetime import UTC, datetime
import schemas.clock

said = None
schemas.clock.utc_now = lambda: said or datetime.now(UTC)

from pipelines.cli import main

def answer(at, command):
    global said
    said = datetime.fromisoformat(at).replace(tzinfo=UTC) if at else None
    words = shlex.split(command)
    if words[0] != "dealport":
        return subprocess.run(command, shell=True, check=True, capture_output=True, text=True).stdout
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        main(words[1:])
    return err.getvalue() + out.getvalue()

json.dump([answer(*command) for command in json.load(sys.stdin)], sys.stdout)
"""
"""Carries out the commands of a document one after another in one process: loading pandas for each takes a second."""


def played(document: str, folder: Path) -> str:
    """A document with what its commands really answer, run in a folder; blocks that are files are written first."""
    work, toolkit = folder / "work", ROOT
    shutil.copytree(SAMPLES, work / "sample_data")
    blocks = list(Block.finditer(document))
    files = {found["words"]: found["text"] for found in blocks if found["words"] and found["kind"] != "console"}
    if any(name.startswith(PACKAGES) for name in files):
        toolkit = folder / "toolkit"
        for package in (*PACKAGES, "sample_data"):
            shutil.copytree(ROOT / package, toolkit / package, ignore=shutil.ignore_patterns("__pycache__"))
    for name, text in files.items():
        ((toolkit if name.startswith(PACKAGES) else work) / name).write_text(text, encoding="utf-8")
    commands = [
        ((found["words"] or "").removeprefix("at "), command)
        for found in blocks
        if found["kind"] == "console"
        for command in re.findall(r"^\$ (.+)$", found["text"], re.MULTILINE)
    ]
    answers = iter(_answers(commands, work, toolkit))

    def answered(found: re.Match[str]) -> str:
        if found["kind"] != "console":
            return found[0]
        lines = []
        for command in (line for line in found["text"].splitlines() if line.startswith("$ ")):
            lines += [command, *(part for line in next(answers).splitlines() for part in _folded(line))]
        return "\n".join([found[0].partition("\n")[0], *lines, "```"])

    return Block.sub(answered, document)


def _answers(commands: list[tuple[str, str]], work: Path, toolkit: Path) -> list[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DEALPORT")}
    run = subprocess.run(
        [sys.executable, "-c", PLAYER],
        input=json.dumps(commands),
        cwd=work,
        env=environment | {"PYTHONPATH": str(toolkit), "COLUMNS": "80"},
        check=True,
        capture_output=True,
        text=True,
    )
    answers: list[str] = json.loads(run.stdout)
    return answers


def _folded(line: str) -> list[str]:
    return textwrap.wrap(line, 100, subsequent_indent="    ") if line.startswith(("row ", "the file")) else [line]


def explained(document: str, folder: Path) -> str:
    """A document of problems with what dealport really says about its examples, each imported into the samples."""
    database = sample_database(folder)

    def said(found: re.Match[str]) -> str:
        if found["kind"] == "csv":
            imported = import_example(found["words"], found["text"], database, folder)
            told[:] = [f"{problem.where}: {problem}" for problem in imported.problems]
        if found["kind"] != "text":
            return found[0]
        return "\n".join(["```text", *(part for line in told for part in textwrap.wrap(line, 110)), "```"])

    told: list[str] = []
    return Block.sub(said, document)


def import_example(words: str | None, text: str, database: str, folder: Path) -> Imported:
    """What an import of a text would find, in the mode or with the workflow that its words tell.

    Or how it differs from the one before.
    """
    source, before = folder / "example.csv", folder / "before.json"
    source.write_text(text, encoding="utf-8")
    if words == "--schema":
        return check_file(source, sample_settings(), sample_options(folder / "rejects.csv"), before)
    if words == "before":
        before.write_text(as_json(record(source, None)), encoding="utf-8")
        words = None
    settings = sample_settings()
    if words == "opportunity_flow":
        flow = opportunity_flow("enforce", settings.statuses, settings.close_reasons)
        settings, words = replace(settings, workflows=(flow,)), None
    mode = (words or "--mode upsert").removeprefix("--mode ")
    options = replace(sample_options(folder / "rejects.csv"), dry_run=True, mode=mode)  # type: ignore[arg-type]
    return import_file(source, database, settings, options)


def with_tree(document: str) -> str:
    """The architecture with the tree of modules as it is on the disk."""
    tree = "\n".join(line.rstrip() for package in PACKAGES for line in _tree(ROOT / package, 0))
    return Block.sub(lambda found: f"```tree\n{tree}\n```" if found["kind"] == "tree" else found[0], document)


def _tree(folder: Path, depth: int) -> Iterator[str]:
    indent = "  " * depth
    yield f"{indent}{folder.name}/".ljust(34) + first_line(folder / "__init__.py")
    entries = sorted(folder.iterdir(), key=lambda entry: (entry.is_dir(), entry.name))
    for entry in entries:
        if entry.is_dir() and entry.name != "__pycache__":
            yield from _tree(entry, depth + 1)
        elif entry.suffix in {".py", ".toml"} and entry.name != "__init__.py":
            yield f"{indent}  {entry.name}".ljust(34) + first_line(entry)


def first_line(file: Path) -> str:
    """What a file says of itself: the first line of its docstring, or the title of a layout."""
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    if file.suffix == ".toml":
        title = re.search(r'^title = "(.*)"', text, re.MULTILINE)
        return title[1] if title else ""
    return (ast.get_docstring(ast.parse(text)) or "").partition("\n")[0]


def with_reports(document: str) -> str:
    """The document of reports with what each says of itself, below its introduction."""
    told = "\n".join(_report(name) for name in report_names())
    return f"{document.partition('## ')[0]}{told}"


def _report(name: str) -> str:
    module = choose(REPORTS, "report", name.replace("-", "_"))
    question, _, more = (inspect.getdoc(module) or "").partition("\n")
    by: tuple[str, ...] = getattr(module, "BY", ())
    asked = Question(Settings(), "USD", DAY, by=by[0] if by else None)
    takes, needs = (sorted(getattr(module, words, ())) for words in ("TAKES", "NEEDS"))
    lines = [f"## {name}\n", f"*{question}*\n", *([f"{more.strip()}\n"] if more.strip() else [])]
    if needs:
        lines.append(f"Needs {', '.join(f'`--{word}`' for word in needs)}.")
    if takes:
        lines.append(f"Takes {', '.join(f'`--{word}`' for word in takes)}.")
    if by:
        lines.append(f"Grouped `--by` {', '.join(f'`{one}`' for one in by if one)}.")
    keys = (f"`{column.key}`" for column in module.columns(asked))
    return "\n".join([*lines, f"Keys of a row: {', '.join(keys)}.\n"])


# -------------------------------------------------------------------------------------------------------- all


def _rewrite(target: Path) -> None:
    with TemporaryDirectory() as folder:
        text = target.read_text(encoding="utf-8")
        if target == ARCHITECTURE:
            text = with_tree(text)
        elif target == EXPLAINED:
            text = explained(text, Path(folder))
        elif target == ANSWERED:
            text = with_reports(text)
        else:
            text = played(text, Path(folder))
        target.write_text(text, encoding="utf-8")


def main() -> None:
    """Write every expected output."""
    writers = {WORKBOOK: write_workbook, EXPECTED_REJECTS: write_expected_rejects}
    for target in (WORKBOOK, EXPECTED_REJECTS, ARCHITECTURE, EXPLAINED, ANSWERED, *PLAYED):
        before = target.read_bytes() if target.exists() else None
        writers.get(target, _rewrite)(target)
        said = "unchanged" if target.read_bytes() == before else "written anew"
        sys.stdout.write(f"{target.relative_to(ROOT)}: {said}\n")


if __name__ == "__main__":
    main()
