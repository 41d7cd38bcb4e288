"""Addresses of posts and term pages that moved without any of them being changed.

WordPress makes addresses from its permalink settings, and often from the slugs of categories. `pull-updates` reports a
hash of what they are made from; when that changes, a run asks for all addresses again. Services flush.
"""

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from app.core.actor import THE_APP
from app.core.extensions import db
from app.core.runs import Outcome, RunContext, start_run
from app.core.tenancy import owned
from app.mirror.address import move_addresses
from app.mirror.models import RemoteState
from app.sites.connection import credentials_for, open_client
from app.sites.models import Site
from app.sites.wordpress import WordPressClient
from app.sync.imports.limits import MAX_PAGE_BYTES
from app.sync.models import SiteSync
from app.sync.run_kinds import LINKS

AT_ONCE, TERMS_AT_ONCE = 2000, 100
SECONDS = 60.0


def refresh_if_changed(account_id: int, site_id: int, links_hash: object) -> None:
    """Start a run when the hash of what addresses are made from has changed. Flushes."""
    if not isinstance(links_hash, str) or not 0 < len(links_hash) <= 64:
        return
    first = insert(SiteSync).values(site_id=site_id, account_id=account_id, links_hash=links_hash)
    stmt = first.on_conflict_do_update(
        index_elements=["site_id"], set_={"links_hash": links_hash}, where=SiteSync.links_hash == ""
    )
    db.session.execute(stmt)  # the first time there is nothing to compare with
    if db.session.scalar(select(SiteSync.links_hash).where(SiteSync.site_id == site_id)) == links_hash:
        return
    start_run(
        account_id=account_id,
        kind=LINKS,
        title="Read the addresses of the site’s posts again",
        actor=THE_APP,
        site_id=site_id,
        subject_type="site",
        subject_id=site_id,
        params={"links": links_hash},
        exclusive_key=f"links:{site_id}",
    )


def refresh_addresses(context: RunContext) -> Outcome:
    """Ask for all addresses and store those that changed. Safe to repeat. Raises WordPressError."""
    account_id, site_id = context.run.account_id, int(context.run.site_id or 0)
    links_hash = str(context.run.params["links"])
    credentials = credentials_for(owned(Site, site_id, account_id))
    db.session.commit()
    with open_client(credentials, max_bytes=MAX_PAGE_BYTES) as client:
        moved = _refresh_posts(context, client, site_id) + _refresh_terms(context, client, site_id)
    db.session.execute(update(SiteSync).where(SiteSync.site_id == site_id).values(links_hash=links_hash))
    db.session.commit()
    return Outcome(f"{moved} addresses changed.", data={"moved": moved})


def _refresh_posts(context: RunContext, client: WordPressClient, site_id: int) -> int:
    """Go through all posts by id; only ids and addresses are sent."""
    moved = after = 0
    while True:
        context.check()
        query = {"fields": "links", "limit": str(AT_ONCE), "after": str(after)}
        answer = client.get("posts", query, read_seconds=SECONDS)
        addresses = {int(item[0]): str(item[1]) for item in answer.get("items") or []}
        moved += move_addresses(site_id, "post", "", addresses)
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
        moved += sum(move_addresses(site_id, "term", name, addresses) for name, addresses in by_taxonomy.items())
        db.session.commit()
    return moved
