"""The links of one content in the browser: proposals with their place in the text, and what is done with each."""

from collections.abc import Callable
from typing import Any

from flask import render_template, request, url_for
from markupsafe import Markup

from app.content.models import Content
from app.content.preview import sanitise
from app.core.access import current_account_id, current_actor, requires
from app.core.extensions import db
from app.core.htmx import is_partial_request, page_or_partial, redirect_to, toast
from app.core.tenancy import owned
from app.core.wording import Changed
from app.linker import actions, proposals
from app.linker.blueprint import bp
from app.linker.models import LinkProposal
from app.linker.permissions import LinkerPermission
from app.linker.plan.repairs import applied_repairs
from app.linker.reasons import reason_words
from app.linker.run_kinds import LINK_CONTENT
from app.linker.shown import marked, with_proposals
from app.saved_views.batch_form import selection
from app.sites.models import Site


@bp.get("/contents/<int:content_id>/")
@requires(LinkerPermission.READ)
def show_content(content_id: int) -> str:
    """The links of a content: proposed, put in, and proposed for others to have to it."""
    return page_or_partial("linker/content.html", "linker/_content.html", **_shown(content_id))


@bp.get("/panel/<int:content_id>/")
@requires(LinkerPermission.READ)
def panel(content_id: int) -> str:
    """The part of the editor: proposed links, each to accept or reject."""
    return page_or_partial("linker/content.html", "linker/_panel.html", **_shown(content_id))


def _shown(content_id: int) -> dict[str, Any]:
    account_id = current_account_id()
    content = owned(Content, content_id, account_id)
    return {
        "content": content,
        "open": proposals.open_links(account_id, content_id),
        "accepted": proposals.accepted_links(account_id, content_id),
        "incoming": proposals.incoming_links(account_id, content_id),
        "repairs": applied_repairs(account_id, content_id),
        "rejected": proposals.rejected_links(account_id, content_id),
        "run": proposals.linking_run(account_id, content_id, LINK_CONTENT),
        "reason_words": reason_words,
        "marked": marked,
    }


@bp.get("/contents/<int:content_id>/preview/")
@requires(LinkerPermission.READ)
def preview_links(content_id: int) -> str:
    """The whole text with the proposed links marked in it."""
    account_id = current_account_id()
    content = owned(Content, content_id, account_id)
    site = owned(Site, content.site_id, account_id)
    html = with_proposals(content.content_html, proposals.open_links(account_id, content_id))
    safe: Markup = sanitise(html, site.url)
    return render_template("linker/preview.html", content=content, html=safe)


@bp.post("/contents/<int:content_id>/find/")
@requires(LinkerPermission.WRITE)
def find_links(content_id: int) -> Any:
    """Look for links from and to a content."""
    account_id = current_account_id()
    content = owned(Content, content_id, account_id)
    actions.start_linking(account_id, current_actor(), content.site_id, [content_id])
    db.session.commit()
    return _answer(content_id)


@bp.post("/contents/<int:content_id>/accept/")
@requires(LinkerPermission.WRITE)
def accept_all(content_id: int) -> Any:
    """Put the proposals that the page showed into the text, `ids`: none that came since."""
    account_id = current_account_id()
    owned(Content, content_id, account_id)
    ids = _named_links()
    waiting = [link.id for link in proposals.open_links(account_id, content_id) if link.id in ids]
    return _done(content_id, lambda: actions.accept_links(account_id, current_actor(), waiting))


@bp.post("/contents/<int:content_id>/remove/")
@requires(LinkerPermission.WRITE)
def remove_all(content_id: int) -> Any:
    """Take the links of ours that the page showed out of the text, `ids`."""
    account_id = current_account_id()
    owned(Content, content_id, account_id)
    ids = _named_links()
    return _done(content_id, lambda: actions.take_out_links_of(account_id, current_actor(), content_id, ids))


def _named_links() -> list[int]:
    """The ids that the form names. Raises DomainError when it names none that can be read."""
    return selection("ids").required("link").ids


@bp.post("/proposals/<int:link_id>/<any(accept, reject, again, remove):decision>/")
@requires(LinkerPermission.WRITE)
def decide(link_id: int, decision: str) -> Any:
    """Accept or reject a proposal, propose it again, or take the link out of the text."""
    account_id, actor = current_account_id(), current_actor()
    proposal = owned(LinkProposal, link_id, account_id)
    about = {
        "accept": lambda: actions.accept_links(account_id, actor, [link_id]),
        "reject": lambda: actions.reject_links(account_id, actor, [link_id]),
        "again": lambda: actions.propose_again(account_id, actor, link_id),
        "remove": lambda: actions.take_out_link(account_id, actor, link_id),
    }[decision]
    return _done(_page_of(proposal), about)


@bp.post("/proposals/<int:link_id>/edit/")
@requires(LinkerPermission.WRITE)
def edit_proposal(link_id: int) -> Any:
    """Choose other words for a proposed link."""
    account_id = current_account_id()
    proposal = owned(LinkProposal, link_id, account_id)
    anchor, nofollow = request.form.get("anchor", "").replace("\0", ""), bool(request.form.get("nofollow"))
    return _done(
        _page_of(proposal),
        lambda: actions.edit_link(account_id, current_actor(), link_id, anchor=anchor, nofollow=nofollow),
    )


def _page_of(proposal: LinkProposal) -> int:
    """The content on whose page the form stands: the target's, for links that others are to have to it."""
    return proposal.target_id if request.form.get("page") == str(proposal.target_id) else proposal.content_id


def _done(content_id: int, change: Callable[[], Changed]) -> Any:
    done = change()
    db.session.commit()
    toast(done.message, changed=done.count)
    return _answer(content_id)


def _answer(content_id: int) -> Any:
    if is_partial_request():
        template = "linker/_panel.html" if request.form.get("in") == "panel" else "linker/_content.html"
        return render_template(template, **_shown(content_id))
    return redirect_to(url_for("linker.show_content", content_id=content_id))
