"""What other repositories use: the pre-commit hook and the GitHub action say what they do, and do it."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # publishes no types

from pipelines.cli.words import parser
from tests.command import BAD, GOOD
from tests.golden import ROOT, SAMPLES, Block

HOOK = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))[0]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
INPUTS = ACTION["inputs"]
STEPS = {step["name"]: step for step in ACTION["runs"]["steps"] if "run" in step}
PAGE = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a good and a bad file, and dealport installed where the action installs it."""
    (tmp_path / "good.csv").write_text(GOOD, encoding="utf-8")
    (tmp_path / "bad file.csv").write_text(BAD, encoding="utf-8")
    command = tmp_path / "runner" / "dealport" / "bin" / "dealport"
    command.parent.mkdir(parents=True)
    command.write_text(f"#!/bin/sh\nexec '{sys.executable}' -c 'from pipelines.cli import run; run()' \"$@\"\n")
    command.chmod(0o755)
    return tmp_path


def run(command: list[str], folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    found = {"PATH": f"{folder / 'runner/dealport/bin'}:{os.environ['PATH']}", "RUNNER_TEMP": str(folder / "runner")}
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **found, **variables}
    return subprocess.run(command, cwd=folder, env=environment, check=False, capture_output=True, text=True)


def check_step(folder: Path, **inputs: str) -> subprocess.CompletedProcess[str]:
    """What the action's check does with these inputs and the defaults of the others."""
    step = STEPS["Check"]
    values = {name: told.get("default", "") for name, told in INPUTS.items()} | inputs
    variables = {
        name: re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda found: values[found[1]], expression)
        for name, expression in step["env"].items()
    }
    return run(["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]], folder, **variables)


# ------------------------------------------------------------------------------------------------------- the hook


def test_the_hook_checks_the_files_it_is_given_with_its_arguments(folder: Path) -> None:
    entry = shlex.split(HOOK["entry"])
    good = run([*entry, "--layout", "orocrm", "good.csv"], folder)
    assert (good.returncode, good.stderr) == (0, "")
    assert good.stdout == "good.csv: layout orocrm, checked\n  read 1 = 1 valid + 0 with problems\n"
    both = run([*entry, "good.csv", "bad file.csv"], folder)
    assert both.returncode == 1
    assert "row 2: 'Status Id': 'negotiatoin' is not a known status." in both.stderr


@pytest.mark.parametrize(
    ("name", "is_checked"),
    [
        ("data/deals.csv", True),
        ("deals.xlsx", True),
        ("deals.csv.bak", False),
        ("notes.md", False),
        ("deals.rejects.csv", False),
    ],
)
def test_the_hook_takes_csv_and_xlsx_files_but_no_reject_files(name: str, is_checked: bool) -> None:
    assert bool(re.search(HOOK["files"], name) and not re.search(HOOK["exclude"], name)) == is_checked


def test_the_hook_is_installed_from_the_repository(folder: Path) -> None:
    assert (HOOK["id"], HOOK["language"]) == ("dealport-check", "python")
    assert 'dealport = "pipelines.cli:run"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


# ----------------------------------------------------------------------------------------------------- the action


def test_the_action_checks_each_line_of_files_and_expands_patterns(folder: Path) -> None:
    said = check_step(folder, files="good.csv\n\n  bad*.csv\n")
    assert said.returncode == 1
    assert said.stdout == (
        "::error file=bad file.csv,line=2,col=12,title=unknown_status::row 2: 'Status Id': 'negotiatoin' is not a known"
        " status. Did you mean 'negotiation'? More statuses can be set up in the settings.\n"
    )
    plain = check_step(folder, files="good.csv\n", format="")
    assert plain.stdout.splitlines()[0] == "good.csv: layout orocrm, checked"
    assert plain.stdout.splitlines()[-1] == "  read 1 = 1 valid + 0 with problems"


def test_the_action_gives_every_input_to_the_command(folder: Path) -> None:
    (folder / "own.toml").write_text('owners = ["nobody"]\n', encoding="utf-8")
    recorded = run(["dealport", "schema", "--from", "good.csv", "--output", "s.json"], folder)
    assert recorded.returncode == 0
    inputs = {"files": "bad file.csv", "layout": "orocrm", "schema": "s.json", "config": "own.toml"}
    allowed = check_step(folder, **inputs, **{"max-problems": "unknown_status=1 0"})
    assert allowed.returncode == 0
    assert "::warning file=bad file.csv,line=1," in allowed.stdout
    assert "the file, warning: 'Status Id' did not hold 'won' before." in allowed.stdout
    assert check_step(folder, **inputs).returncode == 1
    assert "There is no layout 'orocmr'" in check_step(folder, files="good.csv", layout="orocmr").stderr


def test_an_input_is_never_run_as_a_command(folder: Path) -> None:
    evil = "$(touch evil) `touch evil`; touch evil"
    writes_down = "#!/bin/sh\nprintf '%s\\n' \"$@\" > words\n"
    (folder / "runner" / "dealport" / "bin" / "dealport").write_text(writes_down, encoding="utf-8")
    for name in ("files", "layout", "schema", "config", "max-problems", "format"):
        check_step(folder, **{"files": "good.csv", name: evil})
        words = (folder / "words").read_text(encoding="utf-8").splitlines()
        (folder / "words").unlink()
        assert evil in " ".join(word for word in words if word != "--max-problems")
    assert not (folder / "evil").exists()
    assert "${{" not in "".join(step["run"] for step in STEPS.values())


def test_the_action_annotates_unless_told_otherwise() -> None:
    assert INPUTS["format"]["default"] == "github"
    assert set(INPUTS) == {"files", "layout", "config", "schema", "max-problems", "format", "python-version"}
    assert all(told["description"].endswith(".") for told in INPUTS.values())


def test_every_option_of_the_action_is_one_of_check() -> None:
    check = parser()._subparsers._group_actions[0].choices["check"]  # type: ignore[union-attr,index]
    known = {option for action in check._actions for option in action.option_strings}
    used = set(re.findall(r"--[a-z-]+", STEPS["Check"]["run"]))
    assert used == {"--max-problems", "--layout", "--config", "--schema", "--format"}
    assert used <= known


@pytest.mark.parametrize("name", STEPS)
def test_every_step_of_the_action_is_sound_shell(name: str) -> None:
    assert subprocess.run(["bash", "-n", "-c", STEPS[name]["run"]], check=False).returncode == 0


def test_the_action_installs_what_is_in_the_repository() -> None:
    told = STEPS["Install dealport"]["run"]
    named = re.findall(r'"\$ACTION_PATH/?([^"]*)"', told)
    assert named == ["requirements.lock", ""]
    assert all((ROOT / name).exists() for name in named)


# ------------------------------------------------------------------------------------------------------- the page


def test_the_examples_of_the_page_are_yaml_and_use_what_there_is() -> None:
    examples = [yaml.safe_load(found["text"]) for found in Block.finditer(PAGE) if found["kind"] == "yaml"]
    github, gitlab, hooks = examples
    steps: list[dict[str, Any]] = github["jobs"]["opportunities"]["steps"]
    used = next(step for step in steps if "dealport" in step.get("uses", ""))
    assert set(used["with"]) <= set(INPUTS)
    assert any("dealport check" in line for line in gitlab["opportunities"]["script"])
    assert hooks["repos"][0]["hooks"][0]["id"] == HOOK["id"]


def test_the_sample_that_the_page_checks_is_there() -> None:
    assert (SAMPLES / "deals.csv").exists()
