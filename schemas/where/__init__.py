"""Conditions on rows, as people write them after --where: a small grammar, read once, which can only compare."""

from schemas.where.condition import AllOf, AnyOf, Comparison, Condition, Not, Tree
from schemas.where.parser import read_condition
from schemas.where.place import ConditionError

__all__ = [
    "AllOf",
    "AnyOf",
    "Comparison",
    "Condition",
    "ConditionError",
    "Not",
    "RelativeDay",
    "Tree",
    "read_condition",
]
