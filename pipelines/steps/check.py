"""The rules of an opportunity as problems; the only reader of pandera's errors."""

from typing import Any

import pandas as pd
import pandera.pandas as pandera
import pyarrow as pa
from pandera.errors import SchemaErrors

from schemas.errors import did_you_mean
from schemas.problems import Problem, problem
from schemas.settings import Settings


def check(rows: pa.Table, schema: pandera.DataFrameSchema, settings: Settings) -> list[Problem]:
    """Every rule that a row breaks (rows: n × fields with a column `row`), each as a problem."""
    values = rows.to_pandas(types_mapper=pd.ArrowDtype).set_index("row")
    try:
        schema.validate(values, lazy=True)
    except SchemaErrors as found:
        cases = found.failure_cases
        told = zip(cases["index"], cases["column"], cases["check"], cases["failure_case"], strict=True)
        named = _rows_with_customer(values)
        return [
            _problem(int(row), field, code, value, settings)
            for row, field, code, value in told
            if code != "missing_account" or row not in named
        ]
    return []


def _rows_with_customer(values: pd.DataFrame) -> set[int]:
    """The rows whose customer tells the account."""
    return set(values.index[values["customer"].notna()]) if "customer" in values else set()


def _problem(row: int, field: str, code: str, value: Any, settings: Settings) -> Problem:
    text = "" if pd.isna(value) else str(value)
    detail = {"too_long": str(len(text)), "unknown_owner": did_you_mean(text, settings.owners)}.get(code, "")
    return problem(row, field, code, text, detail)
