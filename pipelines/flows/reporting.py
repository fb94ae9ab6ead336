"""The flow that answers a report."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from prefect import flow
from prefect.artifacts import create_table_artifact

from connectors.databases import database_named
from connectors.files import write_pieces
from pipelines.answering import Asked
from pipelines.flows.forms import Dimension, Report, ReportFormat, settings_of
from pipelines.flows.tasks import report_task
from pipelines.questions.answer import Answer
from pipelines.questions.question import Period
from pipelines.reporting import require_text, written
from schemas.clock import utc_now
from schemas.known import read_as_of

SHOWN_LINES = 1000
"""How many lines of an answer Prefect is given to show."""


@flow(name="run-report")
def run_report(  # noqa: PLR0913, PLR0917 -- each parameter is a field of Prefect's form
    report: Report,
    target: str | None = None,
    output_format: ReportFormat = "csv",
    currency: str | None = None,
    start: date | None = None,
    end: date | None = None,
    period: Period | None = None,
    account: str | None = None,
    by: Dimension | None = None,
    since: str | None = None,
    database: str | None = None,
    config: str | None = None,
    today: date | None = None,
    as_of: str | None = None,
    effective: bool = False,
    where: str | None = None,
    reach: Decimal | None = None,
) -> str:
    """Answer a question about what is stored: as text, or in a file as a workbook or a page.

    Args:
        report: Which question; pipeline is several, and as html the page with every deal.
        target: Path of a file to write the answer to. Without one it is only shown; xlsx needs one.
        output_format: How the answer is written.
        currency: Code of the currency of the amounts. Without one the base currency.
        start: First close date.
        end: Last close date.
        period: Of won-by-period: what the answer is grouped by. Without one months.
        account: Of customer-history: the account or business customer. Without one all of them.
        by: What the answer is grouped by, of the reports that can be grouped.
        since: The past day or moment to compare with, of the reports that compare.
        database: URL of the database. Without one DEALPORT_DATABASE_URL counts, else dealport.db.
        config: Path of the settings. Without one dealport.toml in the working folder counts, if it is there.
        today: The day to take for today, also for exchange rates. Without one that of as_of, else today, in UTC.
        as_of: As known until the end of a past day (2026-11-20) or at a moment (2026-11-20T08:00+01:00), else in UTC.
        effective: As it was at that moment by what is known today.
        where: Only rows that meet a condition, such as owner = 'user07' and budget_amount > 10000.
        reach: Of range: the amount whose chance to be reached is asked for, such as 250000.
    """
    settings, when = settings_of(config), read_as_of(as_of, utc_now(), effective=effective)
    day = when.today(today)
    if target is None:
        require_text(output_format, "Name a target, a file to write it to.")
    words: dict[str, Any] = {"by": by, "since": read_as_of(since, utc_now()), "where": where or None, "target": reach}
    asked = Asked(currency, start, end, period, when, account, **words)
    found = report_task([report], database_named(database), settings, asked, day, output_format)
    pieces = list(written(found, output_format))
    if target is not None:
        write_pieces(Path(target), pieces)
    for answer in found.answers:
        _show(answer)
    return "".join(piece for piece in pieces if isinstance(piece, str))


def _show(answer: Answer) -> None:
    """Put the first lines of an answer, and the total, where Prefect shows them with the run."""
    shown, number = answer.rows[:SHOWN_LINES], len(answer.rows)
    lines = [
        {column.heading: str(line.get(column.key, "")) for column in answer.columns}
        for line in (*shown, *([answer.total] if answer.total else []))
    ]
    told = f"{answer.title} Amounts in {answer.currency}, as of {answer.when.told(answer.as_of)}"
    told += "; the last line is the total" if answer.total else ""
    told += f". Only the first {len(shown):,} of {number:,} lines" if len(shown) < number else ""
    create_table_artifact(lines, key=f"report-{answer.report}", description=told)
