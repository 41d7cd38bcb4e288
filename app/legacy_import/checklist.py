"""The checklist after moving in: what is done, what is still open, and what to do about it."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.core.extensions import db
from app.core.languages import NN_, gettext, ngettext
from app.core.wording import counted
from app.legacy_import.checks import all_accounted_for
from app.legacy_import.models import LegacyImport
from app.legacy_import.schema import TABLES
from app.sites.health import OldPlugin, old_plugin_of
from app.sites.models import WordPressConnection

NOT_TAKEN = {
    "POST_MISSING": NN_("%(num)s post is no longer in WordPress.", "%(num)s posts are no longer in WordPress."),
    "POST_UNCERTAIN": NN_(
        "%(num)s post in WordPress has the number of an old one, but is another.",
        "%(num)s posts in WordPress have the numbers of old ones, but are others.",
    ),
    "POST_TAKEN": NN_(
        "%(num)s post was published from another content.", "%(num)s posts were published from other contents."
    ),
    "CONTENT_TAKEN": NN_(
        "%(num)s content was published as another post.", "%(num)s contents were published as other posts."
    ),
}


@dataclass(frozen=True, slots=True)
class Item:
    """A line: `state` is ``done``, ``open`` or ``unknown``; `endpoint` a page that helps, for the site.

    `action` is what a person may do about it here, ``take_over``; `posts` are number and title of those it is about.
    """

    state: str
    title: str
    text: str = ""
    endpoint: str = ""
    action: str = ""
    posts: tuple[tuple[int, str], ...] = ()


def import_checklist(legacy: LegacyImport) -> list[Item]:
    """The lines for an import that has ended."""
    report: dict[str, Any] = legacy.report
    link = db.session.scalar(select(WordPressConnection).where(WordPressConnection.site_id == legacy.site_id))
    left = old_plugin_of(link.health_report) if link is not None else None
    return [
        _tables(legacy),
        _accounted(report),
        _stored(report),
        _quarantine(report),
        _connection(link),
        *([_takeover(report.get("takeover"), link)] if legacy.tables.get("posts", {}).get("rows") else []),
        _cron(report.get("found", {}), left),
        _plugin(report.get("found", {}), left),
    ]


def _item(is_done: bool, title: str, open_title: str, text: str = "", endpoint: str = "") -> Item:
    return Item("done", title, text) if is_done else Item("open", open_title, text, endpoint)


def _tables(legacy: LegacyImport) -> Item:
    missing = [gettext(table.title) for key, table in TABLES.items() if key not in legacy.tables]
    text = gettext("Not in the source: %(tables)s.", tables=", ".join(missing)) if missing else ""
    return Item("done", gettext("The tables were read."), text)


def _accounted(report: dict[str, Any]) -> Item:
    text = gettext("For each table: rows read = moved + here already + in quarantine.")
    title, open_title = gettext("Every row is accounted for."), gettext("Not every row is accounted for.")
    return _item(all_accounted_for(report), title, open_title, text)


def _stored(report: dict[str, Any]) -> Item:
    count = sum(table["differing"] for table in report.get("tables", {}).values())
    text = ngettext(
        "%(num)s row was changed here since, or is gone.", "%(num)s rows were changed here since, or are gone.", count
    )
    title, open_title = gettext("What is stored here is what was read."), gettext("Something is not as it was read.")
    return _item(not count, title, open_title, text if count else "")


def _quarantine(report: dict[str, Any]) -> Item:
    count = sum(table["quarantined"] for table in report.get("tables", {}).values())
    text = ngettext("%(num)s row waits to be mended.", "%(num)s rows wait to be mended.", count) if count else ""
    return _item(not count, gettext("No row is in quarantine."), gettext("Mend the rows in quarantine."), text)


def _connection(link: WordPressConnection | None) -> Item:
    text = gettext("Then import from WordPress: it brings categories, images and what the SEO plugin holds.")
    title, open_title = gettext("The site is connected to WordPress."), gettext("Connect the site to WordPress.")
    return _item(_is_connected(link), title, open_title, text, "sites.settings")


def _is_connected(link: WordPressConnection | None) -> bool:
    return link is not None and link.state == "connected"


def _takeover(result: dict[str, Any] | None, link: WordPressConnection | None) -> Item:
    """Whether the new plugin knows which content each post is."""
    title, open_title = (
        gettext("The new plugin has taken over the posts."),
        gettext("Let the new plugin take over the posts."),
    )
    if result is None:
        if _is_connected(link):
            return Item("open", open_title, gettext("It was not told yet which contents they are."), action="take_over")
        return Item("open", open_title, gettext("That is done by itself once the site is connected."))
    refused: dict[str, int] = result.get("refused", {})
    words = [counted(count, NOT_TAKEN[code]) for code, count in refused.items() if code in NOT_TAKEN]
    if "POST_UNCERTAIN" in refused:
        words.append(gettext("Is this the site that the old plugin ran on?"))
    if not refused:
        taken = int(result.get("linked", 0))
        return Item("done", title, ngettext("%(num)s post.", "%(num)s posts.", taken))
    posts = tuple((int(row[0]), str(row[1])) for row in result.get("first", []))
    return Item("open", open_title, " ".join(words), action="take_over" if _is_connected(link) else "", posts=posts)


def _cron(facts: dict[str, Any], left: OldPlugin | None) -> Item:
    """What the plugin says now, where the site is connected; else what the source said."""
    hooks = left.hooks if left is not None else facts.get("cron") or []
    title = gettext("The old plugin has nothing scheduled any more.")
    open_title = gettext("End the scheduled work of the old plugin.")
    if left is not None and hooks:
        return Item("open", open_title, f"{left.problem} {left.cure}")
    text = gettext(
        "When it was read, WordPress still called: %(hooks)s. Deactivate the old plugin: nothing must be done twice.",
        hooks=", ".join(hooks[:10]),
    )
    return _item(not hooks, title, open_title, text if hooks else "")


def _plugin(facts: dict[str, Any], left: OldPlugin | None) -> Item:
    title, open_title = gettext("The old plugin is switched off."), gettext("Switch the old plugin off.")
    if left is not None and left.plugins is not None:
        text = gettext("Deactivate it in WordPress, under Plugins: %(names)s.", names=", ".join(left.plugins))
        return _item(not left.plugins, title, open_title, text if left.plugins else "")
    is_active = facts.get("is_active")
    if is_active is None:
        return Item("unknown", open_title, gettext("The source does not say whether it is active. Look in WordPress."))
    text = gettext("A plugin of IGNY8 was active. The new one takes its place: see that only that one is.")
    return Item("unknown", open_title, text) if is_active else Item("done", title)
