import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from schemas.names import FORMS, NameKey, match_key, may_be_one, name_key

NAMES = st.text(min_size=1, max_size=40).filter(str.strip)
WORDS = st.sampled_from(
    ["Acme", "&", "and", "Co.", "KG", "S.", "A.", "a/s", "Inc", "Größe", "-", "12", "et", "(", "Ltd"]
)


@pytest.mark.parametrize(
    "spellings",
    [
        ["Acme", "ACME", " acme ", "acme.", "Acme!"],
        ["Acme Inc", "ACME Inc.", "Acme, Incorporated", "acme inc"],
        ["Harbor Logistics", "HARBOR   logistics", "Harbor-Logistics", "Harbor\tLogistics Ltd."],
        ["Café Lumière", "CAFE LUMIERE", "Cafe\u0301 Lumière"],
        ["Zürcher Werkzeugbau AG", "Zurcher Werkzeugbau A.G.", "ZÜRCHER WERKZEUGBAU"],
        ["Müller & Söhne KG", "Muller und Sohne", "Müller and Söhne", "Müller Söhne"],
        ["Müller GmbH & Co. KG", "Müller GmbH + Co KG".replace("+", "&"), "Müller G.m.b.H. & Co. KG"],
        ["Ødegård A/S", "Odegard AS", "ØDEGÅRD ASA"],
        ["Łódź Sp. z o.o.", "Lodz sp z oo", "Łódź Sp.z o.o."],
        ["Straße", "STRASSE", "strasse"],
        ["O'Neill Ltd", "O\u2019Neill Limited", "ONeill"],
        ["A.B.C. S.A.", "ABC SA", "abc s a"],
        ["Grupo Azul S.A. de C.V.", "Grupo Azul SA de CV", "Grupo Azul"],
        ["Acme Co., Ltd.", "Acme Ltd", "Acme Pty Ltd", "Acme Pvt. Ltd."],
        ["Αθήνα ΑΕ", "Αθηνα αε"],
        ["Kft Bau Kft.", "KFT BAU"],
    ],
    ids=lambda spellings: spellings[0],
)
def test_these_spellings_are_one_name(spellings: list[str]) -> None:
    assert len({match_key(name) for name in spellings}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Acme", "Acme Retail"),
        ("Plant 12", "Plant 13"),
        ("Canal", "Canal+"),
        ("C# Partners", "C Partners"),
        ("Harbor Logistics", "HarborLogistics"),
        ("Harbor", "Harbour"),
        ("SAS Institute", "Institute"),
        ("Май", "Маи"),
        ("ガス", "カス"),
        ("Inc", "Ltd"),
        ("Great Plains Co-op", "Great Plains"),
        ("!!!", "???"),
    ],
)
def test_these_are_different_names(one: str, other: str) -> None:
    assert match_key(one) != match_key(other)


@pytest.mark.parametrize("form", FORMS)
def test_every_spelling_of_a_legal_form_is_that_form(form: str) -> None:
    for spelling in (form, form.upper(), *FORMS[form].split(", ")):
        assert name_key(f"Acme {spelling}") == NameKey("acme", form)


def test_a_name_of_nothing_but_legal_forms_keeps_its_first_word() -> None:
    assert name_key("AG") == NameKey("ag", "")
    assert name_key("Co. Corp") == NameKey("co", "corp")


@pytest.mark.parametrize(
    ("one", "other", "may_be"),
    [
        ("Acme", "Acme GmbH", True),
        ("ACME Inc.", "Acme Incorporated", True),
        ("Acme AG", "Acme GmbH", False),
        ("Acme KG", "Acme GmbH & Co. KG", False),
        ("Acme", "Globex", False),
    ],
)
def test_different_legal_forms_are_different_companies(one: str, other: str, *, may_be: bool) -> None:
    assert may_be_one(name_key(one), name_key(other)) is may_be
    assert may_be_one(name_key(other), name_key(one)) is may_be


@settings(max_examples=500, deadline=None)
@example("\u00a8")
@example("\u200b")
@example(".")
@given(st.one_of(NAMES, st.lists(WORDS, min_size=1, max_size=6).map(" ".join)))
def test_a_match_key_is_never_empty_and_its_own_key(name: str) -> None:
    key = match_key(name)
    assert key
    assert match_key(key) == key
