"""What a layout of another system tells in its own way, or not at all: the status, a second currency, some fields."""

import pyarrow as pa

from pipelines.exports.wanted import Plan
from schemas.fields import kind_of
from schemas.layout import Layout

STATUS, STAGE, SOURCE = "stored_status", "stored_stage", "stored_source"
"""The columns of an answer that say what the cells are to tell, beside its fields."""


def told_by_cells(plan: Plan) -> list[str]:
    """The columns of a plan that tell the status by its cells."""
    return [name for name in plan.layout.order if name in plan.cells.columns]


def both_currencies(layout: Layout) -> dict[str, list[str]]:
    """The currencies that a layout writes for more than one amount, each with those that it stands for too."""
    shared = [(field, other) for field, other in layout.same.items() if kind_of(field) == "currency"]
    return {other: [field for field, of in shared if of == other] for _, other in shared}


def fields_left_out(plan: Plan) -> list[str]:
    """The fields for which the layout of another system has no header; none where the columns are named."""
    layout = plan.cells.layout
    if not plan.cells.columns or not set(layout.order) <= set(plan.layout.order):
        return []
    told = {"status", *layout.headers, *(other for several in both_currencies(layout).values() for other in several)}
    return [name for name in layout.fields if name not in told]


def with_status_cells(stored: pa.Table, plan: Plan) -> pa.Table:
    """The fields of a batch in the order of the layout, those that tell the status with the cells that do."""
    told = told_by_cells(plan)
    if not told:
        return stored
    asked = (stored.column(name).to_pylist() for name in (STATUS, STAGE, SOURCE))
    rows = [plan.cells.of(*one) for one in zip(*asked, strict=True)]
    columns = {name: stored.column(name) for name in stored.column_names if name not in {STATUS, STAGE, SOURCE}}
    for name in told:
        columns[name] = pa.chunked_array([pa.array([row[name] or None for row in rows], pa.string())])
    besides = [name for name in columns if name not in plan.layout.order]
    return pa.table({name: columns[name] for name in (*plan.layout.order, *besides)})
