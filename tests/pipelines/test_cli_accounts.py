"""The commands about accounts by other names."""

import json
from pathlib import Path

import pytest

from pipelines.cli import NOTHING, REJECTED, STORED, USAGE, main

KNOWN = "Opportunity name,Status Id,Customer Account Account name\nGate,won,Harbor Logistics\nBoat,won,Acme AG\n"
NEW = "Opportunity name,Status Id,Customer Account Account name\nGate,won,Harbour Logistics\nBoat,won,Acme GmbH\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    """A folder with a database in which two names are undecided."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DEALPORT_DATABASE_URL", raising=False)
    Path("known.csv").write_text(KNOWN, encoding="utf-8")
    Path("new.csv").write_text(NEW, encoding="utf-8")
    assert main(["import", "known.csv"]) == STORED
    assert main(["import", "new.csv"]) == REJECTED
    capsys.readouterr()
    return tmp_path


@pytest.mark.usefixtures("folder")
def test_what_is_undecided_is_listed_with_candidates(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["accounts", "matches"]) == STORED
    assert (
        capsys.readouterr().out
        == """Acme GmbH  (1 row in run 2)
   75 %  Acme AG
Harbour Logistics  (1 row in run 2)
   97 %  Harbor Logistics

Decide each once: dealport accounts alias "NAME" --to "STORED ACCOUNT"
or, where it is an account of its own: dealport accounts alias "NAME" --new
"""
    )
    assert main(["accounts", "matches", "--json"]) == STORED
    assert json.loads(capsys.readouterr().out)[1] == {
        "name": "Harbour Logistics",
        "rows": 1,
        "run": 2,
        "candidates": [{"account": "Harbor Logistics", "likeness": 97}],
    }


@pytest.mark.usefixtures("folder")
def test_a_decided_reject_file_imports_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["accounts", "alias", "Harbour Logistics", "--to", "Harbor Logistics"]) == STORED
    assert main(["accounts", "alias", "Acme GmbH", "--new"]) == STORED
    assert capsys.readouterr().out == (
        "from now on: 'Harbour Logistics' means the account 'Harbor Logistics'\n"
        "from now on: 'Acme GmbH' is an account of its own\n"
    )
    assert main(["import", "new.rejects.csv"]) == STORED
    capsys.readouterr()
    assert main(["accounts", "matches"]) == STORED
    assert capsys.readouterr().out == "No name is undecided.\n"


@pytest.mark.usefixtures("folder")
def test_decisions_are_listed_and_forgotten(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["accounts", "aliases"]) == STORED
    assert capsys.readouterr().out == "Nothing was decided yet.\n"
    main(["accounts", "alias", "Harbour Logistics", "--to", "Harbor Logistics", "--json"])
    decided = json.loads(capsys.readouterr().out)
    assert (decided["name"], decided["account"], decided["new"]) == ("Harbour Logistics", "Harbor Logistics", False)
    main(["accounts", "aliases", "--json"])
    assert json.loads(capsys.readouterr().out) == [decided]
    main(["accounts", "aliases"])
    assert capsys.readouterr().out.startswith("Harbour Logistics\n  is Harbor Logistics, decided on 20")
    assert main(["accounts", "forget-alias", "Harbour Logistics"]) == STORED
    assert capsys.readouterr().out == "forgotten: 'Harbour Logistics' means the account 'Harbor Logistics'\n"


@pytest.mark.usefixtures("folder")
def test_an_account_that_is_not_there_ends_with_2_and_says_which_was_perhaps_meant(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["accounts", "alias", "Harbour Logistics", "--to", "Harbor Logistic"]) == USAGE
    told = "dealport: There is no account 'Harbor Logistic'.\nDid you mean 'Harbor Logistics'?\n"
    assert capsys.readouterr().err == told


def test_a_database_that_is_not_there_ends_with_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["accounts", "matches", "--db", f"sqlite:///{tmp_path / 'none.db'}"]) == NOTHING
    assert "holds no opportunities yet" in capsys.readouterr().err
