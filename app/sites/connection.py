"""The link between a site and its WordPress: keys, credentials, what the last check said."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from flask import current_app
from sqlalchemy import select, update

from app.core.clock import utcnow
from app.core.crypto import decrypt, encrypt
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.http import MAX_BYTES, Login
from app.core.languages import gettext
from app.core.tenancy import owned
from app.sites import hooks, signing
from app.sites.error_codes import error_for
from app.sites.models import Site, WordPressConnection
from app.sites.wordpress import CONTRACT, Credentials, WordPressClient, serves_plain_http
from app.sites.wordpress_errors import WordPressError, wordpress_error

TRANSPORT_FACTS = frozenset({"admin_post_url", "envelope", "home_url"})
WITHOUT_HTTPS = frozenset({"TLS", "REFUSED", "TIMEOUT", "BROKEN"})


def make_key(site: Site) -> WordPressConnection:
    """A new key for the site; the one before stops working. Flushes."""
    connection = site.connection or WordPressConnection(account_id=site.account_id, site_id=site.id)
    connection.key_id = signing.new_key_id()
    connection.secret = encrypt(signing.new_secret())
    connection.state, connection.error, connection.home_url = "waiting", None, None
    connection.remote, connection.remote_name, connection.checked_at = {}, None, None
    reset_health(connection)
    site.connection = connection
    db.session.flush()
    return connection


def connection_key(connection: WordPressConnection, app_url: str) -> str:
    """The text to paste into the plugin: address of this app, site, key id and secret."""
    return signing.encode_connection_key(
        app=app_url, site=str(connection.site_id), key=connection.key_id, secret=decrypt(connection.secret)
    )


def credentials_for(site: Site) -> Credentials:
    """Plain values for calling the site. Raises WordPressError when it was never connected."""
    connection = site.connection
    if connection is None:
        raise wordpress_error("NOT_CONNECTED")
    return Credentials(
        site_id=site.id,
        url=connection.home_url or site.url,
        key_id=connection.key_id,
        secret=decrypt(connection.secret),
        transport=connection.transport,
        envelope=bool(connection.remote.get("envelope")),
        login=login_of(site),
        admin_post=str(connection.remote.get("admin_post_url") or ""),
        paired=connection.home_url is not None,
    )


def login_of(site: Site) -> Login | None:
    """User name and password that the site's server asks everybody for, if it does. Raises DomainError."""
    if not site.password_secret:
        return None
    return Login(site.password_origin or "", site.password_user or "", decrypt(site.password_secret))


def set_login(site: Site, user: str, password: str) -> None:
    """Keep what the site's server asks everybody for, for the host of today's address alone. Flushes.

    Without a password the one that is kept stays, if it is for that host; raises DomainError when there is none.
    """
    address = (site.connection.home_url if site.connection else None) or site.url
    parts = urlsplit(address)
    origin = f"{parts.scheme}://{parts.netloc}"
    user = user.strip()
    if not user or ":" in user or len(user) > 200:
        raise error_for(
            "SITE_PASSWORD_INVALID", message=gettext("A user name has 1 to 200 characters and no colon."), field="user"
        )
    if not password and (not site.password_secret or site.password_origin != origin):
        raise error_for("SITE_PASSWORD_INVALID", field="password")
    if len(password) > 200:
        raise error_for(
            "SITE_PASSWORD_INVALID", message=gettext("A password has at most 200 characters."), field="password"
        )
    site.password_user, site.password_origin = user, origin
    if password:
        site.password_secret = encrypt(password)
    db.session.flush()


def stored_login(site: Site) -> dict[str, str | None]:
    """What is stored of what the form of the login shows, for its etag. The password is a part of it as encrypted."""
    return {"user": site.password_user, "origin": site.password_origin, "password": site.password_secret}


def forget_login(site: Site) -> None:
    """Forget the login: the site asks for none any more. Flushes."""
    site.password_user = site.password_origin = site.password_secret = None
    db.session.flush()


def open_client(credentials: Credentials, *, max_bytes: int = MAX_BYTES) -> WordPressClient:
    """A client for these credentials under this app's guard; answers have at most `max_bytes`."""
    return WordPressClient(credentials, current_app.config["ALLOWED_PRIVATE_HOSTS"], max_bytes=max_bytes)


def find_for_plugin(site_id: int, key_id: str) -> tuple[WordPressConnection, str] | None:
    """The connection that signs with this key for this site, with its secret; None for any other."""
    stmt = select(WordPressConnection).where(
        WordPressConnection.site_id == site_id, WordPressConnection.key_id == key_id
    )
    connection = db.session.scalar(stmt)
    return (connection, decrypt(connection.secret)) if connection else None


def record_pairing(connection: WordPressConnection, facts: dict[str, Any]) -> None:
    """Keep what the plugin said of itself; the site is connected. Flushes."""
    connection.state, connection.error = "connected", None
    connection.home_url = str(facts.get("home_url") or "")[:500] or connection.home_url
    connection.remote_name = str(facts.get("name") or "")[:200] or connection.remote_name
    connection.remote = {**connection.remote, **facts}
    connection.checked_at = utcnow()
    if connection.health in ("unknown", "lost", "moved"):
        reset_health(connection)
    elif connection.health == "degraded":
        connection.health_due_at = utcnow()  # what was wrong may be mended too
    db.session.flush()


def forget_address(connection: WordPressConnection) -> None:
    """After the site's address was changed, forget failures at the old one and have the new one checked.

    Transports of the old address are forgotten too. A copy stays one until a check or a new key says otherwise.
    """
    connection.home_url, connection.transport = None, 1
    connection.remote = {name: value for name, value in connection.remote.items() if name not in TRANSPORT_FACTS}
    if connection.health == "moved":
        connection.health_due_at = utcnow()
        return
    if connection.state == "failing":
        connection.state, connection.error = "waiting", None
    reset_health(connection)


def reset_health(connection: WordPressConnection) -> None:
    """Set the site's health to unknown: it is checked soon."""
    connection.health, connection.health_since, connection.health_notice = "unknown", None, None
    connection.health_error, connection.health_failures, connection.health_report = None, 0, {}
    connection.health_due_at, connection.health_lease_until = utcnow(), None


def record_failure(connection: WordPressConnection, error: DomainError) -> None:
    """Keep why the last check failed. Flushes."""
    connection.state, connection.error = "failing", error.as_dict()
    connection.checked_at = utcnow()
    db.session.flush()


def check_connection(account_id: int, site_id: int) -> WordPressConnection:
    """Call the plugin and store the answer; commits before and after the call.

    Raises WordPressError (stored, too) that names what is wrong and its cure.
    """
    credentials = credentials_for(owned(Site, site_id, account_id))
    db.session.commit()
    try:
        with open_client(credentials) as client:
            facts = client.get("status", read_seconds=15)
            facts["transport"], facts["envelope"] = client.transport, client.envelope
            facts["admin_post_url"] = facts.get("admin_post_url") or client.admin_post_url
        if facts.get("contract") != CONTRACT:
            raise wordpress_error("CONTRACT_UNSUPPORTED", details={"plugin": facts.get("contract"), "app": CONTRACT})
        if facts.get("paired") is False:
            raise wordpress_error("SITE_CLONED", details={"home_url": str(facts.get("home_url") or "")})
    except WordPressError as error:
        failure = _with_https_hint(error, credentials)
        _store_unless_rekeyed(
            account_id, site_id, credentials.key_id, lambda connection: record_failure(connection, failure)
        )
        raise failure from error
    return _store_unless_rekeyed(
        account_id, site_id, credentials.key_id, lambda connection: _store_facts(connection, facts)
    )


def _with_https_hint(error: WordPressError, credentials: Credentials) -> WordPressError:
    """The error, or HTTPS_MISSING when the site answers without https: people who type no scheme often do not know."""
    if error.code not in WITHOUT_HTTPS or credentials.paired or not credentials.url.startswith("https://"):
        return error
    plain = f"http://{credentials.url.removeprefix('https://')}"
    if not serves_plain_http(plain, current_app.config["ALLOWED_PRIVATE_HOSTS"]):
        return error
    return wordpress_error("HTTPS_MISSING", details={**error.details, "address": plain})


def _store_facts(connection: WordPressConnection, facts: dict[str, Any]) -> None:
    connection.transport = int(facts.pop("transport"))
    is_new = connection.state == "waiting"
    record_pairing(connection, facts)
    if is_new:
        hooks.site_paired(connection.account_id, connection.site_id)


def _store_unless_rekeyed(
    account_id: int, site_id: int, key_id: str, change: Callable[[WordPressConnection], None]
) -> WordPressConnection:
    """Apply `change` unless the key was replaced meanwhile. Commits."""
    connection = owned(Site, site_id, account_id).connection
    if connection is None:
        raise wordpress_error("NOT_CONNECTED")
    if connection.key_id == key_id:
        change(connection)
    db.session.commit()
    return connection


def remember_transport(site_id: int, account_id: int, client: WordPressClient) -> None:
    """Store the transport that got through, if it changed; a site that was failing is checked soon. Flushes."""
    ours = (WordPressConnection.site_id == site_id, WordPressConnection.account_id == account_id)
    failing = update(WordPressConnection).where(*ours, WordPressConnection.state == "failing")
    db.session.execute(failing.values(health_due_at=utcnow()))
    connection = owned(Site, site_id, account_id).connection if client.used_other_transport else None
    if connection:
        connection.transport = client.transport
        connection.remote = {**connection.remote, "envelope": client.envelope, "admin_post_url": client.admin_post_url}
        db.session.flush()
