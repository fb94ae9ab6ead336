import pytest

from pipelines.steps.resemble import likeness, nearest, resembling


@pytest.mark.parametrize(
    ("new", "known"),
    [
        ("harbour logistics", "harbor logistics"),
        ("logistics harbor", "harbor logistics"),
        ("harborlogistics", "harbor logistics"),
        ("kestrel avoinics", "kestrel avionics"),
        ("mueller soehne", "muller sohne"),
        ("globex group", "globex"),
        ("the globex", "globex holding"),
        ("plant 12 hambrug", "plant 12 hamburg"),
    ],
)
def test_a_name_with_a_slip_resembles_the_known_one(new: str, known: str) -> None:
    assert resembling([new], [known, "something else"]) == {new: [known]}


@pytest.mark.parametrize(
    ("new", "known"),
    [
        ("plant 12", "plant 13"),
        ("account 1 north", "account 11 north"),
        ("growth fund ii", "growth fund iii"),
        ("nordic trading house a", "nordic trading house b"),
        ("eastern foods trading", "western foods trading"),
        ("northern rail service", "southern rail service"),
        ("stadtwerke bonn", "stadtwerke bern"),
        ("austria metal works", "australia metal works"),
        ("bosch", "busch"),
        ("acme", "acme retail"),
        ("harbor logistics", "harbor logistics west"),
    ],
)
def test_names_that_differ_on_purpose_do_not_resemble_each_other(new: str, known: str) -> None:
    assert resembling([new], [known]) == {}
    assert resembling([known], [new]) == {}


def test_a_name_does_not_resemble_itself() -> None:
    assert resembling(["harbor logistics"], ["harbor logistics"]) == {}


def test_every_known_name_that_is_near_is_found_whatever_the_order() -> None:
    known = ["harbor logistics", "acme", "harbor logistic", "zebra"]
    found = {"harbour logistics": ["harbor logistic", "harbor logistics"]}
    assert resembling(["harbour logistics", "globex"], known) == found
    assert resembling(["globex", "harbour logistics"], known[::-1]) == found


def test_likeness_is_100_for_the_same_words_in_any_order() -> None:
    assert likeness("harbor logistics", "logistics harbor") == 100
    assert likeness("harbor logistics", "harbour logistics") == 97


def test_the_nearest_names_come_first_and_are_a_dozen() -> None:
    known = [f"Account {number}" for number in range(50)] + ["ACME Incorporated"]
    found = nearest("acme inc", known)
    assert found[0] == "ACME Incorporated"
    assert len(found) == 12
