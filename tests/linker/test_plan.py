"""A site's link plan: what it finds, and that what is chosen of it is done once, for one person, and can be undone."""

import pytest
from sqlalchemy import select, update

from app.content.editing.models import ContentRevision
from app.content.editing.working_copies import keep_working_copy
from app.content.models import Content
from app.content.services import update_content
from app.core.actor import THE_APP, Actor
from app.core.clock import utcnow
from app.core.errors import Conflict, DomainError, Forbidden, NotFound
from app.core.extensions import db
from app.core.listing.selection import Selection
from app.core.runs import Run
from app.identity.models import User
from app.linker import actions as linker
from app.linker.models import FormerAddress, LinkBatch, LinkProposal
from app.linker.permissions import LinkerPermission
from app.linker.plan import actions, listing
from app.linker.plan.models import LinkPlan, LinkPlanRow, LinkRepair
from app.sites.models import Site
from tests.factories.people import make_account
from tests.factories.things import make_cluster
from tests.factories.work import put_back, work
from tests.linker.conftest import live

Pages = dict[str, Content]
COLD, PRESS, MILK, KETTLE = "Cold brew coffee", "French press guide", "Milk frothing at home", "Descaling a kettle"
TEXT = (
    '<p>Read <a class="x" href="/blog/old-milk/#foam">on milk</a>, <a href="/nowhere/">a lost page</a> and '
    '<a href="/blog/descaling-a-kettle/">kettles</a>.</p>'
    "<p>When it is done, a French press guide tells how to strain it. Two cups need more of all, and "
    "a little more time as well. Warm the pot before, pour slowly, and wait until "
    "the grounds have sunk down. Drink it while it is hot, or let it cool and pour it over ice.</p>"
)


def make_plan(site: Site) -> dict[str, list[LinkPlanRow]]:
    """The rows of a plan made now, by kind."""
    run = actions.start_link_plan(site.account_id, THE_APP, site.id)
    db.session.commit()
    run = work(run)
    assert run.state == "succeeded", run.error
    return rows_of(site)


def rows_of(site: Site) -> dict[str, list[LinkPlanRow]]:
    db.session.expire_all()
    rows: dict[str, list[LinkPlanRow]] = {}
    for row in db.session.scalars(
        select(LinkPlanRow).where(LinkPlanRow.site_id == site.id).order_by(LinkPlanRow.weight)
    ):
        rows.setdefault(row.kind, []).append(row)
    return rows


def apply(site: Site, *rows: LinkPlanRow) -> LinkBatch:
    """The batch in which these rows, or all open ones, were done."""
    chosen = Selection([row.id for row in rows]) if rows else actions.EVERYTHING
    applied = actions.apply_link_plan(site.account_id, THE_APP, site.id, chosen)
    db.session.commit()
    run = work(applied.run)
    assert run.state == "succeeded", run.error
    return db.session.get_one(LinkBatch, applied.batch.id)


def html_of(content: Content) -> str:
    db.session.expire_all()
    return db.session.get_one(Content, content.id).content_html


@pytest.fixture
def faulty(site: Site, pages: Pages) -> Content:
    """A live page with a link that is redirected, one that leads nowhere and one that leads to a page."""
    milk = pages[MILK]
    where = {"account_id": site.account_id, "site_id": site.id, "content_id": milk.id}
    db.session.add(FormerAddress(**where, address="/blog/old-milk"))
    content = live(site, "Brewing for two", TEXT)
    db.session.commit()
    return content


def test_a_plan_finds_what_is_wrong_and_writes_nothing(site: Site, pages: Pages, faulty: Content) -> None:
    texts = {content.id: html_of(content) for content in (*pages.values(), faulty)}
    rows = make_plan(site)
    assert [(row.address, row.fix, row.details["why"]) for row in rows["broken"]] == [("/nowhere", "unlink", "no_page")]
    (moved,) = rows["moved"]
    assert (moved.address, moved.fix, moved.target_id) == ("/blog/old-milk", "retarget", pages[MILK].id)
    assert (moved.url, moved.anchor) == (pages[MILK].external_url, "on milk")
    orphans = {row.content_id for row in rows["orphan"]}
    assert orphans == {pages[title].id for title in pages if title != KETTLE} | {faulty.id}
    press = [row for row in rows["orphan"] if row.content_id == pages[PRESS].id]
    assert {row.source_id for row in press} == {pages[COLD].id, faulty.id}
    assert all(row.anchor == "French press guide" and row.state == "open" for row in press)
    assert {content.id: html_of(content) for content in (*pages.values(), faulty)} == texts
    assert db.session.scalar(select(LinkProposal.id)) is None
    plan = db.session.scalars(select(LinkPlan)).one()
    figures = plan.figures
    assert (figures["broken"], figures["moved"], figures["links"][0]) == ([1, 0], [1, 0], 1)
    assert figures["orphans"][0] == 5
    assert figures["orphans"][1] < 5
    assert {node["name"] for node in plan.picture["nodes"]} == {*pages, "Brewing for two"}


def test_links_to_what_visitors_do_not_see_are_broken(site: Site, pages: Pages) -> None:
    target = live(site, "Gone page", "<p>x</p>")
    hrefs = '<a href="/blog/gone-page/">x</a> <a href="/?p=77">y</a> <a href="/wp-content/a.pdf">z</a>'
    source = live(site, "Source", f"<p>{hrefs}</p>")
    draft = live(site, "Draft page", "<p>x</p>")
    draft.external_id, draft.status, draft.remote_status = 77, "draft", "draft"
    target.trashed_at = utcnow()
    db.session.commit()
    rows = make_plan(site)["broken"]
    whys = {(row.address, row.details["why"]) for row in rows if row.source_id == source.id}
    assert whys == {("/blog/gone-page", "trashed"), ("/?p=77", "unpublished")}
    assert rows[0].fix == "unlink"


def test_a_page_that_moved_is_known_by_where_it_was(site: Site, pages: Pages) -> None:
    source = live(site, "Source", '<p><a href="/blog/cold-brew-coffee/">old</a> <a href="/blog/slow-drip">slow</a></p>')
    make_plan(site)
    cold, press = pages[COLD], pages[PRESS]
    # WordPress says that a page is elsewhere: no edit is made, so the index does not read it again.
    db.session.execute(update(Content).where(Content.id == cold.id).values(external_url=f"{site.url}/drinks/cold/"))
    update_content(press.id, site.account_id, {"slug": "slow-drip"}, expected_version=1)
    update_content(press.id, site.account_id, {"slug": "french-press"}, expected_version=2)
    db.session.commit()
    moved = {row.address: row for row in make_plan(site)["moved"] if row.source_id == source.id}
    assert moved["/blog/cold-brew-coffee"].url == f"{site.url}/drinks/cold/"
    assert moved["/blog/slow-drip"].target_id == press.id
    apply(site, *moved.values())
    assert html_of(source) == '<p><a href="/drinks/cold/">old</a> <a href="/blog/french-press-guide/">slow</a></p>'


def test_what_is_chosen_is_done_in_versions_of_ours_and_undone(
    site: Site, pages: Pages, faulty: Content, owner: User
) -> None:
    rows = make_plan(site)
    press = next(row for row in rows["orphan"] if row.source_id == faulty.id)
    actor = Actor(owner.id, owner.name, permissions=None)
    chosen = Selection([rows["broken"][0].id, rows["moved"][0].id, press.id])
    applied = actions.apply_link_plan(site.account_id, actor, site.id, chosen)
    db.session.commit()
    assert work(applied.run).state == "succeeded"
    tag = f'<a href="{pages[PRESS].external_url}">'
    there = TEXT.replace("/blog/old-milk/#foam", "/blog/milk-frothing-at-home/#foam")
    there = there.replace('<a href="/nowhere/">a lost page</a>', "a lost page")
    there = there.replace("French press guide", f"{tag}French press guide</a>")
    assert html_of(faulty) == there
    batch = db.session.get_one(LinkBatch, applied.batch.id)
    assert (batch.mode, batch.contents, batch.mended, batch.added) == ("plan", 1, 2, 1)
    assert {row.state for row in db.session.scalars(select(LinkPlanRow).where(LinkPlanRow.batch_id == batch.id))} == {
        "done"
    }
    causes = select(ContentRevision.cause, ContentRevision.actor_id).where(ContentRevision.content_id == faulty.id)
    assert db.session.execute(causes.where(ContentRevision.version > 1)).all() == [("links", owner.id)] * 2
    content = db.session.get_one(Content, faulty.id)
    edited = there.replace("Read", "Do read").replace("strain it", "strain it well")
    update_content(faulty.id, site.account_id, {"content_html": edited}, expected_version=content.version)
    db.session.commit()
    run = linker.undo_link_batch(site.account_id, actor, batch.id)
    db.session.commit()
    assert work(run).state == "succeeded"
    assert html_of(faulty) == TEXT.replace("Read", "Do read").replace("strain it", "strain it well")
    assert db.session.get_one(LinkBatch, batch.id).removed == 3


def test_one_mended_link_or_all_of_a_content_are_put_back(site: Site, faulty: Content) -> None:
    make_plan(site)
    rows = rows_of(site)
    apply(site, rows["broken"][0], rows["moved"][0])
    repairs = {repair.anchor: repair.id for repair in db.session.scalars(select(LinkRepair))}
    assert actions.undo_repair(site.account_id, THE_APP, repairs["a lost page"]).count == 1
    db.session.commit()
    assert '<a href="/nowhere/">a lost page</a>' in html_of(faulty)
    with pytest.raises(Conflict, match="already"):
        actions.undo_repair(site.account_id, THE_APP, repairs["a lost page"])
    db.session.rollback()
    assert actions.undo_repairs_of(site.account_id, THE_APP, faulty.id, repairs.values()).count == 1
    db.session.commit()
    assert html_of(faulty) == TEXT


def test_a_link_that_somebody_removed_since_stays_removed(site: Site, faulty: Content) -> None:
    apply(site, make_plan(site)["moved"][0])
    content = db.session.get_one(Content, faulty.id)
    update_content(faulty.id, site.account_id, {"content_html": "<p>New</p>"}, expected_version=content.version)
    db.session.commit()
    ids = db.session.scalars(select(LinkRepair.id)).all()
    assert actions.undo_repairs_of(site.account_id, THE_APP, faulty.id, ids).count == 0
    db.session.commit()
    assert html_of(faulty) == "<p>New</p>"
    assert db.session.scalars(select(LinkRepair.state)).all() == ["outdated"]


def test_two_people_do_each_change_once(site: Site, faulty: Content) -> None:
    rows = make_plan(site)
    both = [rows["broken"][0], rows["moved"][0]]
    first = actions.apply_link_plan(site.account_id, THE_APP, site.id, Selection([both[0].id]))
    db.session.commit()
    second = actions.apply_link_plan(site.account_id, THE_APP, site.id, Selection([row.id for row in both]))
    db.session.commit()
    assert (first.count, second.count) == (1, 1)
    with pytest.raises(Conflict, match="open any more"):
        actions.apply_link_plan(site.account_id, THE_APP, site.id, Selection([row.id for row in both]))
    db.session.rollback()
    with pytest.raises(Conflict, match="still being made"):
        actions.start_link_plan(site.account_id, THE_APP, site.id)
    db.session.rollback()
    for applied in (second, first):
        assert work(applied.run).state == "succeeded"
    assert db.session.scalar(select(LinkRepair.id).offset(2)) is None
    assert "/nowhere" not in html_of(faulty)


def test_a_text_that_somebody_edits_is_left_alone(site: Site, faulty: Content, owner: User) -> None:
    rows = make_plan(site)
    fields = [("content_html", ["<p>Mine</p>"])]
    keep_working_copy(site.account_id, faulty.id, owner.id, fields, base_version=1, tab="a", take_over=False)
    db.session.commit()
    batch = apply(site, rows["moved"][0])
    assert (batch.contents, html_of(faulty)) == (0, TEXT)
    run = db.session.get_one(Run, batch.run_id)
    assert "editing" in str(run.message)
    assert rows_of(site)["moved"][0].state == "left"


def test_an_edit_since_the_plan_is_kept(site: Site, pages: Pages, faulty: Content) -> None:
    rows = make_plan(site)
    edited = TEXT.replace("strain it", "strain it slowly").replace("/nowhere/", "/elsewhere/")
    update_content(faulty.id, site.account_id, {"content_html": edited}, expected_version=1)
    # and the page that the link should lead to has moved once more
    db.session.execute(update(Content).where(Content.id == pages[MILK].id).values(external_url=f"{site.url}/foam/"))
    db.session.commit()
    assert listing.changed_since(db.session.scalars(select(LinkPlan)).one()) == 2
    batch = apply(site, rows["broken"][0], rows["moved"][0])
    assert batch.mended == 0
    assert html_of(faulty) == edited
    assert {row.state for row in (*rows_of(site)["broken"], *rows_of(site)["moved"])} == {"left"}


def test_a_run_that_died_goes_on_and_does_nothing_twice(site: Site, pages: Pages, faulty: Content) -> None:
    make_plan(site)
    applied = actions.apply_link_plan(site.account_id, THE_APP, site.id)
    db.session.commit()
    run = work(applied.run)
    figures = [(batch.contents, batch.mended, batch.added) for batch in db.session.scalars(select(LinkBatch))]
    texts = {content.id: html_of(content) for content in (*pages.values(), faulty)}
    done = rows_of(site)["moved"][0]
    # killed before it came to one of the contents
    db.session.execute(update(LinkPlanRow).where(LinkPlanRow.id == done.id).values(state="chosen"))
    put_back(run)
    assert work(run).state == "succeeded"
    assert {content.id: html_of(content) for content in (*pages.values(), faulty)} == texts
    assert [(batch.contents, batch.mended, batch.added) for batch in db.session.scalars(select(LinkBatch))] == figures
    assert db.session.scalar(select(LinkPlanRow.id).where(LinkPlanRow.state == "chosen")) is None


def test_what_was_cancelled_can_be_chosen_again(site: Site, faulty: Content) -> None:
    rows = make_plan(site)
    applied = actions.apply_link_plan(site.account_id, THE_APP, site.id, Selection([rows["moved"][0].id]))
    db.session.commit()
    db.session.execute(update(Run).where(Run.id == applied.run.id).values(cancel_requested=True))
    db.session.commit()
    assert work(applied.run).state == "cancelled"
    assert html_of(faulty) == TEXT
    assert rows_of(site)["moved"][0].state == "open"
    # one that failed leaves its rows, and they can be taken over
    db.session.execute(update(LinkPlanRow).values(state="chosen", batch_id=applied.batch.id))
    db.session.commit()
    apply(site, rows_of(site)["moved"][0])
    assert "milk-frothing-at-home/#foam" in html_of(faulty)


def test_new_pages_get_links_proposed_and_never_silently(site: Site, pages: Pages) -> None:
    press = pages[PRESS]
    db.session.execute(update(Content).where(Content.id == press.id).values(published_at=utcnow()))
    db.session.commit()
    (row,) = make_plan(site)["fresh"]
    assert (row.fix, row.source_id, row.target_id) == ("propose", pages[COLD].id, press.id)
    before = html_of(pages[COLD])
    batch = apply(site, row)
    assert (batch.proposed, batch.added, html_of(pages[COLD])) == (1, 0, before)
    link = db.session.scalars(select(LinkProposal)).one()
    assert (link.state, link.reasons) == ("proposed", [["plan", "fresh"]])
    linker.accept_links(site.account_id, THE_APP, [link.id])
    db.session.commit()
    assert f'<a href="{press.external_url}">' in html_of(pages[COLD])


def test_a_cluster_has_a_hub_that_its_pages_are_to_link_to(site: Site, pages: Pages) -> None:
    cluster = make_cluster(site, PRESS)
    for title in (COLD, PRESS, MILK):
        pages[title].cluster_id = cluster.id
    old = live(site, "Old links", '<p><a href="/blog/french-press-guide/">a</a></p>')
    old.content_html += '<p><a href="/blog/milk-frothing-at-home/">b</a> <a href="/blog/cold-brew-coffee/">c</a></p>'
    db.session.commit()
    hub, link = make_plan(site)["hub"]
    assert (hub.content_id, hub.fix, hub.details["to"], hub.details["from"]) == (pages[PRESS].id, "", 2, 2)
    assert (link.source_id, link.target_id, link.fix, link.details["to_hub"]) == (
        pages[COLD].id,
        pages[PRESS].id,
        "link",
        True,
    )


def test_rejected_links_are_not_planned_again(site: Site, pages: Pages) -> None:
    row = next(row for row in make_plan(site)["orphan"] if row.content_id == pages[PRESS].id)
    batch = apply(site, row)
    run = linker.undo_link_batch(site.account_id, THE_APP, batch.id)
    db.session.commit()
    work(run)
    press = [row for row in make_plan(site)["orphan"] if row.content_id == pages[PRESS].id]
    assert [(row.source_id, row.state) for row in press] == [(None, "seen")]


def test_who_may_not_is_refused_and_others_sites_are_not_there(site: Site, faulty: Content) -> None:
    rows = make_plan(site)
    reader = Actor(None, "reader", permissions=frozenset({LinkerPermission.READ}))
    stranger = make_account("Other")
    apply(site, rows["broken"][0])
    repair = db.session.scalars(select(LinkRepair)).one()
    for refused in (
        lambda: actions.start_link_plan(site.account_id, reader, site.id),
        lambda: actions.apply_link_plan(site.account_id, reader, site.id),
        lambda: actions.undo_repair(site.account_id, reader, repair.id),
        lambda: actions.undo_repairs_of(site.account_id, reader, faulty.id, []),
    ):
        with pytest.raises(Forbidden):
            refused()
        db.session.rollback()
    for unknown in (
        lambda: actions.start_link_plan(stranger.id, THE_APP, site.id),
        lambda: actions.apply_link_plan(stranger.id, THE_APP, site.id),
        lambda: actions.undo_repair(stranger.id, THE_APP, repair.id),
    ):
        with pytest.raises(NotFound):
            unknown()
        db.session.rollback()
    with pytest.raises(DomainError, match="selected"):
        actions.apply_link_plan(site.account_id, THE_APP, site.id, Selection())
