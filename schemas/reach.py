"""Which problems a field can have under a layout and the settings, and which only a whole row can have."""

from dataclasses import dataclass

from schemas.fields import FIELDS_OF, Field
from schemas.layout import Layout
from schemas.problems import DRIFT, RULES, rule_of
from schemas.settings import Settings

DAYS = {"": "2026-12-31", "ymd": "2026-12-31", "mdy": "2026-12-31 or 12/31/2026", "dmy": "2026-12-31 or 31/12/2026"}
"""How a day is written, by the order that a layout says."""

_OF_KIND = {
    "amount": (
        *("not_a_number", "too_precise", "too_large", "negative_amount"),
        *("other_currency_sign", "ambiguous_currency_sign"),
    ),
    "percent": ("not_a_number", "too_precise", "probability_out_of_range"),
    "date": ("not_a_date",),
    "moment": ("not_a_moment",),
    "status": ("unknown_status",),
    "choice": ("unknown_word",),
    "whole": ("not_a_whole_number",),
    "close_reason": ("unknown_close_reason",),
    "currency": ("unknown_currency", "no_rate"),
}
_OF_FIELD = {
    "source_id": ("duplicate_row", "ambiguous_match", "same_opportunity"),
    "name": ("duplicate_row", "ambiguous_match", "same_opportunity"),
    "customer": ("customer_of_other_account",),
    "owner": ("unknown_owner",),
    "assigned_to": ("unknown_owner",),
}
_OF_NAMES = ("missing_contact_name", "duplicate_row", "ambiguous_match", "same_opportunity", "name_taken")
_ALSO: dict[str, dict[str, tuple[str, ...]]] = {
    "opportunity": {},
    "lead": dict.fromkeys(("contact_first_name", "contact_last_name"), ("unknown_contact",)),
    "account": {"name": ("name_taken",), "referred_by": ("unknown_referrer",)},
    "contact": dict.fromkeys(("first_name", "last_name"), _OF_NAMES),
    "customer": {"name": ("name_taken",)},
}
"""What the fields of an entity can have besides."""
_DETAILS = {
    "ragged_row": "has more or fewer cells than there are headers",
    "too_precise": "4",
    "other_currency_sign": "of one currency",
    "ambiguous_currency_sign": "several currencies",
    "ambiguous_match": "more than one stored opportunity",
    "customer_of_other_account": "of another name",
}


@dataclass(frozen=True)
class RuleOf:
    """What a problem code says of a field; `on` is false where the settings switched it off."""

    code: str
    why: str
    fix: str
    on: bool


def rules_of(field: Field, layout: Layout, settings: Settings) -> tuple[RuleOf, ...]:
    """The problems that a cell of a field can have, in the words of its layout; none that cannot occur."""
    codes = [f"missing_{field.name}"] if field.name in layout.required else []
    codes += ["too_long"] if field.longest else []
    kind = "choice" if layout.entity == "lead" and field.kind == "status" else field.kind
    codes += [*_OF_KIND.get(kind, ()), *_OF_FIELD.get(field.name, ()), *_ALSO[layout.entity].get(field.name, ())]
    if not settings.owners and "unknown_owner" in codes:
        codes.remove("unknown_owner")
    details = _DETAILS | {
        "not_a_number": "1234,50" if layout.decimal == "," else "1234.50",
        "too_long": f"more than {field.longest}",
        "not_a_date": DAYS[layout.dates],
        "no_rate": settings.base_currency,
    }
    one = layout.noun.one
    details |= {"name_taken": one, "ambiguous_match": f"more than one stored {one}"}
    return () if field.computed else tuple(_told(code, details, settings, layout.entity) for code in codes)


def other_rules(settings: Settings, entity: str) -> tuple[RuleOf, ...]:
    """The problems that a whole row can have."""
    fields = (_OF_FIELD, *_ALSO.values())
    of_kind = (code for codes in (*_OF_KIND.values(), *(c for of in fields for c in of.values())) for code in codes)
    others = {*DRIFT, "too_long", *(f"missing_{name}" for fields in FIELDS_OF.values() for name in fields), *of_kind}
    return tuple(_told(code, _DETAILS, settings, entity) for code in RULES if code not in others)


def _told(code: str, details: dict[str, str], settings: Settings, entity: str) -> RuleOf:
    why, fix = rule_of(code, entity)
    said = why.format(detail=details.get(code, "…")).replace(" (…)", "")
    return RuleOf(code, said, fix.replace("{detail} ", "").format(detail="…"), code not in settings.rules_off)
