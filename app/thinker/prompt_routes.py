"""Prompts in the browser: the list, the editor with its preview, versions, comparing two of them."""

from typing import Any

from flask import render_template, request, url_for

from app.ai.tasks import RETIRED
from app.ai.templates import Template
from app.core.access import can, current_account_id, current_actor, requires
from app.core.errors import DomainError, NotFound
from app.core.extensions import db
from app.core.htmx import is_partial_request, page_or_partial, redirect_to, toast
from app.core.languages import gettext
from app.core.permissions import Permission
from app.core.request_ids import id_or_none, parse_id
from app.core.side_by_side import side_by_side
from app.core.wording import sentences
from app.thinker import actions, lists, prompts, rows, uses
from app.thinker.blueprint import bp
from app.thinker.gate import NotPassed
from app.thinker.models import PromptVersion
from app.thinker.operations import AnyOperation, operation_of, operations_in_use
from app.thinker.permissions import ThinkerPermission


@bp.get("/prompts/", endpoint="prompts")
@requires(ThinkerPermission.READ)
def prompt_list() -> str:
    """Each operation with the state of its prompt."""
    account_id = current_account_id()
    counts = prompts.count_versions(account_id)
    states = prompts.prompts_of(account_id, operations_in_use(counts))
    return render_template("thinker/prompts.html", prompts=states, counts=counts)


@bp.get("/prompts/<operation>/")
@requires(ThinkerPermission.READ)
def edit_prompt(operation: str) -> str:
    """The editor: the draft's texts, or those of `?from=` a version; the versions alone for HTMX."""
    chosen = operation_of(operation)
    prompt = prompts.prompt_of(current_account_id(), chosen)
    if is_partial_request():
        page = lists.list_versions(current_account_id(), chosen.key, request.args)
        return render_template("thinker/_versions.html", prompt=prompt, page=page, list_spec=lists.VERSION_LIST)
    template = prompts.version_template(prompt.draft) if prompt.draft else chosen.template
    return _editor(prompt, template.system, template.user)


def _editor(prompt: prompts.Prompt, system: str, question: str, error: DomainError | None = None) -> str:
    account_id, key = current_account_id(), prompt.operation.key
    page = lists.list_versions(account_id, key, request.args)
    return render_template(
        "thinker/edit.html",
        prompt=prompt,
        operation=prompt.operation,
        retired=gettext(RETIRED[key]) if key in RETIRED else None,
        system=system,
        question=question,
        error=error,
        note=request.form.get("note", ""),
        page=page,
        list_spec=lists.VERSION_LIST,
        newest=prompts.newest_number(account_id, key),
        max_length=prompts.MAX_LENGTH,
        rows=rows.list_rows(account_id, prompt.operation),
        unused=_unused(prompt.operation, system, question),
        fault=prompts.fault_of(prompt),
    )


def _unused(operation: AnyOperation, system: str, question: str) -> list[str]:
    """Variables that the texts do not use: their values are not sent to the model."""
    named = Template(system, question).named()
    return [variable.name for variable in operation.variables if variable.name not in named]


@bp.post("/prompts/<operation>/")
@requires(ThinkerPermission.WRITE)
def save_prompt(operation: str) -> Any:
    """Save the texts as a new version, and with `act=live` use it from now on; 422 with the form when refused.

    A version that the gate keeps from going live is saved all the same: it has to be there to be tested.
    """
    chosen = operation_of(operation)
    form = request.form
    system, question, note = (form.get(name, "").replace("\0", "") for name in ("system", "question", "note"))
    who: Any = (current_account_id(), current_actor(), chosen.key)
    texts: Any = {"system": system, "question": question, "note": note, "began_with": _number(form.get("newest"))}
    live = form.get("act") == "live"
    try:
        if live:
            saved = actions.save_prompt_live(*who, **texts, seen=_number(form.get("live_moves")))
        else:
            saved = actions.save_prompt(*who, **texts)
        db.session.commit()
    except DomainError as error:
        if error.status in (403, 404):
            raise
        db.session.rollback()
        prompt = prompts.prompt_of(current_account_id(), chosen)
        return _editor(prompt, system, question, error), error.status
    toast(_saved_sentence(saved), changed=int(saved.is_new or bool(saved.live and saved.live.count)))
    if saved.refusal:
        return _not_passed(chosen, saved.version_id, saved.refusal)
    return redirect_to(url_for("thinker.edit_prompt", operation=chosen.key))


def _saved_sentence(saved: actions.Saved) -> str:
    if saved.live:
        return saved.live.message
    if not saved.is_new:
        return gettext("Nothing has changed, so there is no new version.")
    assert saved.version is not None
    words = gettext("Saved as version %(number)s, the draft.", number=saved.version.number)
    if not saved.others:
        return words
    other = saved.others[-1]
    newer = gettext(
        "%(author)s saved version %(number)s meanwhile: compare the two.",
        author=other.author or gettext("Somebody"),
        number=other.number,
    )
    return sentences(words, newer)


def _reason() -> str:
    """The owner's reason for making a version live that has not passed."""
    return request.form.get("despite", "").replace("\0", "").strip()


def _number(text: str | None) -> int:
    """A count that a form carries; 0 when it makes no sense."""
    return parse_id(text) or 0


@bp.post("/prompts/<operation>/preview/")
@requires(ThinkerPermission.READ)
def preview_prompt(operation: str) -> Any:
    """What would be sent with these texts for a row, or for the examples."""
    chosen = operation_of(operation)
    form = request.form
    system, question = (form.get(name, "").replace("\r\n", "\n") for name in ("system", "question"))
    template = Template(system, question)
    try:
        prompts.check_texts(chosen, template.system, template.user)
        preview = rows.preview_prompt(current_account_id(), chosen, template, form.get("row", ""))
    except DomainError as error:
        return _preview(chosen, error=error, unused=[], preview=None)
    return _preview(chosen, preview=preview, error=None, unused=_unused(chosen, template.system, template.user))


def _preview(operation: AnyOperation, **context: Any) -> str:
    return page_or_partial("thinker/preview.html", "thinker/_preview.html", operation=operation, **context)


@bp.post("/prompts/<operation>/labels/")
@requires(ThinkerPermission.WRITE)
def move_label(operation: str) -> Any:
    """Move `label` to `version` (0: the shipped default); moving live needs the permission to decide what is live."""
    form = request.form
    label = form.get("label", "")
    chosen, version_id = operation_of(operation), id_or_none(form.get("version")) or prompts.SHIPPED
    seen = _number(form.get("seen"))
    try:
        done = actions.move_label(
            current_account_id(), current_actor(), chosen.key, label, version_id, seen=seen, despite=_reason()
        )
        db.session.commit()
    except NotPassed as error:
        db.session.rollback()
        return _not_passed(chosen, version_id, error)
    toast(done.message, changed=done.count)
    return redirect_to(url_for("thinker.edit_prompt", operation=operation))


def _not_passed(operation: AnyOperation, version_id: int, error: DomainError) -> tuple[str, int]:
    """Why the version does not go live, the way to a test, and for an owner the way past it."""
    page = render_template(
        "thinker/not_passed.html",
        operation=operation,
        prompt=prompts.prompt_of(current_account_id(), operation),
        version=prompts.get_version(current_account_id(), operation, version_id),
        error=error,
        may_override=can(Permission.ACCOUNT_OWN),
    )
    return page, error.status


@bp.get("/prompts/<operation>/versions/<int:version_id>/")
@requires(ThinkerPermission.READ)
def show_version(operation: str, version_id: int) -> str:
    """One version: its texts, and the contents written with it."""
    chosen = operation_of(operation)
    return _version(chosen, prompts.get_version(current_account_id(), chosen, version_id))


@bp.get("/prompts/<operation>/shipped/")
@requires(ThinkerPermission.READ)
def show_shipped(operation: str) -> str:
    """The shipped default, and the contents written with it."""
    return _version(operation_of(operation), None)


def _version(operation: AnyOperation, version: PromptVersion | None) -> str:
    account_id = current_account_id()
    version_id = version.id if version else prompts.SHIPPED
    return render_template(
        "thinker/version.html",
        operation=operation,
        prompt=prompts.prompt_of(account_id, operation),
        version=version,
        template=prompts.version_template(version) if version else operation.template,
        page=uses.list_contents(account_id, operation.key, version_id, request.args),
    )


@bp.get("/prompts/<operation>/compare/")
@requires(ThinkerPermission.READ)
def compare_versions(operation: str) -> str:
    """Two versions beside each other: `?from=` and `?to=` are ids, `shipped`, or `was-` and a fingerprint."""
    chosen = operation_of(operation)
    old, new = (_side(chosen, request.args.get(name, "shipped")) for name in ("from", "to"))
    fields = [
        (label, side_by_side(before, after))
        for label, before, after in (
            (gettext("System message"), old[1].system, new[1].system),
            (gettext("User message"), old[1].user, new[1].user),
        )
        if before != after
    ]
    return render_template(
        "thinker/compare.html", operation=chosen, old=old[0], new=new[0], fields=fields, choices=_choices(chosen)
    )


def _side(operation: AnyOperation, name: str) -> tuple[str, Template]:
    """One side of a comparison: (what people call it, its texts)."""
    if name == "shipped":
        return gettext("Shipped default"), operation.template
    if name.startswith("was-"):
        before = prompts.shipped_before(current_account_id(), operation.key, name.removeprefix("was-")[:12])
        if before is None:
            raise NotFound(gettext("This default was replaced before anybody here edited it."))
        return gettext("Shipped default, as it was"), before
    version = prompts.get_version(current_account_id(), operation, parse_id(name) or 0)
    return gettext("Version %(number)s", number=version.number), prompts.version_template(version)


def _choices(operation: AnyOperation) -> list[tuple[str, str]]:
    """The versions to compare with: the newest hundred, and the shipped default."""
    newest = prompts.newest_versions(current_account_id(), operation.key, 100)
    return [("shipped", gettext("Shipped default"))] + [
        (
            str(row.id),
            gettext("Version %(number)s: %(note)s", number=row.number, note=row.note[:60])
            if row.note
            else gettext("Version %(number)s", number=row.number),
        )
        for row in newest
    ]
