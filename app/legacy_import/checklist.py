"""The checklist after moving in: what is done, what is still open, and what to do about it."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.core.extensions import db
from app.core.languages import gettext, ngettext
from app.legacy_import.checks import all_accounted_for
from app.legacy_import.models import LegacyImport
from app.legacy_import.schema import TABLES
from app.sites.models import WordPressConnection


@dataclass(frozen=True, slots=True)
class Item:
    """A line: `state` is ``done``, ``open`` or ``unknown``; `endpoint` a page that helps, for the site."""

    state: str
    title: str
    text: str = ""
    endpoint: str = ""


def import_checklist(legacy: LegacyImport) -> list[Item]:
    """The lines for an import that has ended."""
    report: dict[str, Any] = legacy.report
    link = db.session.scalar(select(WordPressConnection).where(WordPressConnection.site_id == legacy.site_id))
    return [
        _tables(legacy),
        _accounted(report),
        _stored(report),
        _quarantine(report),
        _connection(link),
        _cron(report.get("found", {}), link),
        _plugin(report.get("found", {})),
    ]


def _item(is_done: bool, title: str, text: str = "", endpoint: str = "") -> Item:
    return Item("done" if is_done else "open", title, text, endpoint)


def _tables(legacy: LegacyImport) -> Item:
    missing = [gettext(table.title) for key, table in TABLES.items() if key not in legacy.tables]
    text = gettext("Not in the source: %(tables)s.", tables=", ".join(missing)) if missing else ""
    return Item("done", gettext("The tables were read."), text)


def _accounted(report: dict[str, Any]) -> Item:
    text = gettext("For each table: rows read = moved + here already + in quarantine.")
    return _item(all_accounted_for(report), gettext("Every row is accounted for."), text)


def _stored(report: dict[str, Any]) -> Item:
    count = sum(table["differing"] for table in report.get("tables", {}).values())
    text = ngettext(
        "%(num)s row was changed here since, or is gone.", "%(num)s rows were changed here since, or are gone.", count
    )
    return _item(not count, gettext("What is stored here is what was read."), text if count else "")


def _quarantine(report: dict[str, Any]) -> Item:
    count = sum(table["quarantined"] for table in report.get("tables", {}).values())
    text = ngettext("%(num)s row waits to be mended.", "%(num)s rows wait to be mended.", count) if count else ""
    return _item(not count, gettext("No row is in quarantine."), text)


def _connection(link: WordPressConnection | None) -> Item:
    is_connected = link is not None and link.state == "connected"
    text = gettext("Then import from WordPress: it brings categories, images and what the SEO plugin holds.")
    return _item(is_connected, gettext("The site is connected to WordPress."), text, "sites.settings")


def _cron(facts: dict[str, Any], link: WordPressConnection | None) -> Item:
    """What the plugin says now, where the site is connected; else what the source said."""
    reported = link.health_report.get("old_plugin") if link is not None else None
    hooks = reported.get("hooks", []) if isinstance(reported, dict) else facts.get("cron") or []
    title = gettext("The old plugin has nothing scheduled any more.")
    text = gettext(
        "When it was read, WordPress still called: %(hooks)s. Deactivate the old plugin: nothing must be done twice.",
        hooks=", ".join(hooks[:10]),
    )
    return _item(not hooks, title, text if hooks else "")


def _plugin(facts: dict[str, Any]) -> Item:
    is_active = facts.get("is_active")
    title = gettext("The old plugin is switched off.")
    if is_active is None:
        return Item("unknown", title, gettext("The source does not say whether it is active. Look in WordPress."))
    text = gettext("A plugin of IGNY8 was active. The new one takes its place: see that only that one is.")
    return Item("unknown" if is_active else "done", title, text if is_active else "")
