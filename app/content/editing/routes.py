"""The editor: one piece of content, saved with optimistic locking."""

from dataclasses import asdict
from typing import Any

from flask import Response, jsonify, make_response, request, url_for
from flask import render_template as render
from markupsafe import Markup
from werkzeug.wrappers import Response as BaseResponse

from app.accounts.module_routes import is_served
from app.ai.tasks import OPERATIONS
from app.content import listing
from app.content.actions import TermChoice
from app.content.blocks import TextPiece, has_blocks, split
from app.content.blueprint import bp
from app.content.editing import actions as edit_actions
from app.content.editing import revisions, working_copies
from app.content.editing.merging import PutTogether
from app.content.editing.working_routes import as_json
from app.content.forms import ContentForm
from app.content.images import services as images
from app.content.images.shown import address_in_text, shown_images
from app.content.models import Content
from app.content.preview import first_words, sanitise
from app.content.seo_templates import note_on
from app.content.services import MAX_HTML
from app.content.terms.fit import kinds_of_new_terms
from app.content.trash.listing import trashed_by_names
from app.core import features, limits
from app.core.access import current_account_id, current_actor, current_user_id, offers, requires
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.frame_fields import FRAME_FIELDS
from app.core.htmx import is_partial_request, redirect_to, toast
from app.core.languages import N_, gettext, local_number
from app.core.one_at_a_time import one_at_a_time
from app.core.permissions import Permission
from app.core.request_ids import ids_of, parse_version
from app.core.runs import Run
from app.core.security import allow_inline_styles, allow_remote_images
from app.core.tenancy import owned
from app.sites.current import work_on
from app.sites.facts import SiteFacts, fetch_facts, stored_facts
from app.sites.wordpress_errors import WordPressError
from app.taxonomy.services import LABELS
from app.taxonomy.slugs import readable_url
from app.thinker import uses

bp.add_app_template_filter(readable_url)
MAX_PIECES = 6000
BUSY = N_("Another long text of yours is being read just now.")
NOT_SENT_AGAIN = FRAME_FIELDS | {"version", "tab"}


def for_the_page(text: str) -> dict[str, Any]:
    """What the visual editor needs of `text`: its pieces, each with a label for those it cannot show.

    A text of more pieces than a browser can handle is one piece, changed in Source.
    """
    pieces = []
    found_pieces = split(text, MAX_PIECES)
    for piece in found_pieces if len(found_pieces) <= MAX_PIECES else [TextPiece(text, "opaque")]:
        entry = asdict(piece)
        if not piece.editable and piece.kind != "space":
            entry |= {"label": _label(piece), "summary": first_words(piece.raw)}
        pieces.append(entry)
    return {"pieces": pieces, "blocks": has_blocks(text)}


def _label(piece: TextPiece) -> str:
    if piece.kind == "block":
        return piece.name.replace("/", " ").replace("-", " ").capitalize() + " block"
    return "HTML"


def _load(content_id: int) -> Content:
    return owned(Content, content_id, current_account_id())


def _form(content: Content, *, filled: bool) -> ContentForm:
    form = ContentForm.of(content) if filled else ContentForm.of(content, request.form)
    form.offer(list(listing.clusters_of_site(content.account_id, content.site_id)), content)
    return form.offer_places(content, stored_facts(content.site))


def _page(content: Content, form: ContentForm, status: int = 200) -> tuple[str, int]:
    work_on(content.site_id)
    allow_inline_styles()
    allow_remote_images()
    text = (form.content.data or "").replace("\r\n", "\n")
    return render(
        "content/edit.html",
        content=content,
        form=form,
        pieces=for_the_page(text),
        roles=images.roles_of(content),
        shown_images=shown_images(content.images),
        facts=stored_facts(content.site),
        kinds=kinds_of_new_terms(content.content_type),
        taxonomy_labels=LABELS,
        seo_notes={name: note_on(form[name].data or "") for name in ("seo_title", "seo_description")},
        image_addresses=image_addresses(content),
        may_edit=offers(Permission.CONTENT_WRITE) and content.trashed_at is None,
        trashed_by=trashed_by_names([content]).get(content.trashed_by) if content.trashed_by else None,
        safe_html=_safe_html(content),
        panels=_panels(content),
        working_copy=as_json(working_copies.find_working_copy(content.account_id, content.id, current_user_id())),
        **_watched(content),
        **_origin(content),
    ), status


def _origin(content: Content) -> dict[str, Any]:
    """The prompts that it was written with, by name; nothing when no model wrote it."""
    origins = uses.origins_of(content.account_id, content.id)
    return {
        "origins": [
            (origin, OPERATIONS[origin.operation].title) for origin in origins if origin.operation in OPERATIONS
        ]
    }


def _panels(content: Content) -> list[features.EditorPanel]:
    """What features above bring to this editor; nothing to what is in the trash."""
    if content.trashed_at is not None:
        return []
    return [
        panel
        for panel in features.editor_panels()
        if offers(panel.permission) and is_served(panel.endpoint) and (panel.shows is None or panel.shows(content))
    ]


def _watched(content: Content) -> dict[str, Any]:
    """What the state above the editor shows: the newest run, and a publish that visitors do not see as sent.

    `shown` identifies all of it: as long as it is the same, nothing has changed.
    """
    key = (content.account_id, [content.id])
    run, doubt = listing.runs_to_show(*key).get(content.id), listing.doubtful(*key).get(content.id)
    rows: list[Content | Run | None] = [content, run, doubt]
    shown = "-".join(f"{row.id}.{row.updated_at.timestamp()}" if row else "" for row in rows)
    shown += f"-{content.state}{'-trashed' if content.trashed_at else ''}"
    return {"run": run, "doubt": doubt, "shown": shown}


def image_addresses(content: Content) -> dict[str, str]:
    """Where this app shows the images of the content, by their hash."""
    return {image.sha256: address_in_text(image) for image in content.images}


def _safe_html(content: Content) -> Markup:
    addresses = image_addresses(content)
    html = images.replace_image_references(content.content_html, addresses)
    return sanitise(html, content.site.url, set(addresses.values()), request.host_url)


@bp.get("/<int:content_id>/edit/")
@requires(Permission.CONTENT_READ)
def edit(content_id: int) -> tuple[str, int]:
    """The editor; without the right to edit it shows the fields read-only."""
    content = _load(content_id)
    return _page(content, _form(content, filled=True))


@bp.post("/<int:content_id>/edit/")
@requires(Permission.CONTENT_WRITE)
def save(content_id: int) -> Any:
    """Save. 409 with both texts when somebody else saved meanwhile, 422 with the errors when a field is wrong."""
    with one_at_a_time(
        current_account_id(),
        gettext(BUSY),
        len(request.form.get("content", "")),
    ):
        return _save(_load(content_id))


def _save(content: Content) -> Any:
    content_id, form = content.id, _form(content, filled=False)
    if not form.validate_on_submit():
        return _refused(content, form)
    try:
        saved = edit_actions.save_edit(content.account_id, current_actor(), content_id, _sent(form))
        db.session.commit()
    except DomainError as error:
        if error.status == 404:
            raise
        db.session.rollback()
        form.blame(error)
        return _refused(_load(content_id), form)
    if not saved.is_saved:
        return _conflict(saved.content, form, saved.edit)
    for sentence in saved.replaced:
        toast(sentence, "warning")
    return _saved(saved.content, form, whole=saved.is_merged or saved.is_retyped, together=saved.is_merged)


def _sent(form: ContentForm) -> edit_actions.SentEdit:
    return edit_actions.SentEdit(
        form.changes(),
        seen_version=parse_version(str(form.version.data)),
        overwrites=parse_version(request.form.get("overwrite_version")),
        terms=_terms(form),
        values=request.form,
        tabs=request.form.getlist("tab"),
    )


@bp.get("/<int:content_id>/choices/")
@requires(Permission.CONTENT_READ)
def choices(content_id: int) -> str:
    """The fields whose choices come from WordPress, after asking it; without its answer what is known stays."""
    content = _load(content_id)
    facts, refusal = _ask(content)
    content = _load(content_id)
    form = ContentForm.of(content, request.args).offer_places(content, facts)
    return render(
        "content/_place.html",
        content=content,
        form=form,
        facts=facts,
        refusal=refusal,
        asked=True,
        may_edit=offers(Permission.CONTENT_WRITE),
    )


def _ask(content: Content) -> tuple[SiteFacts, WordPressError | None]:
    facts = stored_facts(content.site)
    if facts.is_fresh:
        return facts, None
    try:
        return fetch_facts(content.account_id, content.site_id), None
    except WordPressError as error:
        return facts, error


@bp.get("/<int:content_id>/parents/")
@requires(Permission.CONTENT_READ)
def parents(content_id: int) -> str:
    """The pages that match `parent_q`, as choices of the field."""
    content = _load(content_id)
    form = ContentForm.of(content, request.args)
    form.offer_places(content, stored_facts(content.site), request.args.get("parent_q", ""))
    return render("content/_parents.html", form=form)


@bp.get("/<int:content_id>/link-targets/")
@requires(Permission.CONTENT_READ)
def link_targets(content_id: int) -> str:
    """Live contents of the site that match `?q=`, to be linked to (a fragment). None when an address was typed."""
    words = request.args.get("q", "").strip()
    targets = [] if "://" in words else listing.live_targets(_load(content_id), words)
    return render("content/_link_targets.html", targets=targets, q=words)


def _terms(form: ContentForm) -> TermChoice | None:
    """The terms in the form: which are kept, if it showed any, and new ones."""
    is_shown, new = "terms_shown" in request.form, form.named_terms(request.form.getlist("new_term"))
    if not is_shown and not new:
        return None
    ids = ids_of(request.form.getlist("term_ids")) if is_shown else None
    seen = ids_of(request.form["terms_seen"].split()) if "terms_seen" in request.form else None
    return TermChoice(ids, new, seen)


def _saved(content: Content, form: ContentForm, *, whole: bool, together: bool) -> Any:
    """The answer after saving.

    `whole`: the page is reloaded, as another type has other fields, and a merged text (`together`) is not the one in
    the editor.
    """
    if together:
        toast(
            gettext("Saved, together with what somebody else saved since you opened it. The history has each version.")
        )
    elif content.title:
        toast(gettext("Saved."))
    else:
        toast(gettext("Saved. It has no title, as in WordPress: lists and search results show none."), "warning")
    if is_partial_request() and not whole:
        return render(
            "content/_saved.html",
            content=content,
            form=form,
            taxonomy_labels=LABELS,
            kinds=kinds_of_new_terms(content.content_type),
        )
    return redirect_to(url_for("content.edit", content_id=content.id))


def _refused(content: Content, form: ContentForm) -> Any:
    if not is_partial_request():
        return _page(content, form, 422)
    return _into_messages(render("content/_errors.html", form=form), 422)


def _conflict(content: Content, form: ContentForm, edit: PutTogether) -> Any:
    """What both sides changed, to choose from.

    The form below it saves with the choices, or only the person's own changes.
    """
    whole = not is_partial_request()
    body = render(
        "content/_conflict.html",
        whole=whole,
        content=content,
        form=form,
        questions=edit.questions,
        saved_by=revisions.find_revision(content.account_id, content.id, content.version),
        kept=[(key, value) for key, value in request.form.items(multi=True) if _is_sent_again(key)],
    )
    if is_partial_request():
        return _into_messages(body, 409)
    return render("content/conflict.html", content=content, body=Markup(body)), 409  # noqa: S704 (a rendered template)


def _is_sent_again(name: str) -> bool:
    return name not in NOT_SENT_AGAIN and not name.startswith("choice-")


def _into_messages(body: str, status: int) -> Response:
    response = make_response(body, status)
    response.headers["HX-Retarget"] = "#editor-messages"
    response.headers["HX-Reswap"] = "innerHTML show:top"
    return response


@bp.post("/blocks/")
@requires(Permission.CONTENT_WRITE)
@limits.part_of_page
def blocks() -> BaseResponse | tuple[Response, int]:
    """The pieces of a text, for going back from source to visual editing. The body is the text."""
    request.max_content_length = 4 * MAX_HTML  # bytes of as many characters
    text = request.get_data(cache=False, as_text=False).decode("utf-8", "replace")
    if len(text) > MAX_HTML:  # a part of it would come back as the whole
        raise DomainError(
            gettext("The text is longer than %(max_html)s characters.", max_html=local_number(MAX_HTML)),
            code="CONTENT_TOO_LONG",
            status=413,
            cure=gettext("Split it into several pieces."),
        )
    with one_at_a_time(current_account_id(), gettext(BUSY), len(text)):
        return jsonify(for_the_page(text))


@bp.get("/<int:content_id>/preview/")
@requires(Permission.CONTENT_READ)
def preview(content_id: int) -> str:
    """The saved text as a reader would see it, made safe."""
    allow_remote_images()
    content = _load(content_id)
    work_on(content.site_id)
    return render("content/preview.html", content=content, html=_safe_html(content))


@bp.get("/<int:content_id>/state/")
@requires(Permission.CONTENT_READ)
def state(content_id: int) -> Any:
    """The strip above the editor: status, where it is live, how a publish is going.

    Nothing when it is still as `?shown` says.
    """
    content = _load(content_id)
    watched = _watched(content)
    if watched["shown"] == request.args.get("shown"):
        return Response(status=204)
    return render("content/_state_changed.html", content=content, **watched)
