"""Runs the command in the process of the test, in a folder of its own."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from pipelines.cli import main
from tests.golden import SAMPLES

GOOD = "Opportunity name,Status Id,Customer Account Account name\nDock doors,negotiation,Acme\n"
BAD = "Opportunity name,Status Id,Customer Account Account name\nDock doors,negotiatoin,Acme\nGate,won,Acme\n"
SETTINGS = str(SAMPLES / "dealport.toml")


class Said(NamedTuple):
    """What a command answered."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


class Run:
    """Runs commands in a folder of the test's own."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def __call__(self, *words: str | Path) -> Said:
        try:
            code = main([str(word) for word in words])
        except SystemExit as leaving:  # argparse leaves so
            code = int(leaving.code or 0)
        said = self.capsys.readouterr()
        assert "Traceback" not in said.err
        return Said(code, said.out, said.err)
