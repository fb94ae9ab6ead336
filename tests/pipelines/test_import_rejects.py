from pathlib import Path

import pytest

from pipelines.importing import import_file
from schemas.errors import UsageError
from tests.build import (
    IN_DOLLARS,
    Rows,
    an_opportunity,
    counts,
    import_rows,
    options,
    read_csv,
    stored,
    told,
    write_csv,
)

GOOD, BAD = an_opportunity(name="Good"), an_opportunity(name="Bad", status="wonn", budget_amount="lots")


def imported_with_rejects(database: str, path: Path) -> Rows:
    imported = import_file(path, database, IN_DOLLARS, options())
    return read_csv(imported.rejects) if imported.rejects else []


def test_rejected_rows_come_back_as_they_came_with_what_to_fix(database: str, tmp_path: Path) -> None:
    odd = an_opportunity(name=' "Odd",\nname ', status=" ", notes="=1+1", budget_amount="01.50")
    path = write_csv(tmp_path / "deals.csv", [GOOD, BAD, an_opportunity(name="Fine"), odd])
    rows = imported_with_rejects(database, path)
    problems = [row.pop("Problem") for row in rows]
    assert rows == [BAD | {"Additional comments": ""}, odd]
    assert problems == [
        "row 3: 'Budget Amount': 'lots' is not a number written like 1234.50. Write digits, and the decimals behind the"
        " same mark as in the rest of the column."
        " | 'Status Id': 'wonn' is not a known status. Did you mean 'won'?"
        " More statuses can be set up in the settings.",
        "row 5: 'Status Id': ' ' is empty. Write the status of the opportunity.",
    ]


def test_the_reject_file_lies_beside_the_file_unless_named(sqlite: str, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "deals.csv", [BAD])
    assert import_file(path, sqlite, IN_DOLLARS, options()).rejects == tmp_path / "deals.rejects.csv"
    elsewhere = tmp_path / "elsewhere.csv"
    assert import_file(path, sqlite, IN_DOLLARS, options(rejects=elsewhere)).rejects == elsewhere
    assert read_csv(elsewhere) == read_csv(tmp_path / "deals.rejects.csv")


def test_the_reject_file_must_not_be_the_file_itself(sqlite: str, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "deals.csv", [BAD])
    with pytest.raises(UsageError, match="is the file to import"):
        import_file(path, sqlite, IN_DOLLARS, options(rejects=path))
    assert read_csv(path) == [BAD]


def test_a_later_import_without_rejects_removes_the_reject_file_of_an_earlier_one(sqlite: str, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "deals.csv", [BAD])
    assert len(imported_with_rejects(sqlite, path)) == 1
    write_csv(path, [GOOD])
    assert imported_with_rejects(sqlite, path) == []
    assert not (tmp_path / "deals.rejects.csv").exists()


def test_a_corrected_reject_file_imports_and_remembers_the_original_rows(database: str, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "deals.csv", [GOOD, GOOD | {"Opportunity name": "Also good"}, BAD, BAD])
    rows = imported_with_rejects(database, path)
    fixed = rows[0] | {"Status Id": "won", "Budget Amount": "5"}
    rejects = write_csv(tmp_path / "deals.rejects.csv", [fixed])
    again = import_file(rejects, database, IN_DOLLARS, options())
    assert (counts(again), again.rejects) == ({"added": 1}, None)
    assert stored(database, "name", "row") == [
        {"name": "Good", "row": 2},
        {"name": "Also good", "row": 3},
        {"name": "Bad", "row": 4},
    ]


def test_the_problems_of_a_reject_file_tell_the_original_rows(database: str, tmp_path: Path) -> None:
    second = BAD | {"Opportunity name": "Worse"}
    path = write_csv(tmp_path / "deals.csv", [GOOD, GOOD | {"Opportunity name": "Also good"}, BAD, GOOD, second])
    rows = imported_with_rejects(database, path)
    half = [rows[0] | {"Budget Amount": "5"}, rows[1] | {"Status Id": "won", "Budget Amount": "1.5.0"}]
    rejects = write_csv(tmp_path / "deals.rejects.csv", half)
    again = import_file(rejects, database, IN_DOLLARS, options())
    assert told(again) == [(4, "Status Id", "unknown_status"), (6, "Budget Amount", "not_a_number")]
    assert again.rejects == tmp_path / "deals.rejects.rejects.csv"
    third = read_csv(again.rejects)
    assert [row["Problem"].split(": ")[0] for row in third] == ["row 4", "row 6"]
    assert list(third[0]) == [*an_opportunity(), "Problem"]
    cured = write_csv(tmp_path / "last.csv", [third[0] | {"Status Id": "lost"}, third[1] | {"Budget Amount": "1"}])
    assert counts(import_file(cured, database, IN_DOLLARS, options())) == {"added": 2}


@pytest.mark.parametrize("ids", [("", ""), ("1", "1")])
def test_contradictions_within_a_reject_file_name_the_original_rows(
    database: str, tmp_path: Path, ids: tuple[str, str]
) -> None:
    rows = [an_opportunity(notes=note, source_id=one) for note, one in zip("ab", ids, strict=True)]
    path = write_csv(tmp_path / "deals.csv", [an_opportunity(name="Shop", source_id="9"), *rows])
    imported_with_rejects(database, path)
    again = import_file(tmp_path / "deals.rejects.csv", database, IN_DOLLARS, options())
    assert told(again) == [(3, "Opportunity name", "duplicate_row"), (4, "Opportunity name", "duplicate_row")]
    assert all("(rows 3, 4)" in problem.why for problem in again.problems)


def test_rows_of_a_reject_file_that_lead_to_one_stored_opportunity_are_named_by_the_original_rows(
    database: str, tmp_path: Path
) -> None:
    import_rows(database, an_opportunity(source_id="1"))
    both = [an_opportunity(source_id="1", name="Shop"), an_opportunity(source_id="")]
    path = write_csv(tmp_path / "deals.csv", [GOOD, *both])
    imported_with_rejects(database, path)
    again = import_file(tmp_path / "deals.rejects.csv", database, IN_DOLLARS, options())
    assert [problem.row for problem in again.problems] == [3, 4]
    assert all("(rows 3, 4)" in problem.why for problem in again.problems)


def test_a_problem_cell_that_says_no_row_leaves_the_row_of_the_file(sqlite: str, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "deals.csv", [BAD | {"Problem": "call me"}, BAD | {"Problem": "row 12: old"}])
    assert [row for row, _, _ in told(import_file(path, sqlite, IN_DOLLARS, options()))] == [2, 2, 12, 12]


def test_a_row_with_too_many_or_too_few_cells_comes_back(database: str, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "deals.csv", [GOOD])
    with path.open("a") as file:
        file.write("Short,Acme\nLong,Acme,won,1,USD,2,3\n")
    imported = import_file(path, database, IN_DOLLARS, options())
    assert told(imported) == [(3, "", "ragged_row"), (4, "", "ragged_row")]
    assert counts(imported) == {"added": 1, "rejected": 2}
    assert imported.problems[0].why == "has 2 cells under 5 headers"
    assert imported.problems[1].why == "has 7 cells under 5 headers, '2', '3' being left over"
    assert imported.rejects is not None
    assert [row["Opportunity name"] for row in read_csv(imported.rejects)] == ["Short", "Long"]


def test_problems_are_told_by_row_then_header(sqlite: str) -> None:
    worst = an_opportunity(name="", account="", status="?", budget_amount="x", budget_currency="?", probability="101")
    imported = import_rows(sqlite, worst, BAD)
    assert told(imported) == [
        (2, "Budget Amount", "not_a_number"),
        (2, "Budget Amount Currency", "unknown_currency"),
        (2, "Customer Account Account name", "missing_account"),
        (2, "Opportunity name", "missing_name"),
        (2, "Probability", "probability_out_of_range"),
        (2, "Status Id", "unknown_status"),
        (3, "Budget Amount", "not_a_number"),
        (3, "Status Id", "unknown_status"),
    ]


def test_a_short_row_is_not_taken_for_blank_cells_until_somebody_says_so(database: str, tmp_path: Path) -> None:
    path = tmp_path / "deals.csv"
    headers = "Opportunity name,Status Id,Customer Account Account name,Tags,Additional comments\n"
    path.write_text(headers + "Website,won,Acme\nShop,won,Acme,,\n", encoding="utf-8")
    first = import_file(path, database, IN_DOLLARS, options())
    assert (first.added, first.rejected) == (1, 1)
    rejects = path.with_name("deals.rejects.csv")
    again = import_file(rejects, database, IN_DOLLARS, options())
    assert (again.added, told(again)) == (0, [(2, "", "ragged_row")])
    (row,) = read_csv(rejects.with_name("deals.rejects.rejects.csv"))
    for corrected in ({"Problem": ""}, {"Tags": "new"}):
        source = write_csv(tmp_path / "corrected.csv", [row | corrected])
        assert import_file(source, database, IN_DOLLARS, options()).rejected == 0
