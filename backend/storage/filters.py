"""Permission rules as SQL: the same clauses that code evaluates, over a table's columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_, true

from backend.kernel.permissions import Clause, Filter, region_stem


def to_sql(filter: Filter, columns: Mapping[str, ColumnElement[Any]]) -> ColumnElement[bool]:
    """Translate a filter; a field without a column can never be satisfied."""
    if not filter.alternatives:
        return false()
    return or_(
        *(
            and_(true(), *(_clause(clause, columns) for clause in alternative))
            for alternative in filter.alternatives
        )
    )


def _clause(clause: Clause, columns: Mapping[str, ColumnElement[Any]]) -> ColumnElement[bool]:
    column = columns.get(clause.field)
    if column is None:
        return false()
    if clause.operator == "in":
        return column.in_(clause.value)
    if clause.operator == "within":
        return column.startswith(region_stem(str(clause.value)), autoescape=True)
    return column == clause.value if clause.value else false()
