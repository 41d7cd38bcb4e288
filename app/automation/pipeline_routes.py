"""The pages of contents by stage: a list, and a board."""

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.automation import actions, board, pipeline
from app.automation.blueprint import bp
from app.automation.permissions import AutomationPermission
from app.content.models import Content
from app.core.access import current_account_id, current_actor, requires
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.htmx import is_partial_request, page_or_partial, redirect_to, toast
from app.core.languages import gettext
from app.core.request_ids import ids_of, parse_id
from app.core.tenancy import owned
from app.planner.models import CONTENT_TYPES
from app.sites.current import current_site, needed_site, work_on


@bp.get("/pipeline/", endpoint="pipeline")
@requires(AutomationPermission.READ)
def show_pipeline() -> str:
    """The contents of a site by their stage; the region alone for HTMX."""
    site = current_site()
    if site is None:
        return page_or_partial("automation/pipeline.html", "automation/_pipeline.html", site=None, page=None)
    account_id = current_account_id()
    return page_or_partial(
        "automation/pipeline.html",
        "automation/_pipeline.html",
        site=site,
        page=pipeline.list_by_stage(account_id, site.id, request.args),
        list_spec=pipeline.PIPELINE_LIST,
        filters=pipeline.PIPELINE_LIST.read(request.args),
        counts=pipeline.count_stages(account_id, site.id),
        stages=pipeline.STAGES,
        types=CONTENT_TYPES,
    )


@bp.get("/pipeline/board/", endpoint="board")
@requires(AutomationPermission.READ)
def show_board() -> str:
    """The contents of a site as a board by stage; the region alone for HTMX."""
    site = current_site()
    columns = board.board_columns(current_account_id(), site.id, request.args) if site else []
    return page_or_partial("automation/board.html", "automation/_board.html", site=site, columns=columns)


@bp.post("/pipeline/move/")
@requires(AutomationPermission.WRITE)
def move_content() -> ResponseReturnValue:
    """Move a card of the board: `move` is the content's id and the stage, as in "7:review".

    What changes what visitors see is asked about first, and done with `sure=1`.
    """
    number, _colon, to = request.form.get("move", "").partition(":")
    content_id, is_sure = parse_id(number) or 0, request.form.get("sure") == "1"
    try:
        asked, execution = actions.move_content(current_account_id(), current_actor(), content_id, to, is_sure=is_sure)
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        if error.status not in (402, 409, 422):
            raise
        toast(f"{error.message} {error.cure}".strip(), "error")
        return ("", 204) if is_partial_request() else redirect_to(url_for("automation.board"))
    if execution is not None:
        toast(gettext("Under way."))
        return redirect_to(url_for("automation.show_execution", execution_id=execution.id))
    if not is_sure:
        return redirect_to(url_for("automation.ask_move", content_id=content_id, to=to))
    toast(gettext("Publishing.") if asked == board.PUBLISH else gettext("Unpublishing."), "info")
    return redirect_to(url_for("content.edit", content_id=content_id))


@bp.get("/pipeline/<int:content_id>/move/")
@requires(AutomationPermission.WRITE)
def ask_move(content_id: int) -> ResponseReturnValue:
    """The question before a content is published, or unpublished, by moving its card to the stage `?to=`."""
    content = owned(Content, content_id, current_account_id())
    work_on(content.site_id, "automation.board")
    to = request.args.get("to", "")
    try:
        [asked] = board.move_between(pipeline.stage_of(content), to)
    except (DomainError, ValueError):
        return redirect_to(url_for("automation.board"))
    if asked not in board.ASKED:
        return redirect_to(url_for("automation.board"))
    return render_template("automation/move.html", content=content, to=to, is_publish=asked == board.PUBLISH)


@bp.post("/pipeline/process/")
@requires(AutomationPermission.WRITE)
def process_contents() -> ResponseReturnValue:
    """Process the chosen contents, repeated `ids`: `way` is "writer" or "synced"."""
    ids, site = ids_of(request.form.getlist("ids")), needed_site()
    process = actions.process_synced_content if request.form.get("way") == "synced" else actions.process_writer_content
    try:
        execution = process(current_account_id(), current_actor(), site.id, ids)
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        if error.status not in (402, 409, 422):
            raise
        toast(f"{error.message} {error.cure}".strip(), "error")
        return redirect_to(url_for("automation.pipeline"))
    toast(gettext("Under way."))
    return redirect_to(url_for("automation.show_execution", execution_id=execution.id))
