"""How far one can look back: what needs history that was removed is refused, never answered by halves."""

from datetime import datetime

from sqlalchemy import Connection, func, select

from schemas.errors import RunError
from schemas.tables import run


def require_kept(connection: Connection, moment: datetime | None, what: str) -> None:
    """Refuse what looks back to a moment before which the history was removed; None is the present."""
    first: datetime | None = connection.scalar(select(func.max(run.c.pruned_before)))
    if moment is not None and first is not None and moment < first:
        why = f"{what} needs the history before {first:%Y-%m-%d}, which was removed."
        raise RunError(why, "One can look back as far as that day.")
