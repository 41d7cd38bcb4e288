"""The Optimizer in the browser: the list of scores, one content with its text marked, and the panel of the editor."""

from typing import Any

from flask import render_template, request, url_for
from markupsafe import Markup

from app.ai import charging
from app.ai.builtin.languages import NAMES as NAMES_OF_LANGUAGES
from app.content.editing.routes import image_addresses
from app.content.forms import ContentForm
from app.content.images.services import replace_image_references
from app.content.models import Content
from app.content.preview import sanitise
from app.core.access import current_account_id, current_actor, requires
from app.core.extensions import db
from app.core.htmx import is_partial_request, page_or_partial, redirect_to, toast
from app.core.languages import gettext
from app.core.one_at_a_time import one_at_a_time
from app.core.security import allow_remote_images
from app.core.tenancy import owned
from app.optimizer import actions, scoring
from app.optimizer.analysis import AnalysisReport, Group, Mark
from app.optimizer.analysis.phrase import forms_note
from app.optimizer.blueprint import bp
from app.optimizer.lists import BANDS, NAMES, SCORE_LIST, count_bands, list_scores
from app.optimizer.marking import with_marks
from app.optimizer.permissions import OptimizerPermission
from app.optimizer.rewrite import routes as rewrite_routes
from app.optimizer.rewrite.improve import OPERATION
from app.saved_views.current import arranged
from app.sites.current import current_site, needed_site, work_on

__all__ = ["bp", "rewrite_routes"]


@bp.get("/")
@requires(OptimizerPermission.READ)
def index() -> str:
    """The contents of the present site with their scores."""
    site = current_site()
    if site is None:
        return render_template("content/no_site.html")
    account_id, shown = current_account_id(), arranged("scores")
    filters = SCORE_LIST.read(shown.values)
    run = scoring.active_scoring(account_id, site.id)
    return page_or_partial(
        "optimizer/index.html",
        "optimizer/_scores.html",
        site=site,
        filters=filters,
        page=list_scores(account_id, site.id, filters),
        arranged=shown,
        list_spec=shown.spec,
        run=run,
        unscored=0 if run else scoring.count_unscored(account_id, site.id),
        bands=[(key, gettext(label)) for key, (label, _condition) in BANDS.items()],
        counts=count_bands(account_id, site.id),
        names=[(key, gettext(label)) for key, label in NAMES.items()],
        price=charging.price_quote(account_id, OPERATION),
    )


@bp.post("/score/")
@requires(OptimizerPermission.WRITE)
def score() -> Any:
    """Start scoring what has no scores, or old ones."""
    site = needed_site()
    run = actions.start_scoring(current_account_id(), current_actor(), site.id)
    db.session.commit()
    toast(gettext("Scoring has started.") if run else gettext("All texts have their scores."), "info")
    return redirect_to(url_for("optimizer.index", site=site.id))


@bp.get("/<int:content_id>/")
@requires(OptimizerPermission.READ)
def assessments(content_id: int) -> str:
    """All assessments of a content; `?mark` names the one whose places are marked in the text."""
    allow_remote_images()
    content, report = _analysed(content_id)
    key = request.args.get("mark", "")
    return render_template(
        "optimizer/content.html",
        **_shown(content, report),
        marked=key,
        language=gettext(NAMES_OF_LANGUAGES.get(report.language, report.language)),
        html=_marked(content, _marks_of(report, key)),
    )


def _analysed(content_id: int) -> tuple[Content, AnalysisReport]:
    content = owned(Content, content_id, current_account_id())
    work_on(content.site_id)
    return content, actions.analyse_content(content.account_id, current_actor(), content_id)


def _shown(content: Content, report: AnalysisReport) -> dict[str, Any]:
    return {
        "content": content,
        "report": report,
        "groups": list(Group),
        "dismissals": actions.dismissals_of(content.account_id, content.id),
        "forms_note": forms_note(report.language),
    }


def _marks_of(report: AnalysisReport, key: str) -> list[Mark]:
    return [mark for one in report.assessments if one.key == key for mark in one.marks]


def _marked(content: Content, marks: list[Mark]) -> Markup:
    addresses = image_addresses(content)
    html = replace_image_references(with_marks(content.content_html, marks), addresses)
    return sanitise(html, content.site.url, set(addresses.values()), request.host_url)


@bp.get("/<int:content_id>/panel/")
@requires(OptimizerPermission.READ)
def panel(content_id: int) -> str:
    """The panel of the editor, for the saved text."""
    return _panel(*_analysed(content_id))


@bp.post("/<int:content_id>/panel/")
@requires(OptimizerPermission.READ)
def panel_of_unsaved(content_id: int) -> str:
    """The same for what is in the editor: the fields of its form. Nothing is saved."""
    content = owned(Content, content_id, current_account_id())
    with one_at_a_time(
        f"optimizer-{content.account_id}",
        gettext("Another long text of yours is being read just now."),
        len(request.form.get("content", "")),
    ):
        values, alts = ContentForm.unsaved(content, request.form)
        report = actions.analyse_content(content.account_id, current_actor(), content_id, values, alts)
    return _panel(content, report)


def _panel(content: Content, report: AnalysisReport) -> str:
    return page_or_partial("optimizer/panel.html", "optimizer/_panel.html", **_shown(content, report))


@bp.post("/<int:content_id>/dismiss/<assessment>/")
@requires(OptimizerPermission.WRITE)
def dismiss_assessment(content_id: int, assessment: str) -> Any:
    """Leave an assessment out of the scores, with the form's `reason`."""
    account_id, actor = current_account_id(), current_actor()
    return _decided(
        content_id,
        actions.dismiss_assessment(account_id, actor, content_id, assessment, request.form.get("reason", "")),
    )


@bp.post("/<int:content_id>/restore/<assessment>/")
@requires(OptimizerPermission.WRITE)
def restore_assessment(content_id: int, assessment: str) -> Any:
    """Let a dismissed assessment count again."""
    return _decided(
        content_id, actions.restore_assessment(current_account_id(), current_actor(), content_id, assessment)
    )


def _decided(content_id: int, message: str) -> Any:
    db.session.commit()
    toast(message)
    if is_partial_request():
        return _panel(*_analysed(content_id))
    return redirect_to(url_for("optimizer.assessments", content_id=content_id))
