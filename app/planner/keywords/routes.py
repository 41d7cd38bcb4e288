"""The keyword list and what can be done with its rows."""

from typing import Any

from flask import request, url_for

from app.core.access import current_account_id, current_actor, requires
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.htmx import page_or_partial, redirect_to, toast
from app.core.languages import N_, NN_, gettext
from app.core.listing.selection import Selection
from app.core.permissions import Permission
from app.core.request_ids import parse_id
from app.core.wording import counted, left_out_sentence, missing_rows_sentence, sentences
from app.planner import actions
from app.planner.blueprint import bp
from app.planner.clustering import topics
from app.planner.clusters import changes, figures
from app.planner.clusters import services as clusters
from app.planner.keywords import figures as keyword_figures
from app.planner.keywords import services as keywords
from app.planner.lists import KEYWORD_LIST
from app.planner.prices import clustering_price
from app.planner.run_kinds import CLUSTER_KEYWORDS, IMPORT_KEYWORDS
from app.saved_views.batch_form import ask_first, back_to, selection, shown_run
from app.saved_views.current import arranged
from app.sites.current import current_site, needed_site

VOLUMES = [
    ("-99", N_("under 100")),
    ("100-999", N_("100 to 999")),
    ("1000-9999", N_("1,000 to 9,999")),
    ("10000-", N_("10,000 or more")),
]
DIFFICULTIES = [
    ("0-29", N_("0 to 29")),
    ("30-49", N_("30 to 49")),
    ("50-69", N_("50 to 69")),
    ("70-100", N_("70 to 100")),
]
KINDS = (CLUSTER_KEYWORDS, IMPORT_KEYWORDS)


@bp.get("/keywords/", endpoint="keywords")
@requires(Permission.PLANNER_READ)
def keyword_list() -> str:
    """The site's keywords; the region alone for HTMX."""
    site = current_site()
    if site is None:
        return page_or_partial("planner/keywords.html", "planner/_keywords.html", site=None, page=None)
    account_id = current_account_id()
    unclustered = figures.unclustered(account_id, site.id)
    shown = arranged("keywords")
    page = keywords.list_keywords(account_id, site.id, shown.values)
    return page_or_partial(
        "planner/keywords.html",
        "planner/_keywords.html",
        site=site,
        page=page,
        nearest=topics.near_clusters(account_id, [row.id for row in page.items if row.cluster_id is None]),
        last=changes.last_undoable_change(account_id, site.id),
        filters=KEYWORD_LIST.read(request.args),
        arranged=shown,
        list_spec=shown.spec,
        clusters=clusters.cluster_choices(account_id, site.id, request.args.get("cluster", "")),
        countries=keywords.countries(account_id, site.id),
        measured=keyword_figures.is_measured(account_id, site.id),
        unclustered=unclustered,
        price=clustering_price(account_id, unclustered),
        run=shown_run(KINDS, site),
        volumes=_with_current(VOLUMES, "volume"),
        difficulties=_with_current(DIFFICULTIES, "difficulty"),
    )


def _with_current(ranges: list[tuple[str, str]], name: str) -> list[tuple[str, str]]:
    """The usual ranges, and the one in the address when it is none of them."""
    shown = [(value, gettext(words)) for value, words in ranges]
    current = request.args.get(name, "")
    offered = {value for value, _ in ranges}
    if not current or current in offered:
        return shown
    first, _, last = current.partition("-")
    return [*shown, (current, gettext("%(first)s to %(last)s", first=first, last=last) if last else current)]


@bp.post("/keywords/cluster/")
@requires(Permission.PLANNER_WRITE)
def cluster_keywords() -> Any:
    """Cluster the selected keywords, or all unclustered ones when none is selected."""
    site, chosen = needed_site(), selection()
    ask_first(chosen, "keyword")
    start = actions.start_clustering(current_account_id(), current_actor(), site.id, chosen)
    db.session.commit()
    if start.run is None:
        toast(gettext("All of these keywords are in clusters already."), "info")
        return redirect_to(back_to("planner.keywords"))
    if start.clustered:
        words = counted(start.waiting, NN_("Clustering %(num)s keyword.", "Clustering %(num)s keywords."))
        in_clusters = NN_("%(num)s in a cluster already", "%(num)s in a cluster already")
        toast(sentences(words, left_out_sentence([(start.clustered, in_clusters)])), "info")
    return redirect_to(back_to("planner.keywords", run=start.run.id))


@bp.post("/keywords/delete/")
@requires(Permission.PLANNER_WRITE)
def delete_keywords() -> Any:
    """Delete the selected keywords."""
    site = needed_site()
    chosen = selection().required("keyword")
    count = actions.delete_keywords(current_account_id(), current_actor(), site.id, chosen)
    db.session.commit()
    toast(
        sentences(
            counted(count, NN_("Deleted %(num)s keyword.", "Deleted %(num)s keywords.")),
            missing_rows_sentence(chosen.missing(count)),
        ),
        changed=count,
    )
    return redirect_to(back_to("planner.keywords"))


@bp.post("/keywords/move/")
@requires(Permission.PLANNER_WRITE)
def move_keywords() -> Any:
    """Put the selected keywords into a cluster, a new one, or none. `back` names the cluster page to return to."""
    site, account_id, form = needed_site(), current_account_id(), request.form
    back = parse_id(form.get("back"))
    origin = clusters.cluster_of(account_id, back) if back else None
    site_id = origin.site_id if origin else site.id
    chosen = selection()
    moved = _move(site_id, chosen)
    db.session.commit()
    toast(_moved_words(chosen, moved), changed=moved.count)
    if origin:
        return redirect_to(url_for("planner.cluster", cluster_id=origin.id))
    return redirect_to(back_to("planner.keywords"))


def _moved_words(chosen: Selection, moved: actions.KeywordsMoved) -> str:
    rest = [
        (moved.found - moved.count, NN_("%(num)s there already", "%(num)s there already")),
        (chosen.missing(moved.found), NN_("%(num)s not of this site any more", "%(num)s not of this site any more")),
    ]
    return sentences(actions.moved_words(moved.count, moved.cluster), left_out_sentence(rest))


def _move(site_id: int, chosen: Selection) -> actions.KeywordsMoved:
    """Move them as the form says; an error is shown at the field for the name, or at the choice of the cluster."""
    target, name = request.form.get("target", ""), request.form.get("new_name", "")
    try:
        return actions.move_keywords(current_account_id(), current_actor(), site_id, chosen, target, name)
    except DomainError as error:
        error.field = "new_name" if error.field == "name" else "target"
        raise
