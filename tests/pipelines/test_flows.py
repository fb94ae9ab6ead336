import ast
import gc
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import pipelines
from connectors.databases import transaction
from pipelines.imported import Imported, Options
from pipelines.importing import import_file
from pipelines.inbox import Inbox, Taken, new_files, open_inbox, take_in
from pipelines.planning import approve_run
from schemas.errors import DatabaseError, RunError, UnreachableDatabaseError, UnreadableFileError, UsageError
from schemas.settings import Settings, load_settings
from tests.build import Rows, an_opportunity, counts, keep_what_is_there, read_csv, stored, write_csv

pytestmark = pytest.mark.xdist_group("prefect")  # one server for all of them

# Prefect leaves connections to its server for the garbage collector.
ON_PREFECT = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")

QUIET_PREFECT = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_LOGGING_TO_API_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_TRIGGERS_ENABLED": "false",
    "PREFECT_API_BLOCKS_REGISTER_ON_START": "false",
    "PREFECT_MEMOIZE_BLOCK_AUTO_REGISTRATION": "false",
}


@pytest.fixture(scope="module")
def flows(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The flows; Prefect is imported when a test asks for it, after its environment is set."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PREFECT_HOME", str(tmp_path_factory.mktemp("prefect")))
        for name, value in QUIET_PREFECT.items():
            patch.setenv(name, value)
        patch.delenv("PREFECT_API_URL", raising=False)
        from pipelines import flows

        yield flows


@pytest.fixture(scope="module")
def prefect_server(flows: ModuleType) -> Iterator[ModuleType]:
    """The flows, and a Prefect server to run them on."""
    from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
    from prefect.testing.utilities import prefect_test_harness

    with (
        prefect_test_harness(server_startup_timeout=90),
        temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}),
    ):
        keep_what_is_there()
        yield flows
    gc.collect()


@pytest.fixture
def prefect_api(prefect_server: ModuleType) -> Iterator[ModuleType]:
    """The flows on a server; what Prefect leaves open is closed here, not in the middle of another test."""
    yield prefect_server
    gc.collect()


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """An empty folder."""
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


def everything_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def in_one_go(inbox: Inbox, database: str, source: Path) -> Taken:
    return take_in(
        inbox, source, lambda file, rejects: import_file(file, database, Settings(), Options(rejects=rejects))
    )


def bad_row() -> dict[str, str]:
    return an_opportunity(name="Shop", status="wonn")


def test_the_tests_of_this_module_run_in_one_process(request: pytest.FixtureRequest) -> None:
    in_groups = getattr(request.config.option, "loadgroup", False)
    assert request.node.nodeid.endswith("@prefect") or not in_groups


# --------------------------------------------------------------------------------- the inbox, without Prefect


def test_new_files_are_tables_by_name_and_none_that_is_hidden_temporary_or_put_away(inbox: Path) -> None:
    wanted = ["a.XLSX", "b.csv", "c.xlsx", "d.CSV.gz", "e.tsv", "f.zip"]
    others = [".deals.csv", "~$c.xlsx", ".~lock.b.csv#", "d.csv.part", "e.tmp", "notes.txt", "csv", "e.pdf.gz"]
    for name in [*reversed(wanted), *others]:
        (inbox / name).touch()
    opened = open_inbox(inbox, None, None)
    (opened.archive / "old.csv").touch()
    (inbox / "folder.csv").mkdir()
    assert [path.name for path in new_files(opened, 0)] == wanted


def test_a_file_written_just_now_is_left_for_the_next_run(inbox: Path) -> None:
    opened = open_inbox(inbox, None, None)
    ages = {"growing.csv": 2, "at_rest.csv": 60, "clock_ahead.csv": -2, "from_tomorrow.csv": -86400}
    for name, seconds in ages.items():
        (inbox / name).touch()
        os.utime(inbox / name, (time.time(), time.time() - seconds))
    assert [path.name for path in new_files(opened, 10)] == ["at_rest.csv", "from_tomorrow.csv"]
    assert len(new_files(opened, 0)) == 4


def test_what_lies_in_archive_and_rejected_is_never_replaced(inbox: Path, sqlite: str) -> None:
    opened = open_inbox(inbox, None, None)
    for _ in range(3):
        in_one_go(opened, sqlite, write_csv(inbox / "good.csv", [an_opportunity()]))
        in_one_go(opened, sqlite, write_csv(inbox / "bad.csv", [bad_row()]))
        (inbox / "ugly.csv").write_bytes(b"")
        in_one_go(opened, sqlite, inbox / "ugly.csv")
    assert everything_in(inbox) == [
        "archive/good-2.csv",
        "archive/good-3.csv",
        "archive/good.csv",
        "rejected/bad-2.csv",
        "rejected/bad-2.rejects.csv",
        "rejected/bad-3.csv",
        "rejected/bad-3.rejects.csv",
        "rejected/bad.csv",
        "rejected/bad.rejects.csv",
        "rejected/ugly-2.csv",
        "rejected/ugly-2.csv.why.txt",
        "rejected/ugly-3.csv",
        "rejected/ugly-3.csv.why.txt",
        "rejected/ugly.csv",
        "rejected/ugly.csv.why.txt",
    ]


def test_a_reject_file_that_somebody_is_correcting_is_not_replaced(inbox: Path, sqlite: str) -> None:
    opened = open_inbox(inbox, None, None)
    being_corrected = write_csv(opened.rejected / "bad.rejects.csv", [an_opportunity(name="Corrected")])
    taken = in_one_go(opened, sqlite, write_csv(inbox / "bad.csv", [bad_row()]))
    assert taken.place == opened.rejected / "bad-2.csv"
    assert read_csv(being_corrected)[0]["Opportunity name"] == "Corrected"


def test_a_corrected_reject_file_goes_through_the_inbox(inbox: Path, sqlite: str) -> None:
    opened = open_inbox(inbox, None, None)
    in_one_go(opened, sqlite, write_csv(inbox / "bad.csv", [bad_row()]))
    rows: Rows = read_csv(opened.rejected / "bad.rejects.csv")
    corrected = write_csv(inbox / "bad.rejects.csv", [row | {"Status Id": "won"} for row in rows])
    taken = in_one_go(opened, sqlite, corrected)
    assert taken.place == opened.archive / "bad.rejects.csv"
    assert stored(sqlite, "name", "status") == [{"name": "Shop", "status": "won"}]


@pytest.mark.parametrize("fault", [DatabaseError("Locked.", "Wait."), UsageError("No layout.", "Name one.")])
def test_a_file_stays_where_not_the_file_is_at_fault(inbox: Path, fault: RunError) -> None:
    source = write_csv(inbox / "good.csv", [an_opportunity()])

    def fail(_file: Path, _rejects: Path) -> Imported:
        raise fault

    with pytest.raises(type(fault)):
        take_in(open_inbox(inbox, None, None), source, fail)
    assert everything_in(inbox) == ["good.csv"]


def test_an_inbox_that_is_not_there_or_would_feed_itself_is_refused(inbox: Path) -> None:
    with pytest.raises(UsageError, match="no folder"):
        open_inbox(inbox / "nowhere", None, None)
    with pytest.raises(UsageError, match="inbox itself"):
        open_inbox(inbox, inbox / "archive" / "..", None)
    with pytest.raises(UsageError, match="cannot be made a folder"):
        open_inbox(inbox, None, write_csv(inbox / "good.csv", [an_opportunity()]))


# ----------------------------------------------------------------------------------------- flows, as declared


def test_the_command_line_does_not_load_prefect() -> None:
    words = "import sys, pipelines.cli.commands, pipelines.cli.words; print('prefect' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_the_flows_keep_their_annotations_as_objects() -> None:
    sources = [path.read_text(encoding="utf-8") for path in Path(pipelines.__path__[0], "flows").glob("*.py")]
    nodes = [node for source in sources for node in ast.walk(ast.parse(source))]
    imported = [node.module for node in nodes if isinstance(node, ast.ImportFrom)]
    assert "prefect" in imported
    assert "__future__" not in imported  # served flows whose annotations are text fail when they start


def properties(flow: Any) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = flow.parameters.model_dump()["properties"]
    return found


def test_the_form_offers_choices(flows: ModuleType) -> None:
    choices = {
        (flow.name, name): told["enum"]
        for flow in (
            flows.import_file,
            flows.import_inbox,
            flows.check_file,
            flows.export_view,
            flows.run_report,
        )
        for name, told in properties(flow).items()
        if "enum" in told
    }
    reports = choices.pop(("run-report", "report"))
    assert {"accounts", "by-status", "forecast", "won-by-period"} <= set(reports)
    assert choices == {
        ("import-file", "mode"): ["upsert", "insert", "update"],
        ("import-file", "duplicates"): ["equal", "last"],
        ("import-inbox", "mode"): ["upsert", "insert", "update"],
        ("import-inbox", "duplicates"): ["equal", "last"],
        ("check-file", "duplicates"): ["equal", "last"],
        ("export-view", "view"): ["all", "open", "overdue", "recently-closed"],
        ("run-report", "output_format"): ["csv", "html", "json", "table", "xlsx"],
    }


@pytest.mark.parametrize("flow", ["import_file", "import_inbox", "check_file", "export_view"])
def test_a_layout_is_chosen_by_name_or_is_the_path_of_a_file(flows: ModuleType, flow: str) -> None:
    told = properties(getattr(flows, flow))["layout"]["anyOf"]
    assert {"orocrm", "plain"} <= set(told[0]["enum"])
    assert [re.search(told[1]["pattern"], text) is not None for text in ("mine.toml", "orocrmm")] == [
        True,
        False,
    ]


@pytest.mark.parametrize("flow", ["import_file", "import_inbox", "check_file", "export_view", "run_report"])
def test_every_parameter_is_explained(flows: ModuleType, flow: str) -> None:
    told = properties(getattr(flows, flow))
    assert [name for name, about in told.items() if not about.get("description")] == []


@pytest.mark.parametrize(
    ("fault", "again"),
    [
        (UnreachableDatabaseError("The database is being written by another run.", "Try again."), True),
        (DatabaseError("The database was made by a newer dealport.", "Upgrade dealport."), False),
        (UnreadableFileError(Path("deals.csv"), "is empty", "Save it again."), False),
        (UsageError("There is no layout 'orocrmm'.", "Did you mean 'orocrm'?"), False),
        (ValueError("a fault of ours"), False),
    ],
)
def test_only_a_database_fault_is_tried_again(flows: ModuleType, fault: Exception, again: bool) -> None:
    from prefect.states import Failed

    used = flows.tasks
    tasks = (used.import_task, used.approve_task, used.check_task, used.export_task, used.report_task)
    assert {task.retries for task in tasks} == {3}
    assert [task.retry_condition_fn(task, None, Failed(data=fault)) for task in tasks] == [again] * 5


def test_the_example_in_the_documentation_can_be_served(flows: ModuleType) -> None:
    from prefect.utilities.schema_tools import validate

    document = Path(pipelines.__path__[0]).parent / "docs" / "flows.md"
    found = re.search(r"```python\n(.*?)```", document.read_text(encoding="utf-8"), re.DOTALL)
    assert found
    names: dict[str, Any] = {"__name__": "serve_flows"}
    exec(compile(found[1], document, "exec"), names)
    nightly, *on_demand = names["deployments"]
    assert [one.name for one in on_demand] == ["on-demand"] * 4
    schema = flows.import_inbox.parameters.model_dump()
    assert validate(nightly.parameters, schema, raise_on_error=False) == []
    assert validate({**nightly.parameters, "layout": "orocrmm"}, schema, raise_on_error=False) != []


# -------------------------------------------------------------------------------------------- flows, for real


@ON_PREFECT
def test_the_inbox_is_emptied_and_every_file_goes_where_it_belongs(
    prefect_api: ModuleType, inbox: Path, sqlite: str
) -> None:
    from prefect.artifacts import Artifact

    write_csv(inbox / "1_good.csv", [an_opportunity()])
    (inbox / "2_ugly.csv").write_bytes(b"")
    write_csv(inbox / "3_bad.csv", [an_opportunity(name="Stock"), an_opportunity(name="a|b", status="wonn")])
    first = prefect_api.import_inbox(str(inbox), database=sqlite, quiet_seconds=0, return_state=True)

    assert first.is_failed()
    assert "1 of 3 files could not be imported: 2_ugly.csv." in first.message
    assert everything_in(inbox) == [
        "archive/1_good.csv",
        "rejected/2_ugly.csv",
        "rejected/2_ugly.csv.why.txt",
        "rejected/3_bad.csv",
        "rejected/3_bad.rejects.csv",
    ]
    assert "is empty" in (inbox / "rejected" / "2_ugly.csv.why.txt").read_text(encoding="utf-8")
    assert [row["Opportunity name"] for row in read_csv(inbox / "rejected" / "3_bad.rejects.csv")] == ["a|b"]
    assert [row["name"] for row in stored(sqlite)] == ["Website", "Stock"]

    artifact: Any = Artifact.get("import")
    lines = artifact.data.splitlines()
    assert lines[0] == "| file | read | added | updated | unchanged | duplicate | rejected | now in |"
    assert lines[2].startswith("| 1\\_good.csv | 1 | 1 | 0 | 0 | 0 | 0 | ")
    assert lines[4].startswith("| 3\\_bad.csv | 2 | 1 | 0 | 0 | 0 | 1 | ")
    assert "1 of 1 problems:" in lines
    assert lines[-1].startswith("| 3\\_bad.csv | 3 | 'Status Id': 'wonn' is not a known status.")

    before = stored(sqlite), everything_in(inbox)
    second = prefect_api.import_inbox(str(inbox), database=sqlite, quiet_seconds=0, return_state=True)
    assert second.is_completed()
    assert (stored(sqlite), everything_in(inbox)) == before


@ON_PREFECT
def test_a_database_that_stays_away_leaves_the_files_in_the_inbox(
    prefect_api: ModuleType, inbox: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = prefect_api.inbox.import_task.with_options(retry_delay_seconds=0)
    monkeypatch.setattr(prefect_api.inbox, "import_task", at_once)
    for name in ("a.csv", "b.csv"):
        write_csv(inbox / name, [an_opportunity()])
    nowhere = f"sqlite:///{tmp_path / 'nowhere' / 'deals.db'}"
    state = prefect_api.import_inbox(str(inbox), database=nowhere, quiet_seconds=0, return_state=True)
    assert state.is_failed()
    assert "cannot be used" in state.message
    assert everything_in(inbox) == ["a.csv", "b.csv"]


@ON_PREFECT
def test_a_database_that_comes_back_is_found_by_a_retry(
    prefect_api: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    soon = prefect_api.importing.import_task.with_options(retry_delay_seconds=0.5)
    monkeypatch.setattr(prefect_api.importing, "import_task", soon)
    source = write_csv(tmp_path / "deals.csv", [an_opportunity()])
    folder = tmp_path / "late"
    timer = threading.Timer(0.7, folder.mkdir)
    timer.start()
    imported = prefect_api.import_file(str(source), database=f"sqlite:///{folder / 'deals.db'}")
    timer.join()
    assert counts(imported) == {"added": 1}


@ON_PREFECT
def test_a_file_is_imported_checked_exported_and_reported(
    prefect_api: ModuleType, tmp_path: Path, sqlite: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEALPORT_DATABASE_URL", sqlite)
    source = write_csv(tmp_path / "deals.csv", [an_opportunity(probability="50"), bad_row()])
    assert counts(prefect_api.check_file(str(source))) == {"added": 1, "rejected": 1}
    assert everything_in(tmp_path) == ["deals.csv"]
    source.write_bytes(source.read_bytes().replace(b"Website", b"Fen\xeatre"))
    checked = prefect_api.check_file(str(source), encoding="latin-1", delimiter="comma", header_row=1)
    assert checked.reading.found == {"encoding": "iso-8859-1"}
    source.write_bytes(source.read_bytes().replace(b"Fen\xeatre", b"Website"))

    assert counts(prefect_api.import_file(str(source), mode="insert")) == {"added": 1, "rejected": 1}
    assert (tmp_path / "deals.rejects.csv").exists()

    target = tmp_path / "open.csv"
    assert prefect_api.export_view(str(target), view="open", today="2026-11-24") == 1
    assert [row["Opportunity name"] for row in read_csv(target)] == ["Website"]
    assert prefect_api.export_view(str(target), as_of="2020-01-01") == 0

    answer = tmp_path / "answer.csv"
    text = prefect_api.run_report("by-status", str(answer), today=date(2026, 11, 24))
    assert answer.read_text(encoding="utf-8") == text
    assert text.splitlines()[1] == "in_progress,Open,1,0.0000,1000.0000"
    assert '"report": "forecast"' in prefect_api.run_report("forecast", output_format="json")
    page, book = tmp_path / "pipeline.html", tmp_path / "range.xlsx"
    assert "Sales pipeline" in prefect_api.run_report("pipeline", str(page), output_format="html", today="2026-11-24")
    prefect_api.run_report("range", str(book), output_format="xlsx", reach="50", today="2026-11-24")
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert book.read_bytes()[:2] == b"PK"
    with transaction(sqlite) as connection:  # every flow found the database by its environment
        assert connection.exec_driver_sql("select count(*) from run").scalar() == 1


@ON_PREFECT
def test_prefect_is_given_the_first_thousand_lines_of_a_report_and_its_total(
    prefect_api: ModuleType, tmp_path: Path, sqlite: str
) -> None:
    from prefect.artifacts import Artifact

    deals = [an_opportunity(name=f"Deal {n}", budget_amount="1") for n in range(1003)]
    import_file(write_csv(tmp_path / "deals.csv", deals), sqlite, Settings(), Options())
    text = prefect_api.run_report("customer-history", database=sqlite, today="2026-11-24")
    assert len(text.splitlines()) == 1005
    artifact: Any = Artifact.get("report-customer-history")
    lines = json.loads(artifact.data)
    assert [line["Opportunity"] for line in (lines[0], lines[999])] == ["Deal 0", "Deal 999"]
    assert (len(lines), lines[-1]["Budget"]) == (1001, "1003.0000")
    assert artifact.description.endswith("; the last line is the total. Only the first 1,000 of 1,003 lines")


def decide(*, approve: bool) -> threading.Thread:
    """Resume the flow run that pauses, as a person does, as soon as there is one."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterState, FlowRunFilterStateType
    from prefect.client.schemas.objects import StateType
    from prefect.flow_runs import resume_flow_run

    paused = FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.PAUSED])))

    def work() -> None:
        with get_client(sync_client=True) as client:
            while not (found := client.read_flow_runs(flow_run_filter=paused)):
                time.sleep(0.2)
        resume_flow_run(found[0].id, run_input={"approve": approve})

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def losing_all(folder: Path, database: str) -> tuple[Path, Path]:
    """Settings that hold a file, and the file: the one stored deal would be lost."""
    import_file(write_csv(folder / "deals.csv", [an_opportunity()]), database, Settings(), Options())
    settings = folder / "dealport.toml"
    settings.write_text('[breaker]\nmax_lost = "50%"\n', encoding="utf-8")
    return settings, write_csv(folder / "deals.csv", [an_opportunity(status="lost")])


@ON_PREFECT
@pytest.mark.parametrize("approve", [True, False])
def test_a_held_import_waits_for_a_person_who_sees_its_plan(
    prefect_api: ModuleType, tmp_path: Path, sqlite: str, monkeypatch: pytest.MonkeyPatch, *, approve: bool
) -> None:
    from prefect.artifacts import Artifact

    monkeypatch.setattr(prefect_api.holding, "POLL_SECONDS", 1)
    settings, source = losing_all(tmp_path, sqlite)
    person = decide(approve=approve)
    state = prefect_api.import_file(str(source), database=sqlite, config=str(settings), return_state=True)
    person.join()
    assert [row["status"] for row in stored(sqlite)] == ["lost" if approve else "in_progress"]
    assert state.is_completed() if approve else "Run 2 was refused" in state.message
    artifact: Any = Artifact.get("held-import")
    assert "1 of 1 open deals would be lost (100.0 %)" in artifact.data.replace("\\", "")
    assert "status: in_progress → lost" in artifact.data


@ON_PREFECT
def test_a_held_import_that_nobody_decides_about_stays_held(
    prefect_api: ModuleType, tmp_path: Path, sqlite: str
) -> None:
    settings, source = losing_all(tmp_path, sqlite)
    asked = {"database": sqlite, "config": str(settings), "approval_hours": 0, "return_state": True}
    assert "Run 2 is held" in prefect_api.import_file(str(source), **asked).message
    assert [row["status"] for row in stored(sqlite)] == ["in_progress"]


@ON_PREFECT
def test_a_file_of_the_inbox_that_is_held_can_be_approved_where_it_was_filed(
    prefect_api: ModuleType, inbox: Path, tmp_path: Path, sqlite: str
) -> None:
    settings, source = losing_all(tmp_path, sqlite)
    source.rename(inbox / "deals.csv")
    asked = {"database": sqlite, "config": str(settings), "quiet_seconds": 0, "return_state": True}
    assert "could not be imported: deals.csv" in prefect_api.import_inbox(str(inbox), **asked).message
    assert everything_in(inbox) == ["rejected/deals.csv", "rejected/deals.csv.why.txt"]
    assert counts(approve_run(2, sqlite, load_settings(settings))) == {"updated": 1}
