from itertools import islice
from pathlib import Path

import pytest

from tests.workbook_fuzz import ABORTING, cases, fuzz, read_confined, read_here, seeds


def test_the_good_workbooks_are_read(tmp_path: Path) -> None:
    assert {kind: read_confined(tmp_path / "last", content) for kind, content in seeds(tmp_path).items()} == {
        "xlsx": "rows",
        "ods": "rows",
        "xls": "rows",
        "xlsb": "rows",
    }


def test_changed_workbooks_give_rows_or_a_sentence(tmp_path: Path) -> None:
    packages = {kind: content for kind, content in seeds(tmp_path).items() if kind not in ABORTING}
    outcomes = [read_here(content) for _, content in islice(cases(packages, 1), 1_500)]
    assert 100 < outcomes.count("rows") < 1_400


def test_changed_workbooks_give_rows_or_a_sentence_in_their_child_process(tmp_path: Path) -> None:
    found = [
        (kind, read_confined(tmp_path / "last", content)) for kind, content in islice(cases(seeds(tmp_path), 2), 25)
    ]
    assert {kind for kind, _ in found} == {"xlsx", "ods", "xls", "xlsb"}
    assert [why for _, why in found if "Error" in why and "damaged" not in why] == []


@pytest.mark.slow
def test_changed_workbooks_give_rows_or_a_sentence_for_two_minutes(tmp_path: Path) -> None:
    outcomes = fuzz(tmp_path, 3, 120)
    assert outcomes["slowest in ms"] < 40_000
    assert sum(outcomes.values()) > 1_000
