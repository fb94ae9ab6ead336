"""The documents: what they show is what happens, and nothing is left out."""

import argparse
import ast
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from pipelines.cli.words import EPILOG, parser
from schemas.choices import choices, choose
from schemas.errors import SettingsError
from schemas.fields import FIELD
from schemas.layout_files import KEYS, layout_names
from schemas.problems import RULES, SWITCHABLE
from schemas.settings import Settings, parse_settings
from schemas.views import BUILT_IN
from tests import golden
from tests.golden import ANSWERED, ARCHITECTURE, EXPLAINED, PLAYED, ROOT, Block, import_example, sample_database

DOCUMENTS = [*ROOT.glob("*.md"), *sorted((ROOT / "docs").rglob("*.md"))]
AGAIN = "see what changed, then `make golden`"


def read(name: str | Path) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def words(text: str) -> str:
    """A text without regard to where its lines break."""
    return " ".join(text.split())


# ------------------------------------------------------------------------------------------------- what they show


@pytest.mark.parametrize("document", PLAYED, ids=lambda document: document.name)
def test_the_commands_of_a_document_answer_what_it_shows(document: Path, tmp_path: Path) -> None:
    assert words(golden.played(read(document), tmp_path)) == words(read(document)), AGAIN


def test_the_examples_of_problems_are_answered_as_the_document_shows(tmp_path: Path) -> None:
    assert words(golden.explained(read(EXPLAINED), tmp_path)) == words(read(EXPLAINED)), AGAIN


def test_the_tree_of_the_architecture_is_that_of_the_disk() -> None:
    assert golden.with_tree(read(ARCHITECTURE)) == read(ARCHITECTURE), AGAIN


def test_the_document_of_reports_says_what_each_says_of_itself() -> None:
    assert golden.with_reports(read(ANSWERED)) == read(ANSWERED), AGAIN


@pytest.mark.parametrize("document", ["README.md", "docs/settings.md"])
def test_the_settings_that_a_document_shows_are_good_ones(document: str) -> None:
    shown = [
        found["text"] for found in Block.finditer(read(document)) if found["kind"] == "toml" and not found["words"]
    ]
    assert shown
    for text in shown:
        parse_settings(text, document)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: str(document.relative_to(ROOT)))
def test_every_file_that_a_document_links_to_is_there(document: Path) -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", read(document)) if "://" not in link]
    assert [link for link in links if not (document.parent / link).exists()] == []


def test_every_module_on_the_walk_of_a_row_is_there_and_has_the_functions_named() -> None:
    walk = read(ARCHITECTURE).partition("## The walk of a row")[2].partition("\n## ")[0]
    steps = re.findall(
        r"^((?:pipelines|connectors|schemas)/\S+\.py) +(?:([a-z_]+(?:, [a-z_]+)*):)?", walk, re.MULTILINE
    )
    assert len(steps) > 15
    for file, functions in steps:
        known = {node.name for node in ast.parse(read(file)).body if isinstance(node, ast.FunctionDef)}
        assert set(filter(None, functions.split(", "))) <= known, file


@pytest.mark.parametrize("name", choices("connectors.dialects"))
def test_the_functions_of_a_database_are_those_that_adding_shows(name: str) -> None:
    example = next(f["text"] for f in Block.finditer(read("docs/adding.md")) if "def prepare(" in f["text"])
    for function in re.findall(r"def (\w+)\(", example):
        assert callable(getattr(_dialect(name), function, None)), function


def _dialect(name: str) -> ModuleType:
    return choose("connectors.dialects", "database", name)


# ------------------------------------------------------------------------------------------------ nothing left out


def problem_sections() -> dict[str, str]:
    parts = re.split(r"^### `(\w+)`$", read(EXPLAINED), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_every_problem_code_has_a_section_of_its_own() -> None:
    assert sorted(problem_sections()) == sorted(RULES)


def test_every_section_says_how_to_fix_the_problem() -> None:
    assert [code for code, section in problem_sections().items() if "\nFix: " not in section] == []


def test_the_example_of_a_section_shows_its_problem(tmp_path: Path) -> None:
    database = sample_database(tmp_path)
    shown = {}
    for code, section in problem_sections().items():
        for example in (found for found in Block.finditer(section) if found["kind"] == "csv"):
            imported = import_example(example["words"], example["text"], database, tmp_path)
            shown[code] = {problem.code for problem in imported.problems}
    unseen = {code for code, section in problem_sections().items() if "(It cannot be shown here" in section}
    assert shown == {code: {code} for code in RULES if code not in unseen}


def commands(top: argparse.ArgumentParser, name: str = "dealport") -> Iterator[tuple[str, list[str]]]:
    """Every command with its long options."""
    nested = [action for action in top._actions if isinstance(action, argparse._SubParsersAction)]
    options = [option for action in top._actions for option in action.option_strings if option.startswith("--")]
    yield name, options
    for action in nested:
        for word, command in action.choices.items():
            yield from commands(command, f"{name} {word}")


@pytest.mark.parametrize(("command", "options"), list(commands(parser())), ids=lambda value: str(value)[:40])
def test_every_command_and_option_is_in_the_page_of_commands(command: str, options: list[str]) -> None:
    page = read("docs/cli.md")
    assert command in page
    assert [option for option in options if option not in page] == []


@pytest.mark.parametrize("document", ["README.md", "docs/cli.md"])
def test_the_exit_codes_are_told_as_the_help_tells_them(document: str) -> None:
    told = re.findall(r"^  (\d)  (.+)$", EPILOG, re.MULTILINE)
    assert [code for code, _ in told] == ["0", "1", "2", "3"]
    for code, meaning in told:
        assert f"| {code} | {meaning}" in read(document)


def test_every_report_view_and_layout_is_in_the_page_of_commands() -> None:
    page = read("docs/cli.md")
    assert [name for name in layout_names() if f"`{name}`" not in page] == []
    assert [f"--view {name}" for name in BUILT_IN if f"`--view {name}` | {BUILT_IN[name]}" not in page] == []


def test_every_format_of_problems_is_in_the_page_of_commands() -> None:
    assert [name for name in choices("pipelines.problem_reports") if f"| `{name}` | " not in read("docs/cli.md")] == []


def test_every_layout_has_its_place_in_the_page_of_layouts() -> None:
    page = read("docs/layouts.md")
    sections = set(re.findall("`([a-z0-9-]+)`", " ".join(re.findall("^## .+$", page, re.MULTILINE))))
    assert sections == set(layout_names()) == set(re.findall(r"^\| `([a-z0-9-]+)` \| [^`]", page, re.MULTILINE))


def test_every_key_of_a_layout_is_explained() -> None:
    page = read("docs/adding.md")
    assert [key for key in KEYS if not re.search(rf"`\[*{key}\b", page)] == []


def test_every_field_is_named_where_a_layout_is_explained() -> None:
    assert [name for name in FIELD if f"`{name}`" not in read("docs/adding.md")] == []


TABLES = ("currencies", "rules", "accounts", "breaker", "leads", "features", "reports")


def keys_of_settings() -> list[str]:
    """Every key that settings know, as their own error messages list them."""
    keys = []
    places = {"": "zzz = 1"} | {f"{table}.": f"[{table}]\nzzz = true" for table in TABLES}
    places["statuses."] = '[[statuses]]\nid = "won"\nzzz = 1'
    places["views.NAME."] = "[views.a]\nzzz = 1"
    step = '[[workflows.a.steps]]\nname = "x"\nstatuses = ["won"]\n'
    way = '[[workflows.a.transitions]]\nfrom = ["x"]\nto = ["x"]\n'
    places["workflows."] = "[workflows]\nzzz = 1"
    places["workflows.NAME."] = f"{step}[workflows.a]\nzzz = 1"
    places["workflows.NAME.steps."] = f"{step}zzz = 1"
    places["workflows.NAME.transitions."] = f"{step}{way}zzz = 1"
    for place, text in places.items():
        with pytest.raises(SettingsError) as caught:
            parse_settings(text, "a.toml")
        known = caught.value.fix.removeprefix("Known: ").partition(".")[0].split(", ")
        keys += [place + key for key in known if place or key not in {*TABLES, "workflows", "views"}]
    return keys


def test_every_key_of_the_settings_is_in_their_page() -> None:
    keys = keys_of_settings()
    assert len(keys) == 48
    assert {f"rules.{code}" for code in SWITCHABLE} <= set(keys)
    assert [key for key in keys if f"| `{key}` |" not in read("docs/settings.md")] == []


def test_the_page_of_settings_shows_every_default() -> None:
    shown = next(found["text"] for found in Block.finditer(read("docs/settings.md")) if found["kind"] == "toml")
    assert parse_settings(shown, "docs/settings.md") == Settings()


def test_every_decision_is_numbered_and_says_why_and_at_what_price() -> None:
    decisions = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [int(path.name[:4]) for path in decisions] == list(range(1, len(decisions) + 1))
    for path in decisions:
        text = read(path)
        assert text.startswith(f"# {path.name[:4]} ")
        assert all(part in text for part in ("**Decision.**", "**Why.**", "**Price.**")), path.name


def test_no_document_names_a_folder_of_somebodys_machine() -> None:
    for path in [*DOCUMENTS, *(ROOT / "sample_data").glob("*.*")]:
        found: Any = re.search(rb"/(home|work|root|Users|tmp)/", path.read_bytes())
        assert not found, path
