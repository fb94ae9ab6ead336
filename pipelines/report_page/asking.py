"""Asks the database for what the page of the pipeline tells beside the answers of its reports."""

from sqlalchemy import Connection, select

from pipelines.questions.answer import Answers
from pipelines.questions.question import Question
from pipelines.questions.rates_in_use import with_rates
from pipelines.report_page.deals import deals
from pipelines.report_page.figures import figures
from pipelines.report_page.told import PipelineAnswers
from schemas.known import PRESENT

UNGROUPED = frozenset({"by-status", "by-month", "waterfall", "range"})
"""The reports that the page draws pictures of all deals from: --by is for its other tables."""


def with_deals(connection: Connection, question: Question, told: Answers) -> PipelineAnswers:
    """The answers with the key figures, now and at the moment to compare with, and with the deals."""
    question, before = with_rates(connection, question), question.before
    uncompared = told.uncompared or (unknown_then(connection, before) if before else "")
    then = figures(connection, with_rates(connection, before)) if before and not uncompared else None
    return PipelineAnswers(
        told.answers,
        told.behind,
        uncompared,
        figures=figures(connection, question),
        then=then,
        currency=question.currency,
        today=question.today,
        when=question.when,
        since=before.when if before else PRESENT,
        deals=deals(connection, question),
        settings=question.settings,
    )


def unknown_then(connection: Connection, then: Question) -> str:
    """Why nothing can be compared with a moment at which no deal was known; blank where one was."""
    if connection.scalar(select(then.deals.c.id).limit(1)) is not None:
        return ""
    return f"No opportunity was known on {then.today} yet."
