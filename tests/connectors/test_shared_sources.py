"""Databases made when each layout had ids of its own: the deals in them are found by the layouts of today."""

from typing import Any

import pytest
from sqlalchemy import update

from connectors.databases import transaction
from connectors.migrations.shared_sources import SYSTEMS, share_sources
from schemas.layout_files import layout_names, load_layout
from schemas.tables import opportunity, opportunity_history
from tests.build import an_opportunity, counts, history, import_rows, stored

SHORT, WHOLE = "0065000000B98de", "0065000000B98deAAB"
OTHER, OTHER_WHOLE = "0065000000B98dE", "0065000000B98dEAAR"


def made_before(database: str, *deals: tuple[str, str], twice: bool = False) -> None:
    """Store deals with the sources and ids that they had before, in that order."""
    for number, (source, source_id) in enumerate(deals):
        row = an_opportunity(source_id=f"{number}", name=f"Deal {number}")
        import_rows(database, row)
        if twice:
            import_rows(database, row | {"Additional comments": "x"})
        with transaction(database) as connection:
            for table in (opportunity, opportunity_history):
                query = update(table).where(table.c.source_id == f"{number}", table.c.source == "orocrm")
                connection.execute(query.values(source=source, source_id=source_id))


def shared(database: str) -> list[tuple[Any, ...]]:
    with transaction(database) as connection:
        share_sources(connection)
    return [tuple(row.values()) for row in stored(database, "source", "source_id")]


def test_the_systems_are_those_whose_layouts_share_their_ids() -> None:
    deals = [name for name in layout_names() if load_layout(name).entity == "opportunity"]
    now = {system: tuple(name for name in deals if load_layout(name).source == system != name) for system in SYSTEMS}
    assert now == SYSTEMS


def test_ids_become_those_of_the_system_in_the_form_in_which_files_are_read(database: str) -> None:
    made_before(
        database, ("salesforce-report", SHORT), ("salesforce-export", OTHER_WHOLE), ("orocrm-3", "x7"), ("zoho", "z")
    )
    expected = [("salesforce", WHOLE), ("salesforce", OTHER_WHOLE), ("orocrm", "x7"), ("zoho", "z")]
    assert shared(database) == expected
    assert shared(database) == expected


@pytest.mark.parametrize(
    "layouts", [("salesforce-report", "salesforce-export"), ("salesforce-api", "salesforce-report")]
)
def test_of_two_deals_with_one_id_the_one_that_changed_last_gets_it(database: str, layouts: tuple[str, str]) -> None:
    made_before(database, (layouts[0], SHORT), (layouts[1], WHOLE), (layouts[0], OTHER))
    assert shared(database) == [(layouts[0], SHORT), ("salesforce", WHOLE), ("salesforce", OTHER_WHOLE)]


def test_a_deal_that_has_its_source_already_keeps_it(database: str) -> None:
    made_before(database, ("orocrm", "x7"), ("orocrm-3", "x7"), ("orocrm-2", "x8"), ("orocrm-3", "x8"))
    assert shared(database) == [("orocrm", "x7"), ("orocrm-3", "x7"), ("orocrm-2", "x8"), ("orocrm", "x8")]


def test_earlier_images_go_with_their_deal(database: str) -> None:
    made_before(database, ("salesforce-report", SHORT), ("salesforce-api", WHOLE), twice=True)
    assert shared(database) == [("salesforce-report", SHORT), ("salesforce", WHOLE)]
    assert [tuple(row.values()) for row in history(database, "source", "source_id")] == [
        ("salesforce-report", SHORT),
        ("salesforce", WHOLE),
    ]


def test_the_next_file_finds_what_was_stored_before(sqlite: str) -> None:
    made_before(sqlite, ("orocrm-3", "x7"))
    shared(sqlite)
    assert counts(import_rows(sqlite, an_opportunity(source_id="x7", name="Deal renamed"))) == {"updated": 1}
