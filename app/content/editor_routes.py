"""The editor: one piece of content, saved with optimistic locking."""

from dataclasses import asdict
from typing import Any

from flask import Response, jsonify, make_response, request, url_for
from flask import render_template as render
from markupsafe import Markup
from werkzeug.wrappers import Response as BaseResponse

from app.content import actions, images, listing, services
from app.content.actions import TermChoice
from app.content.blocks import Piece, has_blocks, split
from app.content.blueprint import bp
from app.content.forms import SEO_DESCRIPTION, SEO_TITLE, ContentForm, kinds_of_new_terms
from app.content.models import Content
from app.content.preview import sanitise, words
from app.content.seo_templates import note_on
from app.content.services import MAX_HTML, EditConflict
from app.core.access import current_account_id, offers, requires
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.htmx import is_partial_request, redirect_to, toast
from app.core.one_at_a_time import one_at_a_time
from app.core.permissions import Permission
from app.core.request_ids import ids_of
from app.core.runs import Run
from app.core.security import allow_inline_styles, allow_remote_images
from app.core.tenancy import owned
from app.sites.facts import SiteFacts, fetch_facts, stored_facts
from app.sites.wordpress_errors import WordPressError
from app.taxonomy.services import LABELS
from app.taxonomy.slugs import readable_url

bp.add_app_template_filter(readable_url)
MAX_PIECES = 6000
COMPARED = (
    ("title", "Title"),
    ("content_html", "Content"),
    ("seo_title", "SEO title"),
    ("seo_description", "SEO description"),
    ("focus_keywords", "Focus keywords"),
    ("slug", "Slug"),
    ("excerpt", "Excerpt"),
    ("content_structure", "Structure"),
    ("content_type", "Type"),
    ("parent_external_id", "Parent page"),
    ("template", "Template"),
    ("taxonomy", "Taxonomy"),
    ("author_email", "Author"),
    ("seo_canonical", "Canonical address"),
)


def for_the_page(text: str) -> dict[str, Any]:
    """What the visual editor needs of `text`: its pieces, each with a label for those it cannot show.

    A text of more pieces than a browser can handle is one piece, changed in Source.
    """
    pieces = []
    found = split(text, MAX_PIECES)
    for piece in found if len(found) <= MAX_PIECES else [Piece(text, "opaque")]:
        entry = asdict(piece)
        if not piece.editable and piece.kind != "space":
            entry |= {"label": _label(piece), "summary": words(piece.raw)}
        pieces.append(entry)
    return {"pieces": pieces, "blocks": has_blocks(text)}


def _label(piece: Piece) -> str:
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
    allow_inline_styles()
    allow_remote_images()
    text = (form.content.data or "").replace("\r\n", "\n")
    return render(
        "content/edit.html",
        content=content,
        form=form,
        pieces=for_the_page(text),
        roles=images.roles_of(content),
        facts=stored_facts(content.site),
        kinds=kinds_of_new_terms(content.content_type),
        taxonomy_labels=LABELS,
        seo_title_limit=SEO_TITLE,
        seo_description_limit=SEO_DESCRIPTION,
        seo_notes={name: note_on(form[name].data or "") for name in ("seo_title", "seo_description")},
        image_addresses=image_addresses(content),
        may_edit=offers(Permission.CONTENT_WRITE),
        safe_html=_safe_html(content),
        **_watched(content),
    ), status


def _watched(content: Content) -> dict[str, Any]:
    """What the state on top of the editor shows: the newest run, and a publish that was not seen as it was sent.

    `shown` names all of it: as long as it is the same, nothing changed.
    """
    one = (content.account_id, [content.id])
    run, doubt = listing.runs_to_show(*one).get(content.id), listing.doubtful(*one).get(content.id)
    rows: list[Content | Run | None] = [content, run, doubt]
    shown = "-".join(f"{row.id}.{row.updated_at.timestamp()}" if row else "" for row in rows)
    return {"run": run, "doubt": doubt, "shown": shown}


def image_addresses(content: Content) -> dict[str, str]:
    """Where this app shows the images of the content, by their hash."""
    return {
        image.sha256: url_for("content.image_file", content_id=content.id, image_id=image.id)
        for image in content.images
    }


def _safe_html(content: Content) -> Markup:
    addresses = image_addresses(content)
    html = images.resolve_references(content.content_html, addresses)
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
    with one_at_a_time(current_account_id(), "Another long text", len(request.form.get("content", ""))):
        return _save(_load(content_id))


def _save(content: Content) -> Any:
    content_id, type_before = content.id, content.content_type
    form = _form(content, filled=False)
    if not form.validate_on_submit():
        return _refused(content, form)
    try:
        seen = request.form.get("overwrite_version", type=int) or form.version.data
        actions.save_content(
            content.account_id,
            content.id,
            form.changes(),
            expected_version=seen,
            terms=_terms(form),
            image_texts=request.form,
        )
        db.session.commit()
    except EditConflict as conflict:
        db.session.rollback()
        return _conflict(_load(content_id), form, conflict)
    except DomainError as error:
        if error.status == 404:
            raise
        db.session.rollback()
        form.blame(error)
        return _refused(_load(content_id), form)
    return _saved(content, form, whole=content.content_type != type_before)


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
    known = stored_facts(content.site)
    if known.is_fresh:
        return known, None
    try:
        return fetch_facts(content.account_id, content.site_id), None
    except WordPressError as error:
        return known, error


@bp.get("/<int:content_id>/parents/")
@requires(Permission.CONTENT_READ)
def parents(content_id: int) -> str:
    """The pages that match `parent_q`, as choices of the field."""
    content = _load(content_id)
    form = ContentForm.of(content, request.args)
    form.offer_places(content, stored_facts(content.site), request.args.get("parent_q", ""))
    return render("content/_parents.html", form=form)


def _terms(form: ContentForm) -> TermChoice | None:
    """What the form says of terms: which are kept, where it showed them, and the new ones."""
    is_shown, names = "terms_shown" in request.form, form.names_of_new_terms()
    if not is_shown and not names:
        return None
    ids = ids_of(request.form.getlist("term_ids")) if is_shown else None
    return TermChoice(ids, names, form.new_terms_taxonomy.data)


def _saved(content: Content, form: ContentForm, *, whole: bool) -> Any:
    """`whole`: another type has other fields."""
    if content.title:
        toast("Saved.")
    else:
        toast("Saved. It has no title, as in WordPress: lists and search results show none.", "warning")
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


def _conflict(content: Content, form: ContentForm, conflict: EditConflict) -> Any:
    """Both texts side by side; the form under them saves over the newer version, knowingly."""
    mine = form.changes()
    fields = [
        {"name": name, "label": label, "mine": _shown(mine[name]), "theirs": _shown(getattr(content, name))}
        for name, label in COMPARED
        if name in mine and _shown(mine[name]) != _shown(getattr(content, name))
    ]
    whole = not is_partial_request()
    body = render(
        "content/_conflict.html",
        whole=whole,
        content=content,
        form=form,
        fields=fields,
        error=conflict,
        kept=[(key, value) for key, value in request.form.items(multi=True) if key not in ("csrf_token", "version")],
    )
    if is_partial_request():
        return _into_messages(body, 409)
    return render("content/conflict.html", content=content, body=Markup(body)), 409  # noqa: S704 (a rendered template)


def _shown(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(services.clean_keywords(value))
    return str(value or "").replace("\r\n", "\n").replace("\r", "\n").strip()


def _into_messages(body: str, status: int) -> Response:
    response = make_response(body, status)
    response.headers["HX-Retarget"] = "#editor-messages"
    response.headers["HX-Reswap"] = "innerHTML show:top"
    return response


@bp.post("/blocks/")
@requires(Permission.CONTENT_WRITE)
def blocks() -> BaseResponse | tuple[Response, int]:
    """The pieces of a text, for going back from source to visual editing. The body is the text."""
    request.max_content_length = 4 * MAX_HTML  # bytes of as many characters
    text = request.get_data(cache=False, as_text=False).decode("utf-8", "replace")
    if len(text) > MAX_HTML:  # a part of it would come back as the whole
        raise DomainError(
            f"The text is longer than {MAX_HTML:,} characters.",
            code="CONTENT_TOO_LONG",
            status=413,
            cure="Split it into several pieces.",
        )
    with one_at_a_time(current_account_id(), "Another long text", len(text)):
        return jsonify(for_the_page(text))


@bp.get("/<int:content_id>/preview/")
@requires(Permission.CONTENT_READ)
def preview(content_id: int) -> str:
    """The saved text as a reader would see it, made safe."""
    allow_remote_images()
    content = _load(content_id)
    return render("content/preview.html", content=content, html=_safe_html(content))


@bp.get("/<int:content_id>/state/")
@requires(Permission.CONTENT_READ)
def state(content_id: int) -> Any:
    """The strip above the editor: status, where it is live, how a publish is going.

    Nothing when `?shown` names what it is still.
    """
    content = _load(content_id)
    watched = _watched(content)
    if watched["shown"] == request.args.get("shown"):
        return Response(status=204)
    return render("content/_state_changed.html", content=content, **watched)
