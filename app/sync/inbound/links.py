"""Addresses of posts and term pages that moved without any of them being changed.

WordPress makes addresses from its permalink settings, and often from the slugs of categories. `pull-updates` names
what they are made of by a hash; when that changes, a run asks for all of them again. Services flush.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert

from app.core.clock import utcnow
from app.core.extensions import db
from app.core.runs import Outcome, RunContext, start_run
from app.core.tenancy import owned
from app.mirror.models import RemoteState, SiteSync
from app.sites.connection import credentials_for, open_client
from app.sites.models import Site
from app.sites.wordpress import WordPressClient
from app.sync.imports.limits import MAX_PAGE_BYTES
from app.sync.run_kinds import LINKS

AT_ONCE, TERMS_AT_ONCE = 2000, 100
SECONDS = 60.0
MOVE = text(
    """
    with told as (select * from unnest(cast(:ids as bigint[]), cast(:links as text[])) as told(external_id, link)),
    moved as (
        update remote_states r set permalink = told.link, updated_at = :now from told
        where r.site_id = :site_id and r.kind = :kind and r.taxonomy = :taxonomy and r.gone_at is null
        and r.external_id = told.external_id and r.permalink <> told.link
        returning r.content_id, told.link
    ),
    published as (
        update publications p set external_url = moved.link from moved where p.content_id = moved.content_id
    )
    update contents c set external_url = moved.link from moved where c.id = moved.content_id returning c.id
    """
)


def note(account_id: int, site_id: int, told: object) -> None:
    """Start a run when what addresses are made of is something else than before. Flushes."""
    if not isinstance(told, str) or not 0 < len(told) <= 64:
        return
    first = insert(SiteSync).values(site_id=site_id, account_id=account_id, links_hash=told)
    stmt = first.on_conflict_do_update(
        index_elements=["site_id"], set_={"links_hash": told}, where=SiteSync.links_hash == ""
    )
    db.session.execute(stmt)  # the first time there is nothing to compare with
    if db.session.scalar(select(SiteSync.links_hash).where(SiteSync.site_id == site_id)) == told:
        return
    start_run(
        account_id=account_id,
        kind=LINKS,
        title="Read the addresses of the site’s posts again",
        actor_id=None,
        site_id=site_id,
        subject_type="site",
        subject_id=site_id,
        params={"links": told},
        exclusive_key=f"links:{site_id}",
    )


def refresh(context: RunContext) -> Outcome:
    """Ask for all addresses and keep those that moved. Safe to repeat. Raises WordPressError."""
    account_id, site_id = context.run.account_id, int(context.run.site_id or 0)
    told = str(context.run.params["links"])
    credentials = credentials_for(owned(Site, site_id, account_id))
    db.session.commit()
    with open_client(credentials, max_bytes=MAX_PAGE_BYTES) as client:
        moved = _refresh_posts(context, client, site_id) + _refresh_terms(context, client, site_id)
    db.session.execute(update(SiteSync).where(SiteSync.site_id == site_id).values(links_hash=told))
    db.session.commit()
    return Outcome(f"{moved} addresses changed.", data={"moved": moved})


def _refresh_posts(context: RunContext, client: WordPressClient, site_id: int) -> int:
    """Walk all posts by their ids; nothing but ids and addresses comes."""
    moved = after = 0
    while True:
        context.check()
        query = {"fields": "links", "limit": str(AT_ONCE), "after": str(after)}
        answer = client.get("posts", query, read_seconds=SECONDS)
        found = {int(one[0]): str(one[1]) for one in answer.get("items") or []}
        moved += _move(site_id, "post", "", found)
        db.session.commit()
        following = answer.get("next")
        if not isinstance(following, int) or following <= after:
            return moved
        after = following


def _refresh_terms(context: RunContext, client: WordPressClient, site_id: int) -> int:
    """Ask for the terms whose pages were published from here."""
    stmt = select(RemoteState.external_id).where(
        RemoteState.site_id == site_id, RemoteState.kind == "term", RemoteState.gone_at.is_(None)
    )
    ids = sorted(set(db.session.scalars(stmt)))
    db.session.commit()
    moved = 0
    for start in range(0, len(ids), TERMS_AT_ONCE):
        context.check()
        query = {"ids": ",".join(map(str, ids[start : start + TERMS_AT_ONCE]))}
        by_taxonomy: dict[str, dict[int, str]] = {}
        for item in client.get("taxonomies", query, read_seconds=SECONDS).get("items") or []:
            by_taxonomy.setdefault(str(item["taxonomy"]), {})[int(item["term_id"])] = str(item["permalink"])
        moved += sum(_move(site_id, "term", name, found) for name, found in by_taxonomy.items())
        db.session.commit()
    return moved


def _move(site_id: int, kind: str, taxonomy: str, found: Mapping[int, str]) -> int:
    values: dict[str, Any] = {
        "site_id": site_id,
        "kind": kind,
        "taxonomy": taxonomy,
        "now": utcnow(),
        "ids": list(found),
        "links": list(found.values()),
    }
    return len(db.session.execute(MOVE, values).all())
