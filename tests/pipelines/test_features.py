"""Features that are switched off are gone from commands, forms, layouts and reports, and refused."""

import argparse
from pathlib import Path

import pytest

from pipelines.answering import Asked
from pipelines.cli import main
from pipelines.cli.words import parser
from pipelines.converting import convert_leads
from pipelines.exporting import export_file
from pipelines.reporting import build_report
from schemas.errors import UsageError
from schemas.features import entities_on, layouts_on, settings_here
from schemas.settings import Settings
from tests.build import IN_DOLLARS, TODAY, an_opportunity, import_rows

NO_LEADS = Settings(features_off=frozenset({"leads"}))
NO_OPPORTUNITIES = Settings(features_off=frozenset({"opportunities"}))
A_LEAD = {"Lead name": "Cold call", "Status Id": "new"}


def offered(settings: Settings) -> dict[str, argparse.ArgumentParser]:
    (commands,) = (one for one in parser(settings)._actions if isinstance(one, argparse._SubParsersAction))
    return dict(commands.choices)


def entities_of(command: argparse.ArgumentParser) -> list[str]:
    return next(list(action.choices or ()) for action in command._actions if action.dest == "entity")


def test_everything_is_there_unless_it_is_switched_off() -> None:
    assert {"leads", "report", "export"} <= set(offered(IN_DOLLARS))
    assert entities_on(IN_DOLLARS) == ["opportunity", "lead", "account", "contact", "customer"]


def test_without_leads_there_are_no_commands_words_and_layouts_of_leads() -> None:
    commands = offered(NO_LEADS)
    assert "leads" not in commands
    assert entities_of(commands["export"]) == ["opportunity", "account", "contact", "customer"]
    assert set(layouts_on(IN_DOLLARS)) - set(layouts_on(NO_LEADS)) == {"orocrm-leads"}


def test_without_opportunities_there_are_no_views_conversions_and_reports_but_of_leads() -> None:
    commands = offered(NO_OPPORTUNITIES)
    assert "explain" not in commands
    assert [action.help for action in commands["report"]._actions if action.dest == "report"] == ["leads-by-date"]
    assert "report" not in offered(Settings(features_off=frozenset({"leads", "opportunities"})))
    assert [action.dest for action in commands["export"]._actions if action.dest == "view"] == []
    (nested,) = (one for one in commands["leads"]._actions if isinstance(one, argparse._SubParsersAction))
    assert list(nested.choices) == ["disqualify", "reactivate"]
    assert layouts_on(NO_OPPORTUNITIES) == ["orocrm-accounts", "orocrm-contacts", "orocrm-customers", "orocrm-leads"]


def test_what_is_switched_off_is_refused_in_a_sentence(sqlite: str, tmp_path: Path) -> None:
    with pytest.raises(
        UsageError, match=r"Leads are switched off in the settings\.\nSwitch them on with `leads = true`"
    ):
        import_rows(sqlite, A_LEAD, layout=None, settings=NO_LEADS)
    with pytest.raises(UsageError, match="Opportunities are switched off"):
        import_rows(sqlite, an_opportunity(), settings=NO_OPPORTUNITIES)
    with pytest.raises(UsageError, match="Opportunities are switched off"):
        build_report("forecast", sqlite, NO_OPPORTUNITIES, Asked(), TODAY)
    with pytest.raises(UsageError, match="Opportunities are switched off"):
        convert_leads(["1"], sqlite, NO_OPPORTUNITIES)
    with pytest.raises(UsageError, match="Leads are switched off"):
        export_file(tmp_path / "a.csv", sqlite, NO_LEADS, layout="orocrm-leads", view="all", today=TODAY)


def test_qualified_leads_are_not_converted_where_opportunities_are_switched_off(sqlite: str) -> None:
    off = Settings(convert_qualified=True, features_off=frozenset({"opportunities"}))
    lead = A_LEAD | {"Status Id": "qualified", "Company name": "Acme"}
    assert import_rows(sqlite, lead, layout="orocrm-leads", settings=off).converted is None


def test_the_command_line_follows_the_settings_of_the_folder_or_those_it_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "off.toml").write_text("[features]\nleads = false\n", encoding="utf-8")
    assert main(["list"]) == 0
    assert "orocrm-leads" in capsys.readouterr().out
    assert main(["list", "--config", "off.toml"]) == 0
    assert "orocrm-leads" not in capsys.readouterr().out
    (tmp_path / "off.toml").rename(tmp_path / "dealport.toml")
    with pytest.raises(SystemExit):
        main(["leads", "convert", "1"])
    assert "invalid choice: 'leads'" in capsys.readouterr().err


def test_broken_settings_offer_everything_and_are_told_by_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dealport.toml").write_text("[features]\nleads = 1\n", encoding="utf-8")
    assert settings_here() == Settings()
    assert main(["list"]) == 2
    assert "features.leads is 1, not true or false" in capsys.readouterr().err
