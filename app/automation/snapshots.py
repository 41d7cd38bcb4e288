"""Rows as they were when an event told of them, so that a rule can be explained by what it saw."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Numeric, String, cast, literal, select

from app.automation.models import AutomationRule, TriggerEvent
from app.automation.subjects import NUMBER, SUBJECT_KINDS, Field
from app.automation.triggers import Trigger
from app.core.extensions import db

MOST_ROWS = 200
Values = Mapping[str, str | None]


def take_snapshot(site_id: int, trigger: Trigger, row_ids: Sequence[int]) -> dict[str, Any]:
    """What conditions can ask of the first MOST_ROWS of these rows, as text; empty where the site has no such rule."""
    has_rule = select(AutomationRule.id).where(
        AutomationRule.site_id == site_id, AutomationRule.trigger == trigger.name
    )
    if not trigger.subject_kind or not row_ids or db.session.scalar(has_rule.limit(1)) is None:
        return {}
    subject = SUBJECT_KINDS[trigger.subject_kind]
    columns = [cast(field.of(), String).label(f"value_{n}") for n, field in enumerate(subject.fields)]
    stmt = select(subject.model.id, *columns).where(subject.model.id.in_(row_ids[:MOST_ROWS]))
    names = [field.name for field in subject.fields]
    rows = {str(row[0]): list(row[1:]) for row in db.session.execute(stmt.where(subject.model.site_id == site_id))}
    return {"fields": names, "rows": rows}


def values_in(event: TriggerEvent, row_id: int) -> Values | None:
    """The row's values by field as they were at the event; None where they were not kept."""
    values = event.snapshot.get("rows", {}).get(str(row_id))
    return None if values is None else dict(zip(event.snapshot["fields"], values, strict=True))


def as_sql(values: Values, field: Field) -> ColumnElement[Any]:
    """The value of a field in SQL, so that it is compared as the row's own would be."""
    text = literal(values.get(field.name), String)
    return cast(text, Numeric) if field.type == NUMBER else text
