"""A post that was edited in WordPress: both versions, and who stays."""

from typing import Any

from flask import render_template, url_for

from app.auth.access import current_account_id, requires
from app.content.models import Content
from app.core.htmx import redirect_to, toast
from app.core.tenancy import owned
from app.extensions import db
from app.publishing import conflicts
from app.publishing.blueprint import bp
from app.sites.connection import credentials_for, open_client
from app.sites.models import Site


def _remote(content: Content) -> dict[str, Any]:
    """The post as it stands in WordPress; no transaction is open meanwhile."""
    credentials = credentials_for(owned(Site, content.site_id, content.account_id))
    content_id = str(content.id)
    db.session.commit()
    with open_client(credentials) as client:
        return client.get("post-by-content-id", {"content_id": content_id}, read_seconds=10)


@bp.get("/content/<int:content_id>/conflict/")
@requires("view")
def show_conflict(content_id: int) -> str:
    """Both versions side by side, and the ways to settle it."""
    content = owned(Content, content_id, current_account_id())
    remote = _remote(content)
    content = owned(Content, content_id, current_account_id())
    stored = remote.get("stored")
    excerpt = "" if content.content_type == "Taxonomy" else content.excerpt
    ours = {"title": content.title, "content": content.content_html, "excerpt": excerpt}
    differences = conflicts.compare(stored, ours) if isinstance(stored, dict) else []
    return render_template("publishing/conflict.html", content=content, stored=stored, differences=differences)


@bp.post("/content/<int:content_id>/conflict/keep/")
@requires("publish")
def keep_wordpress(content_id: int) -> Any:
    """Take WordPress's title, text and excerpt over; nothing is sent."""
    content = owned(Content, content_id, current_account_id())
    version = content.version
    remote = _remote(content)
    conflicts.adopt(current_account_id(), content_id, remote, expected_version=version)
    db.session.commit()
    toast("WordPress's version was taken over. Both sides are the same again.")
    return redirect_to(url_for("content.edit", content_id=content_id))
