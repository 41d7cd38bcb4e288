"""The work of unpublishing, trashing or restoring a post in WordPress, and of checking what visitors see afterwards.

Safe to run again at any point: the plugin gives the same answer when the change was made already. No transaction is
open while WordPress is called.
"""

from datetime import timedelta
from typing import Any

from flask import current_app
from pydantic import ValidationError

from app.content.models import Content
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.http import Login
from app.core.runs import Outcome, RunContext
from app.core.runs.context import TryAgain
from app.core.tenancy import owned
from app.identity.people import person_name
from app.mirror.site_locks import publish_lock
from app.mirror.statuses import record_status
from app.publishing.conflicts import error_from_plugin
from app.publishing.post_status.services import DRAFT, RESTORE
from app.publishing.reading import live_version
from app.publishing.verification.served import same_place
from app.sites import wordpress
from app.sites.connection import credentials_for, open_client, remember_transport
from app.sites.error_codes import error_for
from app.sites.health import refuse_moved
from app.sites.wordpress import Credentials
from app.sites.wordpress_errors import WordPressError, wordpress_error
from app.taxonomy.slugs import readable_url

RETRIES = 3
TURN_DELAY = timedelta(seconds=1)
DELAY = timedelta(seconds=10)
NO_ROUTE = ("ROUTE_UNKNOWN", "PLUGIN_MISSING")
DONE = {"draft": "It is a draft in WordPress now", "trash": "It is in WordPress's trash now"}


def change_status(context: RunContext) -> Outcome:
    """Params: `content_id`, and the `action` of `post_status`."""
    run = context.run
    account_id, site_id, attempt = run.account_id, int(run.site_id or 0), run.attempt
    content_id, action = int(run.params["content_id"]), str(run.params["action"])
    by = person_name(run.actor_id)
    content = owned(Content, content_id, account_id)
    live = live_version(content_id)
    if live is None:
        raise error_for("NOT_IN_WORDPRESS")
    if not content.site.is_active:
        raise error_for("SITE_INACTIVE")
    refuse_moved(content.site)
    credentials = credentials_for(content.site)
    body = {"contract": 1, "run_id": str(run.id), "content_id": str(content_id), "action": action, "base": live.base}
    db.session.commit()
    context.progress(step="Asking WordPress", past_cancelling=True)
    try:
        answer = _ask(credentials, account_id, site_id, body)
    except WordPressError as error:
        if error.retryable and attempt <= RETRIES:
            raise TryAgain(DELAY, f"{error.message} Trying again in 10 s") from error
        raise error_from_plugin(error, content_id) from error
    try:
        record_status(account_id, site_id, content_id, answer, by)
    except ValidationError as error:
        raise wordpress_error("BAD_ITEM") from error
    db.session.commit()
    url = str((answer.get("post") or {}).get("permalink") or live.url)
    context.progress(step="Looking whether visitors see it", past_cancelling=True)
    return _outcome(action, str(answer.get("post_status")), live.url if action != RESTORE else url, credentials.login)


def _ask(credentials: Credentials, account_id: int, site_id: int, body: dict[str, Any]) -> dict[str, Any]:
    with publish_lock(site_id) as ours:
        if not ours:
            raise TryAgain(TURN_DELAY, "Waiting for a publish to this site", counts=False)
        with open_client(credentials) as client:
            try:
                answer = client.post("post-status", body, read_seconds=60)
            except WordPressError as error:
                if error.code in NO_ROUTE and _answers(client):
                    message = "The plugin in WordPress is from before this could be done from here."
                    raise wordpress_error("ROUTE_UNKNOWN", message=message) from error
                raise
            remember_transport(site_id, account_id, client)
            return answer


def _answers(client: wordpress.WordPressClient) -> bool:
    """Whether the plugin is there at all: if an old one lacks the route, WordPress itself answers."""
    try:
        client.get("status")
    except WordPressError:
        return False
    return True


def _outcome(action: str, status: str, url: str, login: Login | None) -> Outcome:
    """The outcome, after a visit to the page."""
    address = readable_url(url)
    if action == RESTORE and status != "publish":
        return Outcome(f"It is out of WordPress's trash, with the status “{status}”: visitors are not shown it.", "")
    seen = is_seen(url, login)
    if action == RESTORE:
        words = {True: f"Restored. It is live again at {address}", None: f"Restored. {_unknown(address)}"}
        said = words.get(seen, f"Restored in WordPress, but visitors do not get it yet at {address}")
        return Outcome(f"{said}.", url, {"seen": seen})
    done = DONE[DRAFT if action == DRAFT else "trash"]
    if seen is None:
        return Outcome(f"{done}. {_unknown(address)}.", url, {"seen": seen})
    if seen:
        cure = "A cache keeps it for a while: clear the site's cache if it has to go at once"
        return Outcome(f"{done}, but visitors still get it at {address}. {cure}.", url, {"seen": seen})
    return Outcome(f"{done}. Visitors no longer get it.", "", {"seen": seen})


def _unknown(address: str) -> str:
    return f"Whether visitors get it at {address} could not be seen: the site did not answer"


def is_seen(url: str, login: Login | None) -> bool | None:
    """Whether a visitor gets a page at this very address; None when nothing comes back. No transaction may be open."""
    if not url:
        return False
    try:
        answer = wordpress.visit_page(url, current_app.config["ALLOWED_PRIVATE_HOSTS"], login=login)
    except DomainError:
        return None
    if answer.status >= 500 or answer.status in (401, 403, 429):
        return None
    return answer.status == 200 and same_place(answer.url, url)
