"""The use cases as Prefect tasks, which are tried again where the database was out of reach, and only then."""

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from prefect import Task, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun

from pipelines import checking, exporting, importing, planning, reporting
from schemas.errors import UnreachableDatabaseError

P = ParamSpec("P")
R = TypeVar("R")

RETRY_DELAY_SECONDS = [10.0, 60.0, 300.0]


def database_failed(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    """Whether a task is worth another try: the database was locked or out of reach."""
    return isinstance(state.result(raise_on_failure=False), UnreachableDatabaseError)


def _task(name: str, use_case: Callable[P, R]) -> Task[P, R]:
    # never cached: a use case reads files and a database that may have changed
    return task(
        name=name,
        retries=len(RETRY_DELAY_SECONDS),
        retry_delay_seconds=RETRY_DELAY_SECONDS,
        retry_condition_fn=database_failed,
        cache_policy=NO_CACHE,
    )(use_case)


import_task = _task("import-file", importing.import_file)
approve_task = _task("approve-run", planning.approve_run)
check_task = _task("check-file", checking.check_file)
export_task = _task("export-view", exporting.export)
report_task = _task("run-report", reporting.build_reports)
