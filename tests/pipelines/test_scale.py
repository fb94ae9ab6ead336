"""Probabilities that can be read in two ways are never guessed."""

from pathlib import Path

import pytest

from pipelines.importing import import_file
from schemas.errors import RunError
from tests.build import IN_DOLLARS, an_opportunity, import_rows, options, stored, write_csv


def test_probabilities_that_all_fit_a_fraction_stop_the_run_with_the_evidence(sqlite: str) -> None:
    rows = [an_opportunity(name="A", probability="0.4"), an_opportunity(name="B", probability="0.85")]
    with pytest.raises(RunError, match=r"'Probability': 2 values such as 0\.4 fit both fractions and percent"):
        import_rows(sqlite, *rows)


def test_one_value_above_one_decides_for_percent(sqlite: str) -> None:
    import_rows(sqlite, an_opportunity(name="A", probability="0.5"), an_opportunity(name="B", probability="40"))
    assert [str(row["probability"]) for row in stored(sqlite, "probability")] == ["0.005000", "0.400000"]


def test_a_layout_of_ones_own_can_read_fractions(tmp_path: Path, sqlite: str) -> None:
    layout = tmp_path / "old.toml"
    layout.write_text(
        'title = "OroCRM 2.0"\nprobability = "fraction"\n[headers]\nname = "Opportunity name"\n'
        'status = "Status Id"\nprobability = "Probability"\n',
        encoding="utf-8",
    )
    row = {"Opportunity name": "A", "Status Id": "negotiation", "Probability": "0.32"}
    import_file(write_csv(tmp_path / "deals.csv", [row]), sqlite, IN_DOLLARS, options(layout=str(layout)))
    assert [str(row["probability"]) for row in stored(sqlite, "probability")] == ["0.320000"]
