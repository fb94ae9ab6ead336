"""Prefect flows: the use cases with a form to fill in, a schedule, retries, and what became of each run.

Annotations stay real objects here, never text: served flows cannot read a form out of text.
"""

from pipelines.flows.checking import check_file
from pipelines.flows.exporting import export_view
from pipelines.flows.importing import import_file
from pipelines.flows.inbox import import_inbox
from pipelines.flows.reporting import run_report

__all__ = ["check_file", "export_view", "import_file", "import_inbox", "run_report"]
