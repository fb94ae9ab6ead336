"""Held imports in Prefect: the plan is shown with the run, which waits for a person to decide."""

from pathlib import Path
from tempfile import TemporaryDirectory

from prefect.artifacts import create_markdown_artifact
from prefect.exceptions import FlowPauseTimeout
from prefect.flow_runs import pause_flow_run
from prefect.input import RunInput

from pipelines import planning
from pipelines.flows.tasks import approve_task
from pipelines.imported import Imported
from pipelines.markdown import escaped
from pipelines.plan.holding import HeldError
from pipelines.plan_reports.text import pieces as plan_as_text
from schemas.errors import RunError
from schemas.settings import Settings

POLL_SECONDS = 10


class Decision(RunInput):
    """What becomes of a held import."""

    approve: bool = False


def decided(held: HeldError, database: str, settings: Settings, hours: float) -> Imported:
    """Show the plan of a held import, wait for a person, and do what they decide."""
    with TemporaryDirectory(prefix="dealport-plan-") as folder:
        plan = "".join(plan_as_text(planning.plan_of_run(held.run, database, Path(folder) / "plan")))
    told = f"{escaped(held.why)}\n\n```text\n{plan}```"
    create_markdown_artifact(told, key="held-import", description=f"The plan of run {held.run}, which is held")
    if not hours:
        raise held
    try:
        decision = pause_flow_run(Decision, timeout=round(hours * 3600), poll_interval=POLL_SECONDS)
    except FlowPauseTimeout:
        raise held from None
    if decision.approve:
        return approve_task(held.run, database, settings)
    planning.refuse_run(held.run, database)
    raise RunError(f"Run {held.run} was refused: nothing was stored.", "Correct the file and import it again.")
