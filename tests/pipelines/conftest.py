"""What tests of the command line begin with: a folder with good and bad files, and the sample data."""

from pathlib import Path

import pytest

from tests.command import BAD, GOOD, Run
from tests.golden import sample_database


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DEALPORT_DATABASE_URL", raising=False)
    return Run(capsys)


@pytest.fixture
def good(tmp_path: Path) -> Path:
    (tmp_path / "good.csv").write_text(GOOD, encoding="utf-8")
    return Path("good.csv")


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    (tmp_path / "bad.csv").write_text(BAD, encoding="utf-8")
    return Path("bad.csv")


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The database of the sample data, only read here."""
    return sample_database(tmp_path_factory.mktemp("samples"))
