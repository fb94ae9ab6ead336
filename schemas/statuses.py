"""Statuses: the steps of the pipeline, by default OroCRM's seven."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Status:
    """A step of the pipeline; `probability` is a fraction from 0 to 1, `kind` open, won or lost."""

    id: str
    label: str
    probability: Decimal
    kind: str


OROCRM_STATUSES = tuple(
    Status(name, label, Decimal(probability), kind)
    for name, label, probability, kind in (
        ("in_progress", "Open", "0", "open"),
        ("identification_alignment", "Identification & Alignment", "0.1", "open"),
        ("needs_analysis", "Needs Analysis", "0.2", "open"),
        ("solution_development", "Solution Development", "0.5", "open"),
        ("negotiation", "Negotiation", "0.8", "open"),
        ("won", "Closed Won", "1", "won"),
        ("lost", "Closed Lost", "0", "lost"),
    )
)
