"""Templates: files to fill in, with the headers of a layout and an example row that imports as it is."""

from decimal import Decimal
from pathlib import Path

from connectors.files import read_table, write_table
from connectors.workbooks.forms import AS_DAY, AS_IT_COMES, AS_MOMENT, AS_TEXT, FormColumn, write_form
from pipelines.describing import Column, Description, describe
from pipelines.steps.render import guarded, renderers, scaled
from schemas.errors import RunError
from schemas.layout import Layout
from schemas.layout_files import layout_names
from schemas.recognition import known_headers
from schemas.settings import Settings
from schemas.told_layouts import LAYOUT, recognise_table

MOST = Decimal("99999999999999.9999")
SHOWN_WORDS = 12
DAY = {"date": "a day such as 2026-12-31", "moment": "a day and time such as 2026-12-31 17:30:00"}


def write_template(target: Path, layout: str, settings: Settings) -> None:
    """Write the headers of a layout and one example row; into a workbook with lists, formats and comments as well.

    A workbook names its layout, so that it is recognised when it comes back, unless the layout is one's own.
    """
    told = describe(layout, settings)
    if target.suffix.lower() == ".xlsx":
        columns = [_form_column(column, told, settings) for column in told.columns]
        example = [scaled(column.kind, column.example, told.layout) for column in told.columns]
        write_form(target, columns, example, {LAYOUT: layout} if layout in layout_names() else {})
        return
    cells = [_cell(column, told.layout) for column in told.columns]
    write_table(target, [column.header for column in told.columns], [cells])


def is_recognised(target: Path, layout: str) -> bool:
    """Whether a template is read by its layout when it comes back, without being told."""
    try:
        raw, recognised = recognise_table(read_table(target, fits=known_headers), target.name)
    except RunError:
        return False
    for _ in raw.batches:
        pass  # whoever reads a workbook ends with its last row
    return recognised.mapping.layout.name == layout


def _cell(column: Column, layout: Layout) -> str:
    if column.field not in layout.headers:
        return guarded(column.example or "")
    write = dict(zip(layout.headers, renderers(layout), strict=True))[column.field]
    return write(column.example)


def _form_column(column: Column, told: Description, settings: Settings) -> FormColumn:
    layout = told.layout
    least, most = _bounds(column, layout, settings)
    return FormColumn(
        column.header,
        _comment_on(column, told),
        column.required,
        _number_format(column.kind, layout),
        tuple(word.word for word in column.words),
        column.only,
        least,
        most,
        column.longest,
        _told(column, layout),
    )


def _number_format(kind: str, layout: Layout) -> str:
    amounts = "#,##0" if layout.amounts == "cents" else "#,##0.00##"
    # percent as it comes: a spreadsheet then shows a typed 40% as a percentage, which is read as one
    as_it_comes = dict.fromkeys(("percent", "whole"), AS_IT_COMES)
    return {"date": AS_DAY, "moment": AS_MOMENT, "amount": amounts, **as_it_comes}.get(kind, AS_TEXT)


def _bounds(column: Column, layout: Layout, settings: Settings) -> tuple[Decimal | None, Decimal | None]:
    if column.kind == "percent":
        return Decimal(0), scaled("percent", Decimal(1), layout)
    if column.kind != "amount":
        return None, None
    most = scaled("amount", MOST, layout)
    return (-most if "negative_amount" in settings.rules_off else Decimal(0)), most


def _told(column: Column, layout: Layout) -> str:
    """What a spreadsheet says to whoever writes something else."""
    if column.words:
        return "Choose a word of the list." if column.only else "This word is not in the list. Keep it?"
    if column.kind == "amount":
        negative = "" if layout.amounts == "units" else " of cents"
        return f"Write a number{negative}, without a currency."
    if column.kind == "percent":
        return f"Write a number such as {column.written}."
    if column.kind in {"date", "moment"}:
        return f"Write {DAY[column.kind]}."
    return f"Write at most {column.longest} characters."


def _comment_on(column: Column, told: Description) -> str:
    """What a producer has to know of a column: what it is, whether required, what it may hold, an example."""
    lines = [f"{column.about[0].upper()}{column.about[1:]}.", "Required." if column.required else "May be blank."]
    if column.words:
        words = ", ".join(word.word for word in column.words[:SHOWN_WORDS])
        more = len(column.words) - SHOWN_WORDS
        lines.append(f"{'Allowed' if column.only else 'Known'}: {words}{f' and {more} more' if more > 0 else ''}.")
    elif column.written not in {"text", column.about}:
        lines.append(f"Written like: {column.written}.")
    if column.longest and not column.words:
        lines.append(f"At most {column.longest} characters.")
    if column.example is not None:
        lines.append(f"Example: {told.shown(column)}")
    return "\n".join(lines)
