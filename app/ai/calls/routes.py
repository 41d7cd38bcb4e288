"""Calls to models in the browser, for admins: the list, one call, what they cost, and what they may cost."""

from collections.abc import Callable

from flask import Response, make_response, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from app.ai.blueprint import bp
from app.ai.calls import actions, figures, outcomes, request_sizes, services, spending
from app.ai.calls.limit_forms import LimitForm
from app.ai.calls.lists import CALL_LIST, CallFilter, list_calls
from app.ai.calls.models import AiCall
from app.ai.providers import installation, route_services
from app.ai.providers.services import list_providers
from app.ai.tasks import DIRECT_OPERATIONS, OPERATIONS
from app.core.access import current_account_id, current_actor, requires
from app.core.edits import EditConflict, etag
from app.core.extensions import db
from app.core.htmx import is_partial_request, page_or_partial, redirect_to, toast
from app.core.languages import gettext
from app.core.permissions import Permission
from app.core.runs.services import find_run
from app.core.tenancy import owned


@bp.get("/calls/")
@requires(Permission.AI_MANAGE)
def calls() -> str:
    """The list under its filters; the region alone for HTMX."""
    account_id, filters = current_account_id(), CallFilter.read(request.args)
    operations, models = figures.filter_choices(account_id, filters)
    return page_or_partial(
        "ai/calls.html",
        "ai/_calls.html",
        page=list_calls(account_id, filters),
        list_spec=CALL_LIST,
        filters=filters,
        totals=figures.call_totals(account_id, filters),
        operations=operations,
        models=models,
        run=find_run(filters.query.filter_values.get("run"), account_id),
    )


@bp.get("/calls/<int:call_id>/")
@requires(Permission.AI_MANAGE)
def call(call_id: int) -> str:
    """One call with its attempts; its texts have to be asked for."""
    return _call_page(owned(AiCall, call_id, current_account_id()), None)


@bp.post("/calls/<int:call_id>/texts/")
@requires(Permission.AI_MANAGE)
def open_texts(call_id: int) -> Response:
    """Show prompt and answer, and record it in the audit log."""
    texts = actions.open_texts(current_account_id(), current_actor(), call_id)
    db.session.commit()
    opened = owned(AiCall, call_id, current_account_id())
    if is_partial_request():
        answer = make_response(render_template("ai/_call_texts.html", call=opened, texts=texts))
    else:
        answer = make_response(_call_page(opened, texts))
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _call_page(shown: AiCall, texts: actions.Texts | None) -> str:
    return render_template(
        "ai/call.html",
        call=shown,
        texts=texts,
        attempts=services.attempts_of(shown),
        run=find_run(shown.run_id, shown.account_id),
        has_texts=services.has_texts(shown),
        asked_at=_provider_names(shown.account_id),
    )


def _provider_names(account_id: int) -> Callable[[str], str]:
    """Returns the provider of an endpoint, by the key that attempts keep of it."""
    names = {f"provider:{row.id}": row.name for row in list_providers(account_id)}

    def name_of(endpoint: str) -> str:
        kind, _, rest = endpoint.partition(":")
        number = rest.partition(":")[0]
        return names.get(f"provider:{number}", "A deleted provider") if kind == "provider" else installation.NAME

    return name_of


@bp.get("/spending/")
@requires(Permission.AI_MANAGE)
def spend() -> str:
    """What calls have cost by day, operation and model."""
    account_id, filters = current_account_id(), CallFilter.read(request.args)
    by = "model" if request.args.get("by") == "model" else "operation"
    operations, models = figures.filter_choices(account_id, filters)
    return page_or_partial(
        "ai/spending.html",
        "ai/_spending.html",
        filters=filters,
        by=by,
        daily=figures.spending_by_day(account_id, filters, by),
        totals=figures.call_totals(account_id, filters),
        by_operation=figures.grouped(account_id, filters, "operation"),
        by_model=figures.grouped(account_id, filters, "model"),
        operations=operations,
        models=models,
        caps=spending.uses_of_caps(account_id),
    )


@bp.get("/limits/")
@requires(Permission.AI_MANAGE)
def limits() -> str:
    """Caps, calls at once, what is asked at once, and the keeping of texts."""
    account_id = current_account_id()
    return _limits_page(LimitForm.of(spending.allowance_of(account_id), request_sizes.chosen_by(account_id)))


@bp.post("/limits/")
@requires(Permission.AI_MANAGE)
def save_limits() -> BaseResponse | tuple[str, int]:
    """Save them; 422 with the form when an amount is invalid."""
    form, account_id, expected = LimitForm(), current_account_id(), request.form.get("etag")
    if not form.validate():
        return _limits_page(form, expected), 422
    try:
        actions.save_limits(account_id, current_actor(), form.allowance(), form.sizes(), expected=expected)
    except EditConflict as error:
        db.session.rollback()
        return _limits_page(form, error=error), error.status
    db.session.commit()
    toast(gettext("Saved. It holds from the next call on."))
    return redirect_to(url_for("ai.limits"))


def _limits_page(form: LimitForm, tag: str | None = None, error: EditConflict | None = None) -> str:
    """The page of limits; without `tag`, the form is about what is stored now."""
    account_id = current_account_id()
    stored = actions.stored_limits(account_id)
    return render_template(
        "ai/limits.html",
        form=form,
        caps=spending.uses_of_caps(account_id),
        unpriced=route_services.models_without_price(account_id),
        tag=tag or etag(stored),
        error=error,
        theirs=form.differing_from(stored) if error else None,
    )


@bp.app_template_filter("operation_words")
def operation_words(key: str) -> str:
    """An operation's name for people; of one that was removed, its key in words."""
    operation = OPERATIONS.get(key) or DIRECT_OPERATIONS.get(key)
    return gettext(operation.title) if operation else key.replace("_", " ").capitalize()


@bp.app_template_filter("call_error")
def call_error(error_code: str) -> str:
    """What went wrong with a call, in words."""
    return outcomes.error_label(error_code)


@bp.app_template_filter("duration")
def duration(ms: int | None) -> str:
    """Milliseconds for people: `840 ms`, `12.4 s`, `3 min 5 s`."""
    if ms is None:
        return "–"
    if ms < 1000:
        return f"{ms} ms"
    seconds = ms / 1000
    return f"{seconds:.1f} s" if seconds < 60 else f"{int(seconds // 60)} min {int(seconds % 60)} s"
