import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import RunError
from schemas.folding import folded
from schemas.layout_files import layout_names, load_layout
from schemas.recognition import known_headers, recognise

KNOWN = sorted(
    {header for name in layout_names() for spellings in load_layout(name).headers.values() for header in spellings}
)


def layout_of(headers: str, file_name: str = "", **cells: list[str]) -> str:
    found = recognise(headers.split(","), file_name, {name.replace("_", " "): told for name, told in cells.items()})
    return found.mapping.layout.name


def reason(headers: str, file_name: str = "", **cells: list[str]) -> str:
    return recognise(
        headers.split(","), file_name, {name.replace("_", " "): told for name, told in cells.items()}
    ).because


ORO = "Opportunity name,Status Id,Probability,Budget Amount,Customer Account Account name"


def test_a_salesforce_report_is_told_from_suitecrm_by_the_header_of_the_stage() -> None:
    same = "Opportunity Name,Probability (%),Lead Source,Next Step,Type,Account Name"
    assert layout_of(f"{same},Stage") == "salesforce-report"
    assert layout_of(f"{same},Sales Stage") == "suitecrm"


def test_freshsales_is_told_from_hubspot_by_the_record_id() -> None:
    assert layout_of("Deal name,Deal stage,Deal value,Expected close date") == "freshsales"
    assert layout_of("Record ID,Deal Name,Deal Stage,Amount") == "hubspot"


def test_hubspot_is_told_from_zoho_by_pairs_of_references() -> None:
    assert layout_of("Record Id,Deal Name,Stage,Account Name.id,Account Name") == "zoho"
    assert layout_of("Record Id,Deal Name,Stage", Record_Id=["zcrm_5001"]) == "zoho"


def test_the_example_of_orocrms_documentation_is_told_from_salesforce_by_the_status_id() -> None:
    assert layout_of("ID,Opportunity Name,Expected Close Date,Probability,Status Id") == "orocrm"


def test_the_versions_of_orocrm_are_told_by_headers_and_by_the_values_of_the_probability() -> None:
    assert layout_of(ORO, Probability=["40", "100", ""]) == "orocrm"
    assert layout_of(ORO, Probability=["", "500", "4,000"]) == "orocrm-3"
    assert layout_of(ORO.replace("Customer Account Account name", "Account Customer name")) == "orocrm-2"
    assert layout_of("Opportunity name,Status Id,Close date,B2B Customer Name") == "orocrm-2"


def test_a_weekly_export_of_salesforce_is_told_from_a_query_by_what_only_it_has() -> None:
    assert layout_of("Id,IsDeleted,Name,StageName,CloseDate,SystemModstamp") == "salesforce-export"
    assert layout_of("ID,NAME,STAGENAME,CLOSEDATE,ACCOUNT.NAME") == "salesforce-api"


def test_a_file_of_hubspot_without_its_id_is_told_by_its_name() -> None:
    headers = "Nombre del negocio,Etapa del negocio,Valor"
    assert layout_of(headers, "HubSpot-CRM-exports-todos-2026-11-20-1.csv") == "hubspot"


@pytest.mark.parametrize(
    "headers",
    ["DEAL - TITLE,deal - status", " Deal  -  Title* ,Deal - Status:", "\u200dDeal - Title,\ufeffDeal - Status"],
)
def test_case_space_and_marks_of_headers_do_not_matter(headers: str) -> None:
    assert layout_of(headers) == "pipedrive"


def test_the_reason_is_told_in_words() -> None:
    assert reason("Deal - ID,Deal - Title,Deal - Status") == (
        "it has 3 headers that begin with 'Deal - ' and 'Deal - Title'"
    )
    assert reason("Record Id,Deal Name,Account Name.id", Record_Id=["zcrm_5001"]) == (
        "it has values of 'Record Id' such as 'zcrm_5001' and 'Record Id'"
    )
    assert reason("Potential Name,Potential No.") == "it has 'Potential Name' and 'Potential No.'"
    assert reason("Deal Name,Valor", "hubspot-crm-exports-all.csv") == (
        "it has a name like 'hubspot-crm-exports-*' and 'Deal Name'"
    )


def test_a_file_that_several_layouts_fit_stops_with_the_evidence_and_the_options() -> None:
    with pytest.raises(RunError) as caught:
        layout_of("Topic,Est. revenue,Sales Stage,Opportunity Amount,ID")
    assert caught.value.why == (
        "The file could be of several layouts (dynamics knows 3 headers and has 'Topic' and 'Est. revenue'; "
        "suitecrm knows 3 headers and has 'Sales Stage' and 'Opportunity Amount')."
    )
    assert caught.value.fix == "Say which: --layout dynamics or --layout suitecrm."


def test_a_file_that_no_signature_fits_takes_the_layout_that_knows_most_of_its_headers() -> None:
    found = recognise(["name", "status", "account", "Region"])
    assert found.mapping.layout.name == "plain"
    assert found.because == "it knows 3 of 4 headers, more than any other layout"


@pytest.mark.parametrize(
    "headers", ["name,status", "name,status,probability", "status,name,notes,tags", "source_id,probability"]
)
@pytest.mark.parametrize("added", ["", ",Problem", ",Left over 1,Left over 2,Problem"])
def test_headers_that_are_all_names_of_fields_are_plain_even_when_they_come_back(headers: str, added: str) -> None:
    assert layout_of(headers + added) == "plain"
    assert reason("name,status,probability") == "it has 'name' and no header but its own"


@pytest.mark.parametrize("headers", ["Name,Status", "name,status,Region", "name,Status,probability"])
def test_few_headers_that_are_not_all_names_of_fields_stop_and_name_every_layout_that_they_fit(headers: str) -> None:
    with pytest.raises(RunError) as caught:
        layout_of(headers)
    assert caught.value.why.startswith("The file could be of several layouts (")
    assert caught.value.fix.startswith("Say which: --layout ")
    assert "--layout plain. Or have one drafted: dealport layout draft FILE." in caught.value.fix


def test_a_file_of_which_too_little_is_known_names_the_nearest_layouts_and_the_way_on() -> None:
    with pytest.raises(RunError) as caught:
        layout_of("Deal,Owner,Sum,Notes")
    assert caught.value.why == (
        "No layout is sure to be that of this file with 4 headers (plain knows 2, copper knows 1, dynamics knows 1)."
    )
    assert caught.value.fix == "Name one with --layout, or have one drafted: dealport layout draft FILE."
    with pytest.raises(RunError, match="none knows any of them"):
        layout_of("Foo,Bar")


@settings(deadline=None)  # the first example loads every layout
@given(st.lists(st.one_of(st.sampled_from(KNOWN), st.text(max_size=12)), max_size=8), st.text(max_size=12))
def test_any_headers_are_recognised_with_a_reason_or_refused_with_a_way_on(headers: list[str], cell: str) -> None:
    try:
        told = recognise(headers, f"{cell}.csv", {header: [cell] for header in headers}).because
    except RunError as refused:
        told = refused.fix
    assert told.startswith(("it ", "Say which: --layout ", "Name one with --layout", "Delete or rename one of the two"))


def test_headers_are_counted_by_the_layout_that_knows_most_of_them() -> None:
    assert known_headers(["Deal - ID", "deal - title", "Deal - Status", "Foo", ""]) == 3
    assert known_headers(["", " "]) == 0


@pytest.mark.parametrize("name", layout_names())
def test_a_layout_is_recognised_by_the_headers_that_it_writes_or_by_values(name: str) -> None:
    layout = load_layout(name)
    headers = [layout.header(field) for field in layout.headers]
    headers += [outcome.headers[0] for outcome in layout.outcomes]
    values = {"orocrm-3": {"Probability": ["4,000"]}}
    extra = {
        "salesforce-export": ["IsDeleted", "SystemModstamp"],
        "zoho": ["Account Name.id"],
        "close": ["value_period"],
    }
    extra |= {"suitecrm": [], "pipedrive": []}
    found = recognise([*headers, *extra.get(name, [])], "", values.get(name))
    assert found.mapping.layout.name == name


@pytest.mark.parametrize("name", layout_names())
def test_what_a_layout_never_saw_is_a_header_that_it_knows(name: str) -> None:
    layout = load_layout(name)
    known = {folded(header) for spellings in layout.headers.values() for header in spellings} | set(layout.ignored)
    known |= {folded(header) for spellings in layout.instead.values() for header in spellings}
    known |= {folded(header) for outcome in layout.outcomes for header in outcome.headers}
    assert [header for header in layout.unseen if folded(header) not in known] == []


@pytest.mark.parametrize("name", layout_names())
def test_every_status_of_a_layout_is_one_of_orocrms(name: str) -> None:
    layout = load_layout(name)
    told = [*layout.stages.values(), *(status for outcome in layout.outcomes for status in outcome.values.values())]
    known = {"in_progress", "identification_alignment", "needs_analysis", "solution_development", "negotiation"}
    assert set(told) <= known | {"won", "lost", "open", ""}
