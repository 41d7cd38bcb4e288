"""Handing posts of the old plugin over to the new one, which then knows which content each of them stands for.

The plugin notes that in its table (docs/wire-contract.md, `link-posts`); posts and their metas stay as they are. Safe
to repeat: what is linked stays linked. No transaction is open while the site is asked.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, select, update

from app.content.models import Content
from app.core.actor import THE_APP, Actor
from app.core.clock import iso, utcnow
from app.core.errors import Conflict
from app.core.events import Event, Subscriber
from app.core.extensions import db
from app.core.languages import gettext
from app.core.runs import Outcome, Run, RunContext
from app.core.runs.services import start_run
from app.core.tenancy import owned
from app.core.wording import many
from app.legacy_import.models import LegacyImport
from app.legacy_import.run_kinds import TAKE_OVER
from app.legacy_import.targets import R
from app.mirror.models import RemoteState
from app.sites.connection import credentials_for, open_client
from app.sites.models import Site, WordPressConnection
from app.sites.wordpress import CONTRACT
from app.sync.events import ImportFinished

AT_ONCE, SHOWN = 200, 20
QUIET = {"synchronize_session": False}


@dataclass(frozen=True, slots=True)
class OldPost:
    """A post that was moved in: its staged row, its content, and by what WordPress knows it again."""

    row_id: int
    content_id: int
    post_id: int
    title: str
    slug: str
    guid: str

    def as_wire(self) -> dict[str, Any]:
        """An entry of `link-posts`."""
        return {"content_id": str(self.content_id), "post_id": self.post_id, "slug": self.slug, "guid": self.guid}


@dataclass
class Result:
    """How many posts were linked, how many not by the plugin's code, and the first of those: post, title, code."""

    linked: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    first: list[list[Any]] = field(default_factory=list)

    def add(self, posts: list[OldPost], answer: dict[str, Any]) -> None:
        """Count what the plugin answered for these posts."""
        by_content = {str(post.content_id): post for post in posts}
        self.linked += len(set(map(str, answer.get("linked") or [])) & set(by_content))
        for entry in answer.get("refused") or []:
            post, code = by_content.get(str(entry.get("content_id"))), str(entry.get("code") or "")[:40]
            if post is not None:
                self.refused[code] += 1
                self.first += [[post.post_id, post.title[:120], code]] if len(self.first) < SHOWN else []

    def as_report(self) -> dict[str, Any]:
        """What is kept with the import."""
        return {"linked": self.linked, "refused": dict(self.refused), "first": self.first, "at": iso(utcnow())}


def start_takeover(account_id: int, actor: Actor, import_id: int) -> Run:
    """Start to hand over the posts of an import. Raises Conflict where nothing is moved in or no plugin answers."""
    legacy = owned(LegacyImport, import_id, account_id)
    if legacy.state != "done":
        raise Conflict(gettext("Nothing was moved in yet."), code="NOTHING_MOVED")
    if not is_connected(legacy.site_id):
        raise Conflict(
            gettext("The site is not connected to WordPress."),
            code="NOT_CONNECTED",
            cure=gettext("Connect it first, in the settings of the site."),
        )
    return start_run(
        account_id=account_id,
        kind=TAKE_OVER,
        title=f"Handing over the posts of {legacy.name}",
        actor=actor,
        site_id=legacy.site_id,
        subject_type="legacy_import",
        subject_id=legacy.id,
        exclusive_key=f"takeover:{legacy.id}",
    )


def is_connected(site_id: int) -> bool:
    """Whether the new plugin has answered."""
    link = WordPressConnection
    return db.session.scalar(select(link.id).where(link.site_id == site_id, link.state == "connected")) is not None


def start_all(account_id: int, site_id: int) -> None:
    """Hand over whatever was moved in to the site: a plugin that was just paired may know nothing of it. Flushes."""
    _start_runs(account_id, site_id)


def _start_runs(account_id: int, site_id: int, *which: ColumnElement[bool]) -> None:
    if not is_connected(site_id):
        return
    of_site = (LegacyImport.account_id == account_id, LegacyImport.site_id == site_id, LegacyImport.state == "done")
    stmt = select(LegacyImport.id).where(*of_site, LegacyImport.tables.has_key("posts"), *which)
    for import_id in db.session.scalars(stmt).all():
        start_takeover(account_id, THE_APP, import_id)


def _after_import(event: Event) -> None:
    _start_runs(event.account_id, event.site_id, ~LegacyImport.report.has_key("takeover"))


SUBSCRIBERS = (Subscriber("legacy_import.imported", ImportFinished, _after_import),)


def newest_takeover(legacy: LegacyImport) -> Run | None:
    """The newest run that handed posts of the import over."""
    of_import = (Run.account_id == legacy.account_id, Run.kind == TAKE_OVER.name, Run.subject_id == legacy.id)
    return db.session.scalar(select(Run).where(*of_import).order_by(Run.created_at.desc()).limit(1))


def hand_posts_over(context: RunContext) -> Outcome:
    """Hand over the posts of the run's import. Commits. Raises WordPressError."""
    legacy = owned(LegacyImport, int(context.run.subject_id or 0), context.run.account_id)
    import_id, mapping = legacy.id, dict(legacy.tables.get("posts", {}).get("mapping", {}))
    credentials, result = credentials_for(owned(Site, legacy.site_id, legacy.account_id)), Result()
    with open_client(credentials) as client:
        for posts in moved_posts(legacy.site_id, import_id, mapping):
            db.session.commit()
            body = {"contract": CONTRACT, "posts": [post.as_wire() for post in posts]}
            result.add(posts, client.post("link-posts", body))
            context.progress(step="Handing the posts over", done=result.linked + result.refused.total(), total=None)
    stmt = update(LegacyImport).where(LegacyImport.id == import_id, LegacyImport.state == "done")
    report = LegacyImport.report.op("||")({"takeover": result.as_report()})
    db.session.execute(stmt.values(report=report).execution_options(**QUIET))
    db.session.commit()
    return Outcome(takeover_sentence(result), f"/account/legacy/{import_id}/")


def moved_posts(site_id: int, import_id: int, mapping: dict[str, str]) -> Iterator[list[OldPost]]:
    """The posts of an import that still have their content, some at a time."""
    raw = {name: R.c.raw[mapping.get(name, name)].astext for name in ("slug", "guid")}
    stmt = (
        select(R.c.id, R.c.target_id, RemoteState.external_id, Content.title, *(raw[name].label(name) for name in raw))
        .join(RemoteState, RemoteState.content_id == R.c.target_id)
        .join(Content, Content.id == R.c.target_id)
        .where(
            R.c.import_id == import_id,
            R.c.source_table == "posts",
            R.c.target_type == "content",
            RemoteState.site_id == site_id,
            RemoteState.kind == "post",
            RemoteState.gone_at.is_(None),
            cast(RemoteState.external_id, Text) == R.c.old_key,
        )
        .order_by(R.c.id)
        .limit(AT_ONCE)
    )
    last = 0
    while rows := db.session.execute(stmt.where(R.c.id > last)).all():
        last = rows[-1].id
        yield [
            OldPost(row.id, row.target_id, row.external_id, row.title, row.slug or "", row.guid or "") for row in rows
        ]


def takeover_sentence(result: Result) -> str:
    """What happened, in English as it is stored."""
    refused = result.refused.total()
    words = f"Handed {many(result.linked, 'post')} over to the new plugin"
    return f"{words}, {refused:,} could not be." if refused else f"{words}."
