"""Personas, strategy notes and image settings in the browser."""

from typing import Any

from flask import render_template, request, url_for
from werkzeug.wrappers import Response

from app.core.access import current_account_id, current_actor, requires
from app.core.edits import differing
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.htmx import redirect_to, toast
from app.core.languages import N_, NN_, gettext
from app.core.request_ids import id_or_none, parse_version
from app.core.tenancy import owned
from app.core.wording import counted, sentences
from app.thinker import persona_actions, personas, strategy
from app.thinker.blueprint import bp
from app.thinker.models import ImageSettings, Persona, StrategyNote
from app.thinker.permissions import ThinkerPermission
from app.thinker.sites import checked_site_id, site_choices

TEXTS = personas.TEXTS
IMAGE_LABELS = {"model": N_("Model"), "size": N_("Size in pixels"), "quality": N_("Quality"), "style": N_("Style")}


@bp.get("/personas/", endpoint="personas")
@requires(ThinkerPermission.READ)
def persona_list() -> str:
    """Who writes, for which site."""
    account_id = current_account_id()
    return render_template(
        "thinker/personas.html", personas=personas.list_personas(account_id), sites=dict(site_choices(account_id))
    )


@bp.get("/personas/new/")
@requires(ThinkerPermission.WRITE)
def new_persona() -> Any:
    """An empty persona."""
    return _persona(None)


@bp.get("/personas/<int:persona_id>/")
@requires(ThinkerPermission.READ)
def show_persona(persona_id: int) -> Any:
    """A persona; editable for people who may change it."""
    return _persona(owned(Persona, persona_id, current_account_id()))


def _persona(persona: Persona | None, error: DomainError | None = None) -> Any:
    account_id, sent = current_account_id(), request.form if request.method == "POST" else None
    values = {name: sent.get(name, "") if sent else getattr(persona, name, "") or "" for name in ("name", *TEXTS)}
    page = render_template(
        "thinker/persona.html",
        persona=persona,
        values=values,
        texts=TEXTS,
        site_id=(sent.get("site_id", "") if sent else persona.site_id if persona else "") or "",
        is_default=bool(sent.get("is_default")) if sent else bool(persona and persona.is_default),
        version=_seen(error, persona.version if persona else 0),
        error=error,
        theirs=_persona_meanwhile(persona) if persona and error and error.code == "PERSONA_CHANGED" else None,
        sites=site_choices(account_id),
        shown=personas.persona_text(persona),
    )
    return page, error.status if error else 200


def _persona_meanwhile(persona: Persona) -> list[tuple[str, str]]:
    """(label, words) of what somebody else saved, which the next save replaces."""
    form = request.form
    labels = {"name": N_("Name"), **{name: label for name, (label, _most) in TEXTS.items()}}
    sites = {str(site_id): name for site_id, name in site_choices(persona.account_id)}
    stored = {name: getattr(persona, name) for name in labels} | {
        "site_id": persona.site_id,
        "is_default": persona.is_default,
    }
    sent = {**form, "is_default": bool(form.get("is_default"))}
    labels |= {"site_id": N_("For"), "is_default": N_("Write with it by default")}
    words = {
        "site_id": sites.get(str(persona.site_id), gettext("All sites")),
        "is_default": gettext("Yes") if persona.is_default else gettext("No"),
    }
    return differing(stored, sent, labels, words)


def _seen(error: DomainError | None, version: int) -> int:
    """The version that the form is about: after a conflict the stored one, so that saving again overwrites it."""
    return int(error.details.get("version", version)) if error else version


@bp.post("/personas/new/")
@requires(ThinkerPermission.WRITE)
def create_persona() -> Any:
    """Make a persona; 422 with the form when something is wrong."""
    return _save(None)


@bp.post("/personas/<int:persona_id>/")
@requires(ThinkerPermission.WRITE)
def update_persona(persona_id: int) -> Any:
    """Save a persona; 409 with the form when somebody else saved meanwhile."""
    owned(Persona, persona_id, current_account_id())
    return _save(persona_id)


def _save(persona_id: int | None) -> Any:
    form, account_id = request.form, current_account_id()
    values = {name: form.get(name, "").replace("\0", "") for name in ("name", *TEXTS)}
    try:
        persona = persona_actions.save_persona(
            account_id,
            current_actor(),
            persona_id,
            values,
            site_id=id_or_none(form.get("site_id")),
            is_default=bool(form.get("is_default")),
            seen=parse_version(form.get("version")),
        )
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        if error.status == 404:
            raise
        return _persona(owned(Persona, persona_id, account_id) if persona_id else None, error)
    toast(gettext("“%(name)s” is saved.", name=persona.name))
    return redirect_to(url_for("thinker.personas"))


@bp.post("/personas/<int:persona_id>/delete/")
@requires(ThinkerPermission.WRITE)
def delete_persona(persona_id: int) -> Response:
    """Delete a persona; what was written with it stays."""
    name, briefs = persona_actions.delete_persona(current_account_id(), current_actor(), persona_id)
    db.session.commit()
    named = NN_(
        "%(num)s brief named it: the default persona writes there now.",
        "%(num)s briefs named it: the default persona writes there now.",
    )
    deleted = gettext("“%(name)s” is deleted. What was written with it stays.", name=name)
    toast(sentences(deleted, counted(briefs, named) if briefs else ""))
    return redirect_to(url_for("thinker.personas"))


def _place() -> int | None:
    """The site of `?of=`; None for all of them. Raises NotFound."""
    return checked_site_id(current_account_id(), id_or_none(request.values.get("of")))


@bp.get("/strategy/", endpoint="strategy")
@requires(ThinkerPermission.READ)
def show_strategy() -> Any:
    """The strategy note of a site, or of all of them."""
    return _strategy(_place())


def _strategy(site_id: int | None, error: DomainError | None = None) -> Any:
    account_id = current_account_id()
    row = strategy.stored(StrategyNote, account_id, site_id)
    page = render_template(
        "thinker/strategy.html",
        row=row,
        note=request.form.get("note", "") if error else row.note if row else "",
        of=site_id,
        sites=site_choices(account_id),
        version=_seen(error, row.version if row else 0),
        for_all=strategy.stored(StrategyNote, account_id, None) if site_id else None,
        error=error,
        most=strategy.NOTE_LENGTH,
    )
    return page, error.status if error else 200


@bp.post("/strategy/")
@requires(ThinkerPermission.WRITE)
def save_strategy() -> Any:
    """Save the note; shows the form again, with the error, when it is refused."""
    form, site_id = request.form, _place()
    try:
        note = form.get("note", "").replace("\0", "")
        seen = parse_version(form.get("version"))
        persona_actions.save_strategy(current_account_id(), current_actor(), site_id, note, seen=seen)
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        return _strategy(site_id, error)
    toast(gettext("Saved. The next text is written with it."))
    return redirect_to(url_for("thinker.strategy", of=site_id))


@bp.get("/images/", endpoint="images")
@requires(ThinkerPermission.READ)
def show_images() -> Any:
    """How images are drawn for a site, or for all of them."""
    return _images(_place())


def _images(site_id: int | None, error: DomainError | None = None) -> Any:
    account_id = current_account_id()
    row = strategy.stored(ImageSettings, account_id, site_id)
    names = tuple(IMAGE_LABELS)
    is_stale = row is not None and error is not None and error.status == 409
    page = render_template(
        "thinker/images.html",
        values={name: request.form.get(name, "") if error else getattr(row, name, "") for name in names},
        of=site_id,
        sites=site_choices(account_id),
        version=_seen(error, row.version if row else 0),
        for_all=strategy.images_for(account_id, None) if site_id else None,
        sizes=strategy.SIZES,
        qualities=strategy.QUALITIES,
        error=error,
        theirs=differing({name: getattr(row, name) for name in names}, request.form, IMAGE_LABELS, {})
        if is_stale
        else None,
        most=strategy.STYLE_LENGTH,
    )
    return page, error.status if error else 200


@bp.post("/images/")
@requires(ThinkerPermission.WRITE)
def save_images() -> Any:
    """Save the settings; shows the form again when they are refused."""
    form, site_id = request.form, _place()
    values = {name: form.get(name, "").replace("\0", "") for name in ("model", "size", "quality", "style")}
    seen = parse_version(form.get("version"))
    try:
        persona_actions.save_images(current_account_id(), current_actor(), site_id, values, seen=seen)
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        return _images(site_id, error)
    toast(gettext("Saved. The next image is drawn with it."))
    return redirect_to(url_for("thinker.images", of=site_id))
