"""Whose ids the ids of a file are: layouts of one system share them, others never do."""

from datetime import date
from pathlib import Path

import pytest

from pipelines.exporting import export_file
from pipelines.imported import Imported
from pipelines.importing import import_file
from schemas.errors import UsageError
from schemas.layout_files import layout_names, load_layout
from schemas.settings import Settings
from tests.build import counts, options, read_csv, stored

SHORT, WHOLE = "0065000000B98de", "0065000000B98deAAB"
REPORT = "Opportunity Name,Stage,Account Name,Opportunity ID,Amount\n"
EXPORT = "Id,IsDeleted,Name,StageName,Amount,CloseDate,IsWon,IsClosed,SystemModstamp\n"
OPEN = Settings(rules_off=frozenset({"missing_account"}))


def imported(database: str, folder: Path, text: str, layout: str | None = None, name: str = "deals.csv") -> Imported:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return import_file(path, database, OPEN, options(layout=layout))


def test_a_report_and_a_weekly_export_of_salesforce_find_each_others_deals(database: str, tmp_path: Path) -> None:
    first = imported(database, tmp_path, f"{REPORT}Website,Prospecting,Acme,{SHORT},1000\n")
    assert (first.layout, counts(first)) == ("salesforce-report", {"added": 1})
    row = f"{WHOLE},0,Website relaunch,Closed Won,1200,2026-11-20 00:00:00,1,1,2026-11-20T08:00:00.000Z\n"
    second = imported(database, tmp_path, EXPORT + row)
    assert (second.layout, counts(second)) == ("salesforce-export", {"updated": 1})
    row = f"{SHORT},Website relaunch,Closed Won,2026-11-20\n"
    query = imported(database, tmp_path, "ID,NAME,STAGENAME,CLOSEDATE\n" + row)
    assert (query.layout, counts(query)) == ("salesforce-api", {"unchanged": 1})
    assert stored(database, "source", "source_id", "name", "status") == [
        {"source": "salesforce", "source_id": WHOLE, "name": "Website relaunch", "status": "won"}
    ]


def test_both_forms_of_an_id_in_one_file_are_one_opportunity(sqlite: str, tmp_path: Path) -> None:
    rows = f"Website,Prospecting,Acme,{SHORT},1000\nWebsite,Prospecting,Acme,{WHOLE},2000\n"
    twice = imported(sqlite, tmp_path, REPORT + rows)
    assert [(problem.row, problem.code) for problem in twice.problems] == [(2, "duplicate_row"), (3, "duplicate_row")]
    assert stored(sqlite) == []


def test_ids_that_differ_in_a_capital_are_two_opportunities(sqlite: str, tmp_path: Path) -> None:
    rows = f"Website,Prospecting,Acme,{SHORT},1000\nShop,Prospecting,Acme,{SHORT.swapcase()},2000\n"
    assert counts(imported(sqlite, tmp_path, REPORT + rows)) == {"added": 2}


def test_the_versions_of_orocrm_write_the_ids_of_one_system(database: str, tmp_path: Path) -> None:
    text = "Id,Opportunity name,Status Id,Probability\n7,Website,negotiation,{}\n"
    assert counts(imported(database, tmp_path, text.format('"4,000"'), "orocrm-3")) == {"added": 1}
    assert counts(imported(database, tmp_path, text.format("40"), "orocrm")) == {"unchanged": 1}
    assert counts(imported(database, tmp_path, text.format("0.4"), "orocrm-2")) == {"unchanged": 1}
    export_file(tmp_path / "out.csv", database, OPEN, layout="orocrm", view="all", today=date(2026, 11, 24))
    assert [row["Id"] for row in read_csv(tmp_path / "out.csv")] == ["7"]
    export_file(tmp_path / "out.csv", database, OPEN, layout="plain", view="all", today=date(2026, 11, 24))
    assert [row["source_id"] for row in read_csv(tmp_path / "out.csv")] == [""]


OWN = """
title = "{title}"
extends = "orocrm"
required = ["name", "status"]
{source}
"""


def test_a_layout_of_ones_own_has_ids_of_its_own_unless_it_says_whose_they_are(sqlite: str, tmp_path: Path) -> None:
    text = "Id,Opportunity name,Status Id\n7,{},negotiation\n"
    for name, source in (("berlin", ""), ("zurich", ""), ("paris", 'source = "orocrm"')):
        (tmp_path / f"{name}.toml").write_text(OWN.format(title=name, source=source), encoding="utf-8")
        imported(sqlite, tmp_path, text.format(f"Site of {name}"), str(tmp_path / f"{name}.toml"))
    imported(sqlite, tmp_path, text.format("Site of Oro"), "orocrm")
    assert [(row["source"], row["name"]) for row in stored(sqlite, "source", "name")] == [
        ("berlin", "Site of berlin"),
        ("zurich", "Site of zurich"),
        ("orocrm", "Site of Oro"),
    ]


def test_the_ids_of_a_layout_of_ones_own_are_those_of_salesforce_only_where_it_says_so(tmp_path: Path) -> None:
    forms = {}
    for name, line in {"own": "", "shared": 'source = "salesforce"', "emea": 'ids = "salesforce"'}.items():
        text = f'title = "{name}"\nextends = "salesforce-report"\n{line}\n'
        (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
        layout = load_layout(str(tmp_path / f"{name}.toml"))
        forms[layout.source] = layout.ids
    assert forms == {"own": "", "salesforce": "salesforce", "emea": "salesforce"}
    (tmp_path / "own.toml").write_text(f"{text}\n[instead]\n".replace('"salesforce"', '"sap"'), encoding="utf-8")
    with pytest.raises(UsageError, match="ids 'sap' is not known"):
        load_layout(str(tmp_path / "own.toml"))


@pytest.mark.parametrize("source", ['""', '" "', "7", f'"{"s" * 65}"'])
def test_a_source_that_is_no_word_is_refused(tmp_path: Path, source: str) -> None:
    (tmp_path / "own.toml").write_text(OWN.format(title="Own", source=f"source = {source}"), encoding="utf-8")
    with pytest.raises(UsageError, match="a word of at most 64 characters"):
        load_layout(str(tmp_path / "own.toml"))


def test_layouts_share_their_ids_only_within_one_system() -> None:
    sources: dict[str, list[str]] = {}
    for name in layout_names():
        if load_layout(name).entity == "opportunity":
            sources.setdefault(load_layout(name).source, []).append(name)
    assert {source: names for source, names in sources.items() if names != [source]} == {
        "orocrm": ["orocrm", "orocrm-2", "orocrm-3"],
        "salesforce": ["salesforce-api", "salesforce-export", "salesforce-report"],
    }
    assert [name for name in layout_names() if load_layout(name).ids] == sources["salesforce"]
