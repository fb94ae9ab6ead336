from pathlib import Path

import pytest

from schemas.errors import RunError, UsageError
from schemas.folding import folded, folded_word
from schemas.layout import Layout
from schemas.layout_files import load_layout
from schemas.mapping import match_headers

LEAST = 'title = "Own"\n[headers]\nname = ["Deal"]\n'


def written(folder: Path, text: str) -> Layout:
    (folder / "own.toml").write_text(text, encoding="utf-8")
    return load_layout(str(folder / "own.toml"))


def test_a_header_is_folded_without_the_marks_of_required_fields_and_a_pattern_keeps_its_star() -> None:
    assert folded(" Deal  Name *:") == "deal name"
    assert folded_word("Customer  Business Customer *") == "customer business customer *"


def test_a_pattern_at_the_end_of_ignored_leaves_headers_out() -> None:
    mapping = match_headers(
        load_layout("orocrm"), ["Opportunity name", "Customer Business Customer Billing Address City"]
    )
    assert mapping.left_out == ("Customer Business Customer Billing Address City",)


def test_a_layout_that_extends_another_adds_headers_currencies_and_stages_to_it(tmp_path: Path) -> None:
    layout = written(
        tmp_path,
        'title = "Ours"\nextends = "suitecrm"\ndates = "dmy"\n'
        '[headers]\nbudget_amount = ["Montant"]\n[currencies]\n"6f2c-77" = "EUR"\n[stages]\n"Verbal" = "negotiation"\n',
    )
    assert layout.headers["budget_amount"] == ("Montant",)
    assert layout.headers["name"] == ("Opportunity Name",)
    assert layout.currencies == {"-99": "", "6f2c-77": "EUR"}
    assert (layout.stages["verbal"], layout.stages["gagné"]) == ("negotiation", "won")
    assert (layout.dates, layout.signs, layout.recognise) == ("dmy", "ignored", ())


def test_a_header_of_second_choice_is_read_only_where_the_first_is_missing(tmp_path: Path) -> None:
    layout = written(tmp_path, f'{LEAST}account = ["Customer"]\n[instead]\naccount = ["Company", "Firm"]\n')
    both = match_headers(layout, ["Deal", "Company", "Customer"])
    assert (both.positions, both.left_out) == ({"name": 0, "account": 2}, ("Company",))
    second = match_headers(layout, ["Deal", "Firm", "Company"])
    assert (second.positions, second.left_out) == ({"name": 0, "account": 2}, ("Firm",))
    assert match_headers(layout, ["Deal", "Firm"]).positions == {"name": 0, "account": 1}


def test_two_headers_of_first_choice_for_one_field_are_refused(tmp_path: Path) -> None:
    layout = written(tmp_path, f'{LEAST}account = ["Customer", "Client"]\n')
    with pytest.raises(RunError, match="The headers 'Customer' and 'Client' both hold account"):
        match_headers(layout, ["Deal", "Customer", "Client"])


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (f'{LEAST}[instead]\nfirm = ["Firm"]\n', "field 'firm' is not known"),
        (f'{LEAST}[instead]\naccount = ["DEAL"]\n', "gives a header twice"),
        (f'{LEAST}[recognise]\nall = ["Deal"]\nsome = ["Deal"]\n', "knows all, any, none, cells, file and only"),
        (f'{LEAST}[recognise]\nfile = "*.csv"\n', "recognise has no header in all or any"),
        (f'{LEAST}[recognise]\nall = ["Deal"]\ncells = {{ Deal = "(" }}\n', "own.toml is not a layout"),
        (f'{LEAST}[recognise]\nall = [1]\n', "holds something that is no text"),
    ],
)  # fmt: skip
def test_a_layout_that_cannot_be_followed_is_refused_with_its_file(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(UsageError) as caught:
        written(tmp_path, text)
    assert why in caught.value.why
    assert "own.toml" in caught.value.why


def test_a_layout_can_be_recognised_in_several_ways(tmp_path: Path) -> None:
    layout = written(tmp_path, f'{LEAST}[[recognise]]\nall = ["Deal - *"]\n[[recognise]]\nany = ["A*", "B"]\n')
    assert [(signature.all, signature.any) for signature in layout.recognise] == [
        (("deal - *",), ()),
        ((), ("a*", "b")),
    ]
