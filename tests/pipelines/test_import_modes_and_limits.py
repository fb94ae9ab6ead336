from pathlib import Path

import pytest

from pipelines.importing import import_file
from pipelines.ledger import list_runs
from schemas.errors import RunError, UsageError
from tests.build import (
    IN_DOLLARS,
    an_opportunity,
    counts,
    history,
    import_rows,
    names,
    options,
    stored,
    told,
    write_csv,
)

BAD = an_opportunity(name="Bad", status="?")


def test_insert_leaves_what_is_stored_alone(database: str) -> None:
    import_rows(database, an_opportunity())
    before = stored(database)
    imported = import_rows(database, an_opportunity(notes="new"), an_opportunity(name="Shop"), mode="insert")
    assert told(imported) == [(2, "Opportunity name", "already_stored")]
    assert counts(imported) == {"added": 1, "rejected": 1}
    assert stored(database)[:1] == before


def test_insert_refuses_even_what_would_change_nothing(database: str) -> None:
    import_rows(database, an_opportunity())
    assert counts(import_rows(database, an_opportunity(), mode="insert")) == {"rejected": 1}


def test_update_adds_nothing(database: str) -> None:
    import_rows(database, an_opportunity(), an_opportunity(name="Blog"))
    imported = import_rows(
        database,
        an_opportunity(notes="new"),
        an_opportunity(name="Shop", account="Globex", owner="ann"),
        an_opportunity(name="Blog"),
        mode="update",
    )
    assert told(imported) == [(3, "Opportunity name", "not_stored")]
    assert counts(imported) == {"updated": 1, "rejected": 1, "unchanged": 1}
    assert [row["name"] for row in stored(database)] == ["Website", "Blog"]
    assert (names(database, "account"), names(database, "owner")) == (["Acme"], [])


@pytest.mark.parametrize(("limit", "rows"), [("1", 1), ("0", 0), ("50%", 2), ("25%", 1), ("100%", 4), ("24%", 0)])
def test_as_many_rows_as_allowed_may_be_rejected(sqlite: str, limit: str, rows: int) -> None:
    good = [an_opportunity(name=f"Deal {number}") for number in range(4 - rows)]
    imported = import_rows(sqlite, *good, *[BAD] * rows, max_rejects=limit)
    assert imported.rejected == rows


@pytest.mark.parametrize(("limit", "rows"), [("1", 2), ("0", 1), ("49%", 2), ("0%", 1), ("99%", 4)])
def test_one_more_and_nothing_is_stored(database: str, tmp_path: Path, limit: str, rows: int) -> None:
    good = [an_opportunity(name=f"Deal {number}") for number in range(4 - rows)]
    path = write_csv(tmp_path / "deals.csv", [*good, *[BAD] * rows])
    with pytest.raises(RunError, match=f"{rows} of 4 rows were rejected, more than --max-rejects {limit} allows"):
        import_file(path, database, IN_DOLLARS, options(max_rejects=limit))
    assert (stored(database), names(database, "account"), list_runs(database)) == ([], [], [])
    assert (tmp_path / "deals.rejects.csv").exists()


@pytest.mark.parametrize("limit", ["few", "5 5%", "-1", "1.5", "", "%"])
def test_a_limit_is_a_number_or_a_percentage(sqlite: str, limit: str) -> None:
    with pytest.raises(UsageError, match="is not a number or a percentage"):
        import_rows(sqlite, an_opportunity(), max_rejects=limit)


def test_a_dry_run_tells_everything_and_changes_nothing(database: str, tmp_path: Path) -> None:
    import_rows(database, an_opportunity())
    before = stored(database)
    rows = an_opportunity(notes="new"), an_opportunity(name="Shop", account="Globex"), BAD
    path = write_csv(tmp_path / "deals.csv", rows)
    dry = import_file(path, database, IN_DOLLARS, options(dry_run=True))
    assert dry.run is None
    assert counts(dry) == {"added": 1, "updated": 1, "rejected": 1}
    assert told(dry) == [(4, "Status Id", "unknown_status")]
    assert (stored(database), history(database), names(database, "account")) == (before, [], ["Acme"])
    assert len(list_runs(database)) == 1
    assert list(tmp_path.glob("*.csv")) == [path]
    wet = import_file(path, database, IN_DOLLARS, options())
    assert (counts(wet), told(wet), wet.money) == (counts(dry), told(dry), dry.money)


def test_a_dry_run_writes_the_reject_file_where_it_is_named(sqlite: str, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "deals.csv", [BAD])
    dry = import_file(path, sqlite, IN_DOLLARS, options(dry_run=True, rejects=tmp_path / "bad.csv"))
    assert dry.rejects == tmp_path / "bad.csv"
    assert (tmp_path / "bad.csv").exists()


def test_a_file_of_headers_alone_is_an_import_of_nothing(database: str, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "deals.csv", [], headers=an_opportunity())
    imported = import_file(path, database, IN_DOLLARS, options())
    assert (imported.read, counts(imported), imported.money) == (0, {}, {})
