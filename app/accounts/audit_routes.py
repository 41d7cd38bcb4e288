"""The audit log: its pages and its download."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from flask import Response, request, stream_with_context

from app.accounts import audit_list, members
from app.accounts.audit_words import action_label
from app.core import features
from app.core.access import current_account_id, current_user_id, requires
from app.core.audit import AuditEvent
from app.core.clock import iso
from app.core.htmx import page_or_partial
from app.core.languages import gettext
from app.core.permissions import Permission
from app.core.spreadsheets import csv_line
from app.identity.blueprints import settings
from app.identity.people import zone_of


@settings.get("/audit/")
@requires(Permission.ACCOUNT_MANAGE)
def audit_log() -> str:
    """Who did what, newest first."""
    zone = zone_of(current_user_id())
    page = audit_list.list_events(current_account_id(), request.args, zone)
    people = [(row.user_id, row.user.name) for row in members.list_members(current_account_id())]
    return page_or_partial(
        "account/audit.html",
        "account/_audit.html",
        page=page,
        list_spec=audit_list.events_list(zone),
        groups=[(group.key, gettext(group.label)) for group in features.audit_groups()],
        people=people,
        export_query=request.query_string.decode("ascii", "ignore"),
    )


@settings.get("/audit/export.csv")
@requires(Permission.ACCOUNT_MANAGE)
def export_audit() -> Response:
    """The same rows as CSV, written as they are read."""
    events = audit_list.iterate_events(current_account_id(), request.args, zone_of(current_user_id()))
    name = f"audit-{datetime.now(UTC):%Y-%m-%d}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(stream_with_context(_lines(events)), mimetype="text/csv; charset=utf-8", headers=headers)


def _lines(events: Iterable[AuditEvent]) -> Iterator[str]:
    yield csv_line(["time", "who", "what", "subject", "before", "after", "address"])
    for event in events:
        yield csv_line(_cells(event))


def _cells(event: AuditEvent) -> list[str]:
    before, after = (format_values(values) for values in (event.before, event.after))
    return [iso(event.created_at), event.actor, event.action, event.subject, before, after, event.ip]


def format_values(values: dict[str, Any] | None) -> str:
    """“role: editor; sites: A, B” for the values before or after a change. Empty lists are left out."""
    parts = []
    for name, value in (values or {}).items():
        text = ", ".join(map(str, value)) if isinstance(value, list) else "none" if value in (None, "") else str(value)
        parts += [f"{name}: {text}"] if text else []
    return "; ".join(parts)


@settings.app_template_filter("audit_values")
def _audit_values(values: dict[str, Any] | None) -> str:
    return format_values(values)


@settings.app_template_filter("audit_words")
def _audit_words(action: str) -> str:
    return gettext(action_label(action))
