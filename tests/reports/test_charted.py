"""What a chart is drawn from: few enough parts to be told apart, and nothing left out."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from zipfile import ZipFile

from connectors.files import write_pieces
from pipelines.questions.answer import Answer, Answers, Behind, Cell, Chart, Column
from pipelines.questions.charted import MOST_PARTS, OTHERS, charted
from pipelines.report_formats import html, xlsx

CHART = Chart("stacked", "month", ("amount",), series="account")
COLUMNS = [Column("month", "Month", "text"), Column("account", "Account", "text"), Column("amount", "Amount", "money")]


def won(*lines: tuple[str, str, int | None]) -> Answer:
    amounts = [(month, account, None if amount is None else Decimal(amount)) for month, account, amount in lines]
    rows: list[dict[str, Cell]] = [dict(zip(("month", "account", "amount"), line, strict=True)) for line in amounts]
    return Answer("won", "What was won?", "EUR", date(2026, 11, 25), COLUMNS, rows, {}, chart=CHART)


def test_parts_stand_in_the_order_in_which_they_come_and_rows_alike_are_added_up() -> None:
    found = charted(won(("Jan", "Roof", 5), ("Jan", "Acme", 7), ("Feb", "Acme", None), ("Jan", "Roof", 2)), CHART)
    assert found == (["Jan", "Feb"], {"Roof": [7, None], "Acme": [7, None]})


def test_of_too_many_parts_the_smaller_ones_are_drawn_together() -> None:
    january = [("Jan", f"account {n:03}", 1000 - n if n % 2 else n - 1000) for n in range(300)]
    categories, parts = charted(won(*january, ("Feb", "account 299", 5)), CHART)
    assert (categories, len(parts)) == (["Jan", "Feb"], MOST_PARTS)
    assert list(parts) == [*(f"account {n:03}" for n in range(MOST_PARTS - 1)), OTHERS]
    assert parts[OTHERS] == [sum(amount for _, _, amount in january[MOST_PARTS - 1 :]), 5]


def test_of_too_many_months_the_page_draws_those_that_have_most() -> None:
    months = [(f"month {n:02}", "Acme", 1000 if 3 <= n < 20 else 1) for n in range(60)]
    page = "".join(html.pieces(Answers([won(*months)], Behind((), {}, 0, ()))))
    drawing = page[page.index("<svg") : page.index("</svg>")]
    assert [name for name, _, _ in months if name in drawing] == [f"month {n:02}" for n in range(3, 27, 3)]


def test_workbook_and_page_draw_an_answer_with_hundreds_of_parts(tmp_path: Path) -> None:
    answer = won(*[(f"2026-{month:02}", f"account {n:03}", 100 + n) for month in (1, 2) for n in range(300)])
    told = Answers([answer], Behind((), {}, 0, ()))
    write_pieces(tmp_path / "won.xlsx", xlsx.pieces(told))
    with ZipFile(tmp_path / "won.xlsx") as package:
        assert package.read("xl/charts/chart1.xml").count(b"<c:ser>") == MOST_PARTS
    page = "".join(html.pieces(told))
    assert OTHERS in page
