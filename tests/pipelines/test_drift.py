"""Drift: what a file looks like is recorded, and a later file is told apart from it, header by header."""

import json
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.files import write_table
from pipelines.checking import check_file
from pipelines.drift import load_look, record
from pipelines.steps.differ import differ
from pipelines.steps.observe import Seen, observe
from schemas.errors import RunError, UsageError
from schemas.look import KINDS, FileLook, HeaderLook, as_json, from_json
from schemas.problems import Problem
from schemas.raw import RawBatch
from tests.build import IN_DOLLARS, IN_EUROS_TOO, options

HEADERS = [
    "Id",
    "Opportunity name",
    "Status Id",
    "Expected close date",
    "Budget Amount",
    "Customer Account Account name",
]
ROW = ["1", "Dock doors", "negotiation", "12/31/2026", "1200.50", "Acme"]


def drift(tmp_path: Path, headers: list[str], *rows: list[str], before: list[list[str]] | None = None) -> list[Problem]:
    """The problems of a file that is compared with the recorded one (HEADERS and ROW unless told)."""
    recorded, now, schema = tmp_path / "before.csv", tmp_path / "now.csv", tmp_path / "schema.json"
    first, *rest = before or [HEADERS, ROW]
    write_table(recorded, first, rest)
    schema.write_text(as_json(record(recorded, None)), encoding="utf-8")
    write_table(now, headers, rows or [ROW[: len(headers)]])
    return [one for one in check_file(now, IN_EUROS_TOO, options(layout=None), schema).problems if not one.row]


def told(problems: list[Problem]) -> list[tuple[str, str, bool]]:
    return [(one.code, one.header, one.warns) for one in problems]


def changed(position: int, cell: str) -> list[str]:
    return [cell if place == position else before for place, before in enumerate(ROW)]


def look_at(*cells: str) -> Seen:
    seen = [Seen()]
    batch = pa.RecordBatch.from_arrays([pa.array(cells, pa.string())], ["0"])
    observe(RawBatch(pa.arange(0, len(cells)), batch), seen, {0})
    return seen[0]


# ------------------------------------------------------------------------------------------------- what is recorded


def test_a_record_holds_the_headers_in_order_with_kind_form_blanks_and_words(tmp_path: Path) -> None:
    source = tmp_path / "deals.csv"
    write_table(source, [*HEADERS, "Region"], [[*ROW, ""], [*changed(2, "Won"), "North"], [*changed(3, ""), ""]])
    assert record(source, None) == FileLook(
        "deals.csv",
        "orocrm",
        3,
        (
            HeaderLook("Id", "source_id", "number", "", 0.0),
            HeaderLook("Opportunity name", "name", "text", "", 0.0),
            HeaderLook("Status Id", "status", "text", "", 0.0, ("Won", "negotiation")),
            HeaderLook("Expected close date", "close_date", "date", "mdy", 0.3333),
            HeaderLook("Budget Amount", "budget_amount", "number", ".", 0.0),
            HeaderLook("Customer Account Account name", "account", "text", "", 0.0),
            HeaderLook("Region", "", "text", "", 0.6667),
        ),
    )


def test_a_record_of_the_same_file_is_the_same_text_and_comes_back_from_it(tmp_path: Path) -> None:
    for name in ("deals.csv", "deals.xlsx"):
        write_table(tmp_path / name, HEADERS, [ROW])
        look = record(tmp_path / name, None)
        assert as_json(look) == as_json(record(tmp_path / name, None))
        assert from_json(as_json(look)) == look


def test_a_layout_of_ones_own_is_recorded_as_it_was_named(tmp_path: Path) -> None:
    write_table(tmp_path / "deals.csv", HEADERS, [ROW])
    (tmp_path / "own.toml").write_text("title = 'Own'\nextends = 'orocrm'\n[headers]\n", encoding="utf-8")
    assert record(tmp_path / "deals.csv", str(tmp_path / "own.toml")).layout == str(tmp_path / "own.toml")


@pytest.mark.parametrize(
    ("cells", "kind", "form"),
    [
        (("1", "2"), "number", ""),
        (("1,234", "5"), "number", ""),
        (("1,234", "1.5"), "number", "."),
        (("€ 1.234,50", "(3)"), "number", ","),
        (("1 234,50 kr",), "number", ","),
        (("1'234.50", "40 %"), "number", "."),
        (("1.5", "1,5"), "number", ""),
        (("$22,700.00",), "number", "."),
        (("12/31/2026", "01/02/2026"), "date", "mdy"),
        (("31.12.2026 10:00", ""), "date", "dmy"),
        (("01/02/2026",), "date", ""),
        (("2026-12-31T10:00:00Z",), "date", "ymd"),
        (("Dec 31, 2026", "31-Dec-2026"), "date", ""),
        (("won", "12"), "text", ""),
        (("", " "), "empty", ""),
        ((), "empty", ""),
        (("x", *"123456789"), "number", ""),
        (("x", "y", *"123456789"), "text", ""),
    ],
)
def test_the_kind_and_form_of_values(cells: tuple[str, ...], kind: str, form: str) -> None:
    seen = look_at(*cells)
    assert (seen.kind(), seen.form()) == (kind, form)


@given(st.lists(st.text(max_size=12), max_size=8))
def test_whatever_cells_hold_they_are_counted(cells: list[str]) -> None:
    encodable = [cell.encode("utf-8", "ignore").decode() for cell in cells]
    seen = look_at(*encodable)
    assert seen.cells == len(cells)
    assert seen.kind() in {"empty", "text", "number", "date"}
    assert 0 <= seen.blank() <= 1


# --------------------------------------------------------------------------------------------------- what is told


def test_the_same_file_has_not_changed(tmp_path: Path) -> None:
    assert drift(tmp_path, HEADERS) == []


def test_headers_in_another_order_or_case_have_not_changed(tmp_path: Path) -> None:
    turned = [header.upper() for header in reversed(HEADERS)]
    assert drift(tmp_path, turned, ROW[::-1]) == []


def test_a_new_header_warns_and_stands_in_its_column(tmp_path: Path) -> None:
    found = drift(tmp_path, [*HEADERS, "Region"], [*ROW, "North"])
    assert told(found) == [("new_header", "Region", True)]
    assert (found[0].row, found[0].column, found[0].where) == (0, 7, "the file, warning")


def test_a_missing_header_fails_where_it_held_a_field(tmp_path: Path) -> None:
    without = [cell for place, cell in enumerate(ROW) if place != 4]
    headers = [header for header in HEADERS if header != "Budget Amount"]
    assert told(drift(tmp_path, headers, without)) == [("missing_header", "Budget Amount", False)]
    before = [[*HEADERS, "Region"], [*ROW, "North"]]
    assert told(drift(tmp_path, HEADERS, before=before)) == [("missing_header", "Region", True)]


def test_a_renamed_header_is_told_by_its_near_name(tmp_path: Path) -> None:
    headers = ["Region", *(h.replace("Expected close date", "Expected closing") for h in HEADERS)]
    found = drift(tmp_path, headers, ["North", *ROW])
    assert told(found) == [("renamed_header", "Expected closing", False), ("new_header", "Region", True)]
    assert str(found[0]) == (
        "'Expected closing' was 'Expected close date'. Name it as before, or record the file anew with "
        "`dealport schema --from`."
    )


def test_a_renamed_header_is_told_by_its_place_and_kind(tmp_path: Path) -> None:
    headers = [h.replace("Budget Amount", "Wert") for h in HEADERS]
    assert told(drift(tmp_path, headers, ROW)) == [("renamed_header", "Wert", False)]
    other_kind = drift(tmp_path, headers, changed(4, "much"))
    assert told(other_kind) == [("missing_header", "Budget Amount", False), ("new_header", "Wert", True)]


def test_a_place_says_nothing_where_headers_came_as_well(tmp_path: Path) -> None:
    headers = [*(h.replace("Budget Amount", "Wert") for h in HEADERS), "Region"]
    assert told(drift(tmp_path, headers, [*ROW, "North"])) == [
        ("missing_header", "Budget Amount", False),
        ("new_header", "Wert", True),
        ("new_header", "Region", True),
    ]


def test_a_header_that_lost_a_word_is_renamed(tmp_path: Path) -> None:
    headers = [*(h.replace("Customer Account Account name", "Account") for h in HEADERS), "Region"]
    assert told(drift(tmp_path, headers, [*ROW, "North"]))[0] == ("renamed_header", "Account", False)


def test_another_spelling_that_the_layout_knows_only_warns(tmp_path: Path) -> None:
    headers = [h.replace("Expected close date", "closeDate") for h in HEADERS]
    assert told(drift(tmp_path, headers, ROW)) == [("renamed_header", "closeDate", True)]


def test_a_header_of_another_field_is_no_new_name(tmp_path: Path) -> None:
    headers = [h.replace("Budget Amount", "Close revenue") for h in HEADERS]
    assert told(drift(tmp_path, headers, ROW)) == [
        ("missing_header", "Budget Amount", False),
        ("new_header", "Close revenue", True),
    ]


@pytest.mark.parametrize(
    ("position", "cell", "expected"),
    [
        (4, "much", [("changed_type", "Budget Amount", False)]),
        (4, "1200,50", [("changed_form", "Budget Amount", False)]),
        (4, "1200", []),
        (4, "", []),
        (3, "31/12/2026", [("changed_form", "Expected close date", False)]),
        (3, "01/02/2026", []),
        (3, "2026-12-31", [("changed_form", "Expected close date", True)]),
        (3, "46387", [("changed_type", "Expected close date", False)]),
        (2, "WON", [("new_word", "Status Id", True)]),
        (2, "Negotiation", []),
        (5, "4711", [("changed_type", "Customer Account Account name", False)]),
    ],
)
def test_values_of_another_kind_form_or_list(
    tmp_path: Path, position: int, cell: str, expected: list[tuple[str, str, bool]]
) -> None:
    assert told(drift(tmp_path, HEADERS, changed(position, cell))) == expected


def test_free_text_may_hold_anything(tmp_path: Path) -> None:
    headers = [*HEADERS, "Additional comments"]
    found = drift(tmp_path, headers, [*ROW, "12"], before=[headers, [*ROW, "call back"]])
    assert told(found) == [("changed_type", "Additional comments", True)]


def test_one_bad_cell_is_a_problem_of_its_row_and_no_drift(tmp_path: Path) -> None:
    rows = [[str(number), f"Deal {number}", *ROW[2:]] for number in range(12)]
    rows[3][4] = "much"
    assert drift(tmp_path, HEADERS, *rows) == []


def test_a_file_that_lost_its_name_header_tells_so_and_judges_no_row(tmp_path: Path) -> None:
    headers = ["Number", "Deal", *HEADERS[2:]]
    (tmp_path / "schema.json").write_text("{}", encoding="utf-8")
    assert told(drift(tmp_path, headers, ROW)) == [
        ("renamed_header", "Number", False),
        ("renamed_header", "Deal", False),
    ]
    checked = check_file(tmp_path / "now.csv", IN_DOLLARS, options(layout=None), tmp_path / "schema.json")
    assert checked.read == 0
    assert checked.reading.notes == (
        "No row was judged: The file has no header 'Opportunity name', so layout 'orocrm' cannot tell its "
        "opportunities apart.",
    )


def test_a_file_of_many_other_headers_is_compared_at_once(tmp_path: Path) -> None:
    wide = [f"column {number}" for number in range(3000)]
    other = [f"feature {number}" for number in range(3000)]
    before = [[*HEADERS, *wide], [*ROW, *["x"] * 3000]]
    found = drift(tmp_path, [*HEADERS, *other], [*ROW, *["x"] * 3000], before=before)
    assert len(found) == 6000
    assert all(one.warns for one in found)


names = st.text("ab *", max_size=3)
looks = st.lists(
    st.builds(
        HeaderLook,
        names,
        st.sampled_from(["", "name", "notes", "status"]),
        st.sampled_from(KINDS),
        st.sampled_from(["", "ymd", "dmy", ".", ","]),
        st.just(0.0),
        st.none() | st.lists(names, max_size=3).map(tuple),
    ),
    max_size=6,
).map(lambda headers: FileLook("deals.csv", "plain", 1, tuple(headers)))


@given(looks, looks)
def test_any_two_files_are_compared_and_no_header_is_told_to_be_new_and_renamed(
    before: FileLook, now: FileLook
) -> None:
    assert differ(before, before) == []
    found = differ(before, now)
    placed = [one.column for one in found if one.code in {"new_header", "renamed_header"}]
    assert len(placed) == len(set(placed))
    assert [one.warns for one in found] == sorted(one.warns for one in found)
    assert from_json(as_json(now)) == now


# ------------------------------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("not json", "Expecting value"),
        ("[]", "it records no headers of a file"),
        ('{"headers": []}', "its version is None, not 1"),
        ('{"version": 1, "headers": [{}], "file": "a", "layout": "b", "rows": 1}', "not what it should be ('kind')"),
        ('{"version": 1, "headers": [{"kind": "odd"}], "file": "a", "layout": "b", "rows": 1}', "'odd' is no kind"),
        (
            '{"version": 1, "headers": [1], "file": "a", "layout": "b", "rows": 1}',
            "is missing or not what it should be",
        ),
        ('{"version": 1, "headers": null, "file": "a", "layout": "b", "rows": 1}', "a part of it is missing"),
        ("[" * 100_000, "it is nested too deep"),
    ],
)
def test_what_is_no_recorded_schema_is_refused_with_the_way_to_one(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "s.json").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        load_look(tmp_path / "s.json")
    assert why in caught.value.why
    assert caught.value.fix.startswith("Record one with `dealport schema --from FILE --output ")


def test_a_description_of_a_layout_is_no_recorded_schema(tmp_path: Path) -> None:
    (tmp_path / "s.json").write_text(json.dumps({"layout": "orocrm", "columns": []}), encoding="utf-8")
    with pytest.raises(UsageError, match="it records no headers of a file"):
        load_look(tmp_path / "s.json")


def test_a_file_that_cannot_be_judged_and_has_not_changed_is_refused_as_ever(tmp_path: Path) -> None:
    headers, cells = [*HEADERS, "Probability"], [*ROW, "0.4"]
    with pytest.raises(RunError, match="fit both percent and fractions"):
        drift(tmp_path, headers, cells, before=[headers, cells])
