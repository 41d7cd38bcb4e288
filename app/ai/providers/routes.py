"""AI providers in the browser: list, add, change, test, delete, and which model does what."""

from collections.abc import Sequence
from typing import Any

from flask import current_app, render_template, request, url_for
from werkzeug.wrappers import Response

from app.ai.blueprint import bp
from app.ai.providers import actions, installation, route_services, services
from app.ai.providers.forms import ProviderForm, form_of
from app.ai.providers.models import AiProvider, AiRoute
from app.ai.providers.pages import abilities_of, host_of, operations_of, price_of, route_rows, suggested
from app.ai.providers.probes import ProbeResult
from app.ai.providers.route_services import RouteTarget, route_titles
from app.core.access import current_account_id, current_actor, requires
from app.core.edits import EditConflict, differing, etag
from app.core.errors import DomainError, NotFound
from app.core.extensions import db, limiter
from app.core.forms import show_error
from app.core.htmx import is_partial_request, redirect_to, toast
from app.core.languages import gettext
from app.core.permissions import Permission
from app.core.request_ids import parse_id

TESTS = "60 per hour"


@bp.get("/")
@requires(Permission.AI_MANAGE)
def index() -> str:
    """The providers of the account, and which model does what."""
    account_id = current_account_id()
    rows = services.list_providers(account_id)
    return render_template(
        "ai/providers.html",
        providers=rows,
        operations=operations_of(account_id, rows),
        installed=installation.endpoint(current_app.config),
        host_of=host_of,
        price_of=price_of,
    )


@bp.get("/providers/new/")
@requires(Permission.AI_MANAGE)
def new_provider() -> str:
    """The form for a new provider."""
    return _page(ProviderForm(), None)


@bp.post("/providers/new/")
@requires(Permission.AI_MANAGE)
def add_provider() -> Response | tuple[str, int]:
    """Add a provider."""
    form = ProviderForm()
    if form.validate_on_submit():
        try:
            row = actions.add_provider(current_account_id(), current_actor(), form.entered())
        except DomainError as error:
            db.session.rollback()
            show_error(form, error)
        else:
            db.session.commit()
            toast(gettext("%(name)s is added.", name=row.name))
            return redirect_to(url_for("ai.show_provider", provider_id=row.id))
    return _page(form, None), 422


@bp.get("/providers/<int:provider_id>/")
@requires(Permission.AI_MANAGE)
def show_provider(provider_id: int) -> str:
    """One provider: what is known of it, and its form."""
    row = services.provider_of(current_account_id(), provider_id)
    return _page(form_of(row), row)


@bp.post("/providers/<int:provider_id>/")
@requires(Permission.AI_MANAGE)
def save_provider(provider_id: int) -> Response | tuple[str, int]:
    """Change a provider."""
    form = ProviderForm()
    if form.validate_on_submit():
        try:
            expected = request.form.get("etag")
            actions.change_provider(
                current_account_id(), current_actor(), provider_id, form.entered(), expected=expected
            )
        except NotFound:
            raise
        except EditConflict as error:
            db.session.rollback()
            return _overtaken(form, provider_id, error), error.status
        except DomainError as error:
            db.session.rollback()
            show_error(form, error)
        else:
            db.session.commit()
            toast(gettext("Saved."))
            return redirect_to(url_for("ai.show_provider", provider_id=provider_id))
    row = services.provider_of(current_account_id(), provider_id)
    return _page(form, row, tag=request.form.get("etag")), 422


def _overtaken(form: ProviderForm, provider_id: int, error: EditConflict) -> str:
    """The form with what was typed beside what somebody else saved, which the next save replaces; never a key."""
    row = services.provider_of(current_account_id(), provider_id)
    theirs = differing(services.stored_settings(row), request.form, services.SETTINGS_LABELS, {})
    theirs.append((gettext("Key"), services.key_words(row)))
    if form.api_key.data:
        form.api_key.errors = [gettext("Enter it again: a key is not sent back.")]
    return _page(form, row, error=error, theirs=theirs)


@bp.post("/providers/<int:provider_id>/test/")
@requires(Permission.AI_MANAGE)
@limiter.limit(TESTS, key_func=lambda: f"ai_test:{current_account_id()}")
def test_provider(provider_id: int) -> Response | str:
    """Try the provider as it is saved; the answer comes within half a minute."""
    findings = actions.test_provider(current_account_id(), provider_id)
    if not is_partial_request():
        return redirect_to(url_for("ai.show_provider", provider_id=provider_id))
    row = services.provider_of(current_account_id(), provider_id)
    return render_template("ai/_findings.html", provider=row, **_findings(findings, row))


@bp.post("/providers/try/")
@requires(Permission.AI_MANAGE)
@limiter.limit(TESTS, key_func=lambda: f"ai_test:{current_account_id()}")
def try_provider() -> str | tuple[str, int]:
    """Try what is typed in the form for a new provider, and save nothing."""
    form = ProviderForm()
    findings = ProbeResult()
    try:
        findings = actions.try_entered(current_account_id(), form.entered())
    except DomainError as error:
        db.session.rollback()
        findings.error = error
    context = {"provider": None, **_findings(findings, None)}
    if is_partial_request():
        return render_template("ai/_findings.html", **context)
    return _page(form, None, findings), 200 if findings.error is None else 422


@bp.post("/providers/<int:provider_id>/switch/")
@requires(Permission.AI_MANAGE)
def switch_provider(provider_id: int) -> Response:
    """Switch a provider on (`on=1`) or off."""
    on = request.form.get("on") == "1"
    row = actions.switch_provider(current_account_id(), current_actor(), provider_id, on)
    name = row.name
    db.session.commit()
    toast(gettext("%(name)s is on.", name=name) if on else gettext("%(name)s is off, and is not asked.", name=name))
    return redirect_to(url_for("ai.index"))


@bp.post("/providers/<int:provider_id>/delete/")
@requires(Permission.AI_MANAGE)
def delete_provider(provider_id: int) -> Response:
    """Delete a provider and its key."""
    name = actions.delete_provider(current_account_id(), current_actor(), provider_id)
    db.session.commit()
    toast(gettext("%(name)s and its key are deleted.", name=name))
    return redirect_to(url_for("ai.index"))


@bp.get("/models/")
@requires(Permission.AI_MANAGE)
def show_models() -> str:
    """Who is asked for the operation `for`, and the form to change it."""
    return _models_page(request.args.get("for", ""))


@bp.post("/models/")
@requires(Permission.AI_MANAGE)
def choose_models() -> Response | tuple[str, int]:
    """Choose who is asked for the operation `for`; nobody takes the choice back."""
    operation = request.form.get("for", "")
    targets = _typed_targets()
    mode, expected = request.form.get("mode", ""), request.form.get("etag")
    try:
        actions.choose_models(current_account_id(), current_actor(), operation, mode, targets, expected=expected)
    except NotFound:
        raise
    except DomainError as error:
        db.session.rollback()
        typed = targets if "mode" in request.form else None  # taking the choice back shows no fields
        return _models_page(operation, typed, mode, error), error.status
    db.session.commit()
    toast(gettext("Saved.") if targets else gettext("Reset. It uses the default models again."))
    return redirect_to(url_for("ai.index"))


def _typed_targets() -> list[RouteTarget]:
    """The rows of the form in which a provider is chosen."""
    pairs = zip(request.form.getlist("provider"), request.form.getlist("model"), strict=False)
    return [
        RouteTarget(None)
        if provider == "installation"
        else RouteTarget(parse_id(provider) or 0, " ".join(model.split()))
        for provider, model in pairs
        if provider
    ]


def _page(
    form: ProviderForm,
    row: AiProvider | None,
    result: ProbeResult | None = None,
    *,
    tag: str | None = None,
    error: EditConflict | None = None,
    theirs: list[tuple[str, str]] | None = None,
) -> str:
    """The page of a provider; without `tag`, the form is about what is stored now."""
    return render_template(
        "ai/provider.html",
        form=form,
        provider=row,
        host_of=host_of,
        tag=tag or (etag(services.stored_settings(row)) if row else ""),
        error=error,
        theirs=theirs,
        **_findings(result, row),
    )


def _findings(result: ProbeResult | None, row: AiProvider | None) -> dict[str, Any]:
    """What the region of findings shows: of a test just now, else what is stored."""
    models = result.models if result and result.models else row.models if row else []
    return {"found": result, "models": models, "abilities": abilities_of(result, row)}


def _models_page(
    operation: str, targets: list[RouteTarget] | None = None, mode: str = "", error: DomainError | None = None
) -> str:
    title = route_titles().get(operation)
    if title is None:
        raise NotFound()
    account_id = current_account_id()
    route = route_services.routes_of(account_id).get(operation)
    tag, is_stale = etag(route_services.stored_choice(route)), isinstance(error, EditConflict)
    if targets is None:
        targets = [RouteTarget(target["provider_id"], target["model"]) for target in route.targets] if route else []
    listed = services.list_providers(account_id)
    return render_template(
        "ai/models.html",
        operation=operation,
        title=gettext(title),
        rows=route_rows(targets),
        mode=mode or (route.mode if route else "order"),
        is_chosen=route is not None,
        providers=listed,
        installed=installation.endpoint(current_app.config, operation),
        suggested=suggested,
        error=error,
        tag=tag if is_stale or not error else request.form.get("etag", ""),
        theirs=_chosen_meanwhile(route, listed) if is_stale else None,
    )


def _chosen_meanwhile(route: AiRoute | None, listed: Sequence[AiProvider]) -> list[tuple[str, str]]:
    """(label, words) of the choice that somebody else made, which the next save replaces."""
    if route is None:
        return [(gettext("Models"), "")]
    labels = route_services.target_labels(route, {row.id: row.name for row in listed})
    return [
        (gettext("Models"), ", ".join(labels)),
        (gettext("Who is asked first"), gettext(route_services.MODE_WORDS[route.mode])),
    ]
