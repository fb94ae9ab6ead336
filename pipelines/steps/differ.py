"""How a file differs from what was recorded of it: headers that came, went or changed, as problems of the file."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher

from schemas.fields import KIND_OF
from schemas.folding import folded, folded_word
from schemas.look import FileLook, HeaderLook
from schemas.mapping import BESIDE
from schemas.problems import Problem, problem

NEAR = 0.6
"""From this likeness on, of 1, two headers may be one that was renamed."""

MOST_PAIRS = 10_000
"""Where more headers went and came than make these pairs, it is another file, and no header is sought in it."""

_KINDS = {"text": "text", "number": "numbers", "date": "days"}
_FORMS = {
    "ymd": "days written like 2026-12-31",
    "mdy": "days written like 12/31/2026",
    "dmy": "days written like 31/12/2026",
    ".": "decimals after a dot",
    ",": "decimals after a comma",
}
Placed = dict[str, tuple[int, HeaderLook]]


def differ(before: FileLook, now: FileLook) -> list[Problem]:
    """Every difference: what fails first, then what only warns, each in the order of the headers."""
    was, is_now = _placed(before.headers), _placed(now.headers)
    renamed = _renamed(was, is_now)
    found: list[Problem] = []
    for name, (position, look) in is_now.items():
        old = was.get(renamed.get(name, name))
        if old is None:
            found.append(_told("new_header", look, position, warns=True))
            continue
        if name in renamed:
            found.append(_told("renamed_header", look, position, f"'{old[1].header}'", warns=_reads_on(old[1], look)))
        found += _changed(old[1], look, position)
    gone = (look for name, (_, look) in was.items() if name not in is_now and name not in renamed.values())
    found += (_told("missing_header", look, -1, warns=not look.field) for look in gone)
    return sorted(found, key=lambda one: one.warns)


def _placed(headers: Sequence[HeaderLook]) -> Placed:
    placed = {folded(look.header): (position, look) for position, look in enumerate(headers)}
    return {name: place for name, place in placed.items() if name not in {"", *BESIDE}}


def _renamed(was: Placed, is_now: Placed) -> dict[str, str]:
    """The new name of each header that has gone and the old one: the same field, near names, or the same place."""
    gone = {name: was[name] for name in was if name not in is_now}
    new = {name: is_now[name] for name in is_now if name not in was}
    pairs: dict[str, str] = {}
    if len(gone) * len(new) > MOST_PAIRS:
        return pairs
    # where headers came or went as well, a place says nothing
    likenesses = (_same_field, _near_names, *([_same_place] if len(was) == len(is_now) else []))
    for likeness in likenesses:
        scored = [(likeness(gone[old], new[name]), new[name][0], name, old) for old in gone for name in new]
        for score, _, name, old in sorted(scored, key=lambda one: (-one[0], one[1])):
            if score and name not in pairs and old not in pairs.values():
                pairs[name] = old
    return pairs


def _same_field(old: tuple[int, HeaderLook], new: tuple[int, HeaderLook]) -> float:
    return float(bool(new[1].field) and old[1].field == new[1].field)


def _near_names(old: tuple[int, HeaderLook], new: tuple[int, HeaderLook]) -> float:
    names = folded(old[1].header), folded(new[1].header)
    words = set(names[0].split()), set(names[1].split())
    within = words[0] <= words[1] or words[1] <= words[0]
    likeness = max(SequenceMatcher(None, *names).ratio(), NEAR if within else 0.0)
    return likeness if likeness >= NEAR and not _other_field(old[1], new[1]) else 0.0


def _same_place(old: tuple[int, HeaderLook], new: tuple[int, HeaderLook]) -> float:
    same = old[0] == new[0] and old[1].kind == new[1].kind != "empty"
    return float(same and not _other_field(old[1], new[1]))


def _other_field(old: HeaderLook, new: HeaderLook) -> bool:
    return bool(old.field and new.field and old.field != new.field)


def _reads_on(old: HeaderLook, new: HeaderLook) -> bool:
    return not old.field or old.field == new.field


def _changed(old: HeaderLook, new: HeaderLook, position: int) -> Iterator[Problem]:
    """What changed of the values under a header; where either is empty there is nothing to compare."""
    field = new.field or old.field
    # what takes any text misreads none; and ISO days are read by every layout
    warns = not field or KIND_OF.get(field) in {"text", "tags"}
    if old.kind != new.kind and "empty" not in {old.kind, new.kind}:
        detail = f"{_KINDS[new.kind]}, no longer {_KINDS[old.kind]}"
        yield _told("changed_type", new, position, detail, warns=warns)
    elif old.form and new.form and old.form != new.form:
        yield _told(
            "changed_form",
            new,
            position,
            f"{_FORMS[new.form]}, no longer {_FORMS[old.form]}",
            warns=warns or new.form == "ymd",
        )
    if old.words is not None and new.words is not None:
        known = set(map(folded_word, old.words))
        for word in new.words:
            if folded_word(word) not in known:
                yield replace(_told("new_word", new, position, f"'{word}'", warns=True), value=word)


def _told(code: str, look: HeaderLook, position: int, detail: str = "", *, warns: bool) -> Problem:
    told = problem(0, look.field, code, detail=detail)
    return replace(told, header=look.header, column=position + 1, warns=warns)
