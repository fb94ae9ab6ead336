"""Which problems a field can have under a layout and the settings, and which only a whole row can have."""

from dataclasses import dataclass

from schemas.fields import FIELDS_OF, Field
from schemas.layout import Layout
from schemas.problems import DRIFT, OF_WORKFLOWS, RULES, rule_of
from schemas.settings import Settings

DAYS = {"": "2026-12-31", "ymd": "2026-12-31", "mdy": "2026-12-31 or 12/31/2026", "dmy": "2026-12-31 or 31/12/2026"}
"""How a day is written, by the order that a layout says."""

_OF_KIND = {
    "amount": (
        *("not_a_number", "too_precise", "too_large", "negative_amount"),
        *("other_currency_sign", "ambiguous_currency_sign", "unknown_currency_sign"),
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
    "source_id": ("duplicate_row", "ambiguous_match", "same_opportunity", "id_of_another"),
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
    "id_of_another": "it has another one",
    "stale_row": "what is stored was changed since",
    "forbidden_transition": "follow the stored status in a workflow",
    "missing_for_step": "a step of a workflow",
    "locked_field": "a workflow locks it, or sets it to something else",
}


_ANYWHERE = {
    "nul_character": "any cell",
    "error_cell": "any cell of a workbook",
    "merged_cell": "any cell of a workbook",
    "formula_without_result": "any cell of a workbook",
}
"""The problems that a cell can have whatever its field."""


@dataclass(frozen=True)
class RuleOf:
    """What a problem code says of a field, or `where` else it can come; `on` is false where it is switched off."""

    code: str
    why: str
    fix: str
    on: bool
    where: str = ""


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
    """The problems that a whole row can have, or any of its cells."""
    fields = (_OF_FIELD, *_ALSO.values())
    of_kind = (code for codes in (*_OF_KIND.values(), *(c for of in fields for c in of.values())) for code in codes)
    unused = () if settings.workflows and entity == "opportunity" else OF_WORKFLOWS
    missing = (f"missing_{name}" for fields in FIELDS_OF.values() for name in fields)
    others = {*DRIFT, *unused, "too_long", *missing, *of_kind}
    return tuple(_told(code, _DETAILS, settings, entity) for code in RULES if code not in others)


def _told(code: str, details: dict[str, str], settings: Settings, entity: str) -> RuleOf:
    why, fix = rule_of(code, entity)
    said = why.format(detail=details.get(code, "…")).replace(" (…)", "")
    fixed = fix.replace("{detail} ", "").format(detail="…")
    return RuleOf(code, said, fixed, code not in settings.rules_off, _ANYWHERE.get(code, ""))
