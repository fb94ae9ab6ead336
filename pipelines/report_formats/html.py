"""HTML for people: one page that needs nothing else; the pipeline with figures, charts, every deal and a board."""

from collections.abc import Iterator

from pipelines.questions.answer import Answers
from pipelines.report_page.pages import answers_page, pipeline_page
from pipelines.report_page.told import PipelineAnswers


def pieces(told: Answers) -> Iterator[str]:
    """The page: that of the pipeline where its deals were asked for too, else the answers with their charts."""
    yield from pipeline_page(told) if isinstance(told, PipelineAnswers) else answers_page(told)
