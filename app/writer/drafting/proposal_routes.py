"""Proposed texts of a draft in the browser: writing them, comparing, accepting or discarding them."""

from typing import Any

from flask import render_template, request, url_for
from markupsafe import Markup

from app.ai import charging
from app.content.editing.routes import image_addresses
from app.content.images import services as images
from app.content.models import Content
from app.content.preview import sanitise
from app.content.services import ContentEditConflict
from app.core.access import current_account_id, current_actor, requires
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.htmx import redirect_to, toast
from app.core.languages import gettext
from app.core.permissions import Permission
from app.core.request_ids import id_or_none, parse_version
from app.core.security import allow_remote_images
from app.core.tenancy import owned
from app.saved_views.batch_form import shown_run
from app.sites.current import work_on
from app.writer.blueprint import bp
from app.writer.drafting import answers, proposals, rewriting
from app.writer.drafting.proposals import part_of
from app.writer.drafting.section_models import Proposal
from app.writer.drafting.section_places import headings_of, section_of
from app.writer.run_kinds import REWRITE


@bp.get("/contents/<int:content_id>/versions/")
@requires(Permission.CONTENT_READ)
def versions(content_id: int) -> str:
    """The proposals for a content, and the form to rewrite it."""
    content = owned(Content, content_id, current_account_id())
    work_on(content.site_id)
    return render_template(
        "writer/versions.html",
        content=content,
        proposals=proposals.list_proposals(content.account_id, content.id),
        headings=headings_of(content.content_html),
        price=charging.price_quote(content.account_id, "content"),
        run=shown_run((REWRITE,), content.site),
    )


@bp.post("/contents/<int:content_id>/rewrite/")
@requires(Permission.WRITER_WRITE)
def rewrite(content_id: int) -> Any:
    """Rewrite a content, or the section named by `section`; the result is proposed next to the text."""
    section = " ".join(request.form.get("section", "").split())
    run = rewriting.start_rewrite(current_account_id(), current_actor(), content_id, section)
    db.session.commit()
    return redirect_to(url_for("writer.versions", content_id=content_id, run=run.id))


@bp.post("/contents/<int:content_id>/read-again/")
@requires(Permission.WRITER_WRITE)
def read_again(content_id: int) -> Any:
    """Read the stored answer of the draft, or of `proposal`, again without a call, and propose the result."""
    source = id_or_none(request.form.get("proposal"))
    proposal = rewriting.read_again(current_account_id(), current_actor(), content_id, source)
    db.session.commit()
    return redirect_to(url_for("writer.proposal", proposal_id=proposal.id))


@bp.get("/proposals/<int:proposal_id>/")
@requires(Permission.CONTENT_READ)
def proposal(proposal_id: int) -> str:
    """Both texts side by side, to choose from."""
    proposal_row = owned(Proposal, proposal_id, current_account_id())
    return _compared(proposal_row)


def _compared(proposal: Proposal, problem: str = "") -> str:
    content = owned(Content, proposal.content_id, proposal.account_id)
    mine = section_of(content.content_html, proposal.section) if proposal.section else content.content_html
    allow_remote_images()
    work_on(content.site_id)
    return render_template(
        "writer/proposal.html",
        content=content,
        proposal=proposal,
        problem=problem,
        mine=_safe(content, mine or ""),
        theirs=_safe(content, proposal.content_html),
        is_gone=mine is None,
        is_same=mine == proposal.content_html,
        has_answer=answers.has_answer(proposal.account_id, content.task_id or 0, part_of(proposal)),
    )


def _safe(content: Content, html: str) -> Markup:
    addresses = image_addresses(content)
    shown = images.replace_image_references(html, addresses)
    return sanitise(shown, content.site.url, set(addresses.values()), request.host_url)


@bp.post("/proposals/<int:proposal_id>/take/")
@requires(Permission.CONTENT_WRITE)
def take_proposal(proposal_id: int) -> Any:
    """Use this text; the one that was there is kept. 409 when the content was saved since the page was opened."""
    account_id, version = current_account_id(), parse_version(request.form.get("version"))
    try:
        content = proposals.accept_proposal(account_id, current_actor(), proposal_id, expected_version=version)
        db.session.commit()
    except ContentEditConflict:
        db.session.rollback()
        words = gettext("The text was saved since you opened this page. Compare again: it is shown as it is now.")
        return _compared(owned(Proposal, proposal_id, account_id), words), 409
    except DomainError as error:
        if error.status == 404:
            raise
        db.session.rollback()
        return _compared(owned(Proposal, proposal_id, account_id), f"{error.message} {error.cure}"), error.status
    toast(gettext("The text is used. The one before it is in the history."))
    return redirect_to(url_for("content.edit", content_id=content.id))


@bp.post("/proposals/<int:proposal_id>/drop/")
@requires(Permission.CONTENT_WRITE)
def drop_proposal(proposal_id: int) -> Any:
    """Keep the text that is there."""
    proposal = proposals.discard_proposal(current_account_id(), proposal_id)
    db.session.commit()
    toast(gettext("Your text stays as it is. The other is kept under “Write anew”."))
    return redirect_to(url_for("content.edit", content_id=proposal.content_id))
