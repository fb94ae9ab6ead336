"""The rules of rows in memory, for pandera to judge typed values by; each named as its problem code."""

from collections.abc import Callable, Collection
from decimal import Decimal

import pandas as pd
import pandera.pandas as pandera

from schemas.fields import FIELDS_OF, Field
from schemas.settings import Settings

Verdict = Callable[[pd.Series], pd.Series]


def rule(code: str, holds: Verdict, *, blank_too: bool = False) -> pandera.Check:
    """A check whose error is a problem code; blank cells are judged only where asked."""
    return pandera.Check(holds, name=code, error=code, ignore_na=not blank_too)


def schema_of(
    entity: str, present: Collection[str], required: Collection[str], settings: Settings
) -> pandera.DataFrameSchema:
    """The schema of rows (index = row number) that hold the present fields; no coercion, every rule a named check."""
    fields = FIELDS_OF[entity]
    columns = {name: pandera.Column(None, _rules(fields[name], required, settings), nullable=True) for name in present}
    return pandera.DataFrameSchema(columns, coerce=False, strict=False)


def _rules(field: Field, required: Collection[str], settings: Settings) -> list[pandera.Check]:
    kind, longest = field.kind, field.longest
    rules = []
    if field.name in required and f"missing_{field.name}" not in settings.rules_off:
        rules.append(rule(f"missing_{field.name}", lambda values: values.notna(), blank_too=True))
    if longest is not None:
        rules.append(rule("too_long", lambda values: values.str.len() <= longest))
    if kind == "amount" and "negative_amount" not in settings.rules_off:
        rules.append(rule("negative_amount", lambda values: values >= Decimal(0)))
    if kind == "percent":
        rules.append(rule("probability_out_of_range", lambda values: (values >= Decimal(0)) & (values <= Decimal(1))))
    if field.name in {"owner", "assigned_to"} and settings.owners:
        rules.append(rule("unknown_owner", lambda values: values.isin(settings.owners)))
    return rules
