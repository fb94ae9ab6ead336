"""The cells of an export that tell the status, in a layout that has no header for it."""

import pyarrow as pa

from pipelines.exports.wanted import Plan

STATUS, STAGE, SOURCE = "stored_status", "stored_stage", "stored_source"
"""The columns of an answer that say what the cells are to tell, beside its fields."""


def told_by_cells(plan: Plan) -> list[str]:
    """The columns of a plan that tell the status by its cells."""
    return [name for name in plan.layout.order if name in plan.cells.columns]


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
