"""The rules of rows as problems; the only reader of pandera's errors."""

from typing import Any

import pandas as pd
import pandera.pandas as pandera
import pyarrow as pa

from schemas.errors import did_you_mean
from schemas.problems import Problem, problem
from schemas.settings import Settings


def check(rows: pa.Table, schema: pandera.DataFrameSchema, settings: Settings, entity: str) -> list[Problem]:
    """Every rule that a row breaks (rows: n × fields with a column `row`), each as a problem.

    The rules are called one by one: as a whole pandera takes longer to report a few broken rows than to judge all.
    """
    values = rows.to_pandas(types_mapper=pd.ArrowDtype).set_index("row")
    problems: list[Problem] = []
    for field, column in schema.columns.items():
        for rule in column.checks:
            judged = rule(values[field])
            if not judged.check_passed:
                holds = judged.check_output
                broken = values[field].loc[holds.index[~holds.to_numpy(bool)]]
                told = zip(broken.index.tolist(), broken.tolist(), strict=True)
                problems += [_problem(row, field, str(rule.name), value, settings, entity) for row, value in told]
    problems += _nameless(values) if entity == "contact" else []
    named = _rows_with_customer(values) if problems else set()
    return [problem for problem in problems if problem.code != "missing_account" or problem.row not in named]


def _rows_with_customer(values: pd.DataFrame) -> set[int]:
    """The rows whose customer tells the account."""
    return set(values.index[values["customer"].notna()]) if "customer" in values else set()


def _nameless(values: pd.DataFrame) -> list[Problem]:
    """The contacts without any name, of those whose names the file tells."""
    parts = [part for part in ("first_name", "last_name") if part in values]
    if not parts:
        return []
    blank = values.index[values[parts].isna().all(axis=1)]
    return [problem(int(row), parts[0], "missing_contact_name") for row in blank.tolist()]


def _problem(row: int, field: str, code: str, value: Any, settings: Settings, entity: str) -> Problem:
    text = "" if pd.isna(value) else str(value)
    detail = {"too_long": str(len(text)), "unknown_owner": did_you_mean(text, settings.owners)}.get(code, "")
    return problem(row, field, code, text, detail, entity)
