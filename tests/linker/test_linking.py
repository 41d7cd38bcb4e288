"""Links are proposed, put in, refused and taken out; nothing is done twice, and nobody's edit is overtaken."""

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.content.editing.models import ContentRevision
from app.content.editing.unsaved import UnsavedChanges
from app.content.editing.working_copies import keep_working_copy
from app.content.models import Content
from app.content.services import update_content
from app.content.trash.services import trash_contents
from app.core.actor import THE_APP, Actor
from app.core.errors import Conflict, DomainError, Forbidden, NotFound
from app.core.events import delivery
from app.core.extensions import db
from app.core.runs import Run
from app.identity.models import User
from app.linker import actions, indexing, proposals
from app.linker.models import LinkBatch, LinkPage, LinkProposal
from app.linker.permissions import LinkerPermission
from app.linker.proposals import WordsGone
from app.linker.targets import TargetsGone
from app.sites.models import Site
from tests.factories.people import make_account
from tests.factories.races import race
from tests.factories.things import make_site
from tests.factories.work import put_back, work
from tests.linker.conftest import live

COLD, PRESS = "Cold brew coffee", "French press guide"
Pages = dict[str, Content]


def link(site: Site, *contents: Content, apply: bool = False) -> LinkBatch:
    started = actions.start_linking(
        site.account_id, THE_APP, site.id, [content.id for content in contents], apply=apply
    )
    db.session.commit()
    run = work(started.run)
    assert run.state == "succeeded", run.error
    return db.session.get_one(LinkBatch, started.batch.id)


def html_of(content: Content) -> str:
    db.session.expire_all()
    return db.session.get_one(Content, content.id).content_html


def to(content: Content, target: Content) -> LinkProposal:
    return db.session.scalars(
        select(LinkProposal).where(LinkProposal.content_id == content.id, LinkProposal.target_id == target.id)
    ).one()


def test_a_page_named_in_the_text_is_proposed_with_the_reason(site: Site, pages: Pages) -> None:
    batch = link(site, pages[COLD])
    proposal = to(pages[COLD], pages[PRESS])
    assert (proposal.state, proposal.anchor, batch.added) == ("proposed", "French press guide", 0)
    assert proposal.reasons[0][0] == "title"
    assert proposal.score >= 60  # on a site of five pages too, a title that stands there whole is put in by itself
    assert batch.proposed >= 2
    assert "<a " not in html_of(pages[COLD])
    waiting = select(LinkPage.waiting).where(LinkPage.content_id == pages[COLD].id)
    assert db.session.scalar(waiting) == len(proposals.open_links(site.account_id, pages[COLD].id)) > 0


def test_incoming_links_are_proposed_in_the_texts_of_others(site: Site, pages: Pages) -> None:
    link(site, pages[PRESS], apply=True)
    proposal = to(pages[COLD], pages[PRESS])
    assert proposal.state == "proposed"
    assert "<a " not in html_of(pages[COLD])


def test_accepting_splices_one_link_into_a_new_version(site: Site, pages: Pages, owner: User) -> None:
    before = pages[COLD].content_html
    link(site, pages[COLD])
    proposal = to(pages[COLD], pages[PRESS])
    actor = Actor(owner.id, owner.name, permissions=None)
    assert actions.accept_links(site.account_id, actor, [proposal.id]).count == 1
    db.session.commit()
    tag = f'<a href="{pages[PRESS].external_url}">'
    assert html_of(pages[COLD]) == before.replace("French press guide", f"{tag}French press guide</a>")
    content = db.session.get_one(Content, pages[COLD].id)
    assert (content.version, content.linker_version) == (2, 1)
    assert content.internal_links == [
        {"target_id": pages[PRESS].id, "url": pages[PRESS].external_url, "anchor": "French press guide"}
    ]
    cause = db.session.scalars(select(ContentRevision).where(ContentRevision.version == 2)).one()
    assert (cause.cause, cause.actor_id) == ("links", owner.id)
    with pytest.raises(Conflict, match="decided"):
        actions.accept_links(site.account_id, actor, [proposal.id])


def test_windows_line_ends_stay_as_they_are(site: Site, pages: Pages) -> None:
    html = "<p>First line\r\nof a French press guide\r\nhere.</p>\r\n<p>More &amp; more caf&eacute;.</p>"
    content = live(site, "Brewing for two", html)
    db.session.commit()
    link(site, content)
    actions.accept_links(site.account_id, THE_APP, [to(content, pages[PRESS]).id])
    db.session.commit()
    there = html_of(content)
    assert there != html
    assert there.replace(f'<a href="{pages[PRESS].external_url}">', "").replace("</a>", "") == html


def test_links_come_out_one_by_one_by_content_and_after_edits(site: Site, pages: Pages) -> None:
    before = pages[COLD].content_html
    link(site, pages[COLD])
    ids = [proposal.id for proposal in proposals.open_links(site.account_id, pages[COLD].id)]
    added = actions.accept_links(site.account_id, THE_APP, ids).count
    db.session.commit()
    assert added == len(ids) >= 2
    edited = html_of(pages[COLD]).replace("patience", "much patience")
    update_content(pages[COLD].id, site.account_id, {"content_html": edited}, expected_version=2)
    db.session.commit()
    assert actions.take_out_link(site.account_id, THE_APP, ids[0]).count == 1
    assert actions.take_out_links_of(site.account_id, THE_APP, pages[COLD].id, ids).count == added - 1
    db.session.commit()
    assert html_of(pages[COLD]) == before.replace("patience", "much patience")
    assert db.session.get_one(Content, pages[COLD].id).internal_links == []
    assert actions.take_out_links_of(site.account_id, THE_APP, pages[COLD].id, ids).count == 0


def test_a_link_that_somebody_removed_is_gone_already(site: Site, pages: Pages) -> None:
    before = pages[COLD].content_html
    link(site, pages[COLD])
    proposal = to(pages[COLD], pages[PRESS])
    actions.accept_links(site.account_id, THE_APP, [proposal.id])
    update_content(pages[COLD].id, site.account_id, {"content_html": before}, expected_version=2)
    done = actions.take_out_link(site.account_id, THE_APP, proposal.id)
    db.session.commit()
    assert done.count == 0
    assert db.session.get_one(LinkProposal, proposal.id).state == "undone"
    assert html_of(pages[COLD]) == before


def test_a_batch_puts_in_what_is_good_enough_and_is_undone_as_a_whole(site: Site, pages: Pages) -> None:
    texts = {title: content.content_html for title, content in pages.items()}
    batch = link(site, *pages.values(), apply=True)
    assert batch.added > 0
    assert html_of(pages[COLD]) != texts[COLD]
    run = actions.undo_link_batch(site.account_id, THE_APP, batch.id)
    db.session.commit()
    assert work(run).state == "succeeded"
    assert {title: html_of(content) for title, content in pages.items()} == texts
    batch = db.session.get_one(LinkBatch, batch.id)
    assert batch.removed == batch.added
    with pytest.raises(Conflict, match="already"):
        actions.undo_link_batch(site.account_id, THE_APP, batch.id)


def test_rejected_links_stay_out(site: Site, pages: Pages) -> None:
    link(site, pages[COLD])
    proposal = to(pages[COLD], pages[PRESS])
    actions.reject_links(site.account_id, THE_APP, [proposal.id])
    db.session.commit()
    link(site, pages[COLD], apply=True)
    assert to(pages[COLD], pages[PRESS]).state == "rejected"
    assert pages[PRESS].external_url not in html_of(pages[COLD])
    actions.propose_again(site.account_id, THE_APP, proposal.id)
    db.session.commit()
    assert to(pages[COLD], pages[PRESS]).state == "proposed"


def test_other_words_may_be_chosen_where_a_link_may_be(site: Site, pages: Pages) -> None:
    link(site, pages[COLD])
    proposal = to(pages[COLD], pages[PRESS])
    with pytest.raises(WordsGone):
        actions.edit_link(site.account_id, THE_APP, proposal.id, anchor="not there", nofollow=False)
    actions.edit_link(site.account_id, THE_APP, proposal.id, anchor="how to strain", nofollow=True)
    actions.accept_links(site.account_id, THE_APP, [proposal.id])
    db.session.commit()
    assert f'<a href="{pages[PRESS].external_url}" rel="nofollow">how to strain</a>' in html_of(pages[COLD])


def test_words_that_are_gone_are_said(site: Site, pages: Pages) -> None:
    link(site, pages[COLD])
    proposal = to(pages[COLD], pages[PRESS])
    update_content(pages[COLD].id, site.account_id, {"content_html": "<p>All new.</p>"}, expected_version=1)
    db.session.commit()
    with pytest.raises(WordsGone):
        actions.accept_links(site.account_id, THE_APP, [proposal.id])
    db.session.rollback()
    assert html_of(pages[COLD]) == "<p>All new.</p>"


def test_unsaved_changes_are_not_overtaken(site: Site, pages: Pages, owner: User) -> None:
    link(site, pages[COLD])
    proposal = to(pages[COLD], pages[PRESS])
    fields = [("content_html", ["<p>Mine</p>"])]
    keep_working_copy(site.account_id, pages[COLD].id, owner.id, fields, base_version=1, tab="a", take_over=False)
    db.session.commit()
    with pytest.raises(UnsavedChanges):
        actions.accept_links(site.account_id, THE_APP, [proposal.id])
    db.session.rollback()
    batch = link(site, pages[COLD], apply=True)
    assert (batch.contents, batch.added) == (0, 0)
    run = db.session.get_one(Run, batch.run_id)
    assert "editing" in str(run.message)
    assert "<a " not in html_of(pages[COLD])


def test_a_run_that_died_goes_on_and_does_nothing_twice(site: Site, pages: Pages) -> None:
    started = actions.start_linking(
        site.account_id, THE_APP, site.id, [content.id for content in pages.values()], apply=True
    )
    db.session.commit()
    run = work(started.run)
    texts = {title: html_of(content) for title, content in pages.items()}
    batch = db.session.get_one(LinkBatch, started.batch.id)
    figures = (batch.contents, batch.proposed, batch.added)
    put_back(run)
    assert work(run).state == "succeeded"
    assert {title: html_of(content) for title, content in pages.items()} == texts
    batch = db.session.get_one(LinkBatch, started.batch.id)
    assert (batch.contents, batch.proposed, batch.added) == figures


def test_who_may_not_is_refused(site: Site, pages: Pages) -> None:
    reader = Actor(None, "reader", permissions=frozenset({LinkerPermission.READ}))
    link(site, pages[COLD])
    proposal = to(pages[COLD], pages[PRESS])
    for refused in (
        lambda: actions.start_linking(site.account_id, reader, site.id, [pages[COLD].id]),
        lambda: actions.accept_links(site.account_id, reader, [proposal.id]),
        lambda: actions.reject_links(site.account_id, reader, [proposal.id]),
    ):
        with pytest.raises(Forbidden):
            refused()
        db.session.rollback()
    stranger = make_account("Other")
    with pytest.raises(NotFound):
        actions.accept_links(stranger.id, THE_APP, [proposal.id])
    with pytest.raises(DomainError, match="No content"):
        actions.start_linking(stranger.id, THE_APP, make_site(stranger).id, [pages[COLD].id])


def test_the_index_follows_changes(site: Site, pages: Pages) -> None:
    assert indexing.count_stale(site.id) == 0
    update_content(pages[COLD].id, site.account_id, {"title": "Iced tea"}, expected_version=1)
    db.session.commit()
    assert indexing.count_stale(site.id) == 1
    run = db.session.scalars(select(Run).where(Run.kind == "read_pages").order_by(Run.created_at.desc())).first()
    work(run) if run is not None else indexing.refresh(site)
    assert db.session.scalar(select(LinkPage.title).where(LinkPage.content_id == pages[COLD].id)) == "Iced tea"
    assert indexing.refresh(site) == 0


def test_links_in_texts_are_counted_and_follow_the_address(site: Site, pages: Pages) -> None:
    update_content(
        pages[COLD].id,
        site.account_id,
        {"content_html": '<p><a href="/blog/late/">late</a> <a href="https://other.example/">x</a></p>'},
        expected_version=1,
    )
    db.session.commit()
    indexing.refresh(site)
    late = live(site, "Late", "<p>x</p>")
    db.session.commit()
    indexing.refresh(site)
    links = select(LinkPage.links_in, LinkPage.links_out)
    assert db.session.execute(links.where(LinkPage.content_id == late.id)).one() == (1, 0)
    assert db.session.execute(links.where(LinkPage.content_id == pages[COLD].id)).one() == (0, 1)
    db.session.execute(update(Content).where(Content.id == pages[COLD].id).values(trashed_at=late.created_at))
    indexing.count_links(None, site.id)
    assert db.session.execute(links.where(LinkPage.content_id == late.id)).one() == (0, 0)


def test_two_who_accept_the_same_link_at_once_put_in_one(app: Flask, site: Site, pages: Pages) -> None:
    link(site, pages[COLD])
    account_id, number = site.account_id, to(pages[COLD], pages[PRESS]).id
    first, second = race(app, lambda _n: actions.accept_links(account_id, THE_APP, [number]))
    done = [one for one in (first, second) if not isinstance(one, Exception)]
    late = [one for one in (first, second) if isinstance(one, Exception)]
    assert [changed.count for changed in done] == [1]
    assert [type(error) for error in late] == [Conflict]
    assert html_of(pages[COLD]).count("<a ") == 1
    assert db.session.get_one(Content, pages[COLD].id).version == 2


def test_one_who_accepts_and_one_who_rejects_at_once_do_one_of_both(app: Flask, site: Site, pages: Pages) -> None:
    link(site, pages[COLD])
    account_id, number = site.account_id, to(pages[COLD], pages[PRESS]).id
    decide = (actions.accept_links, actions.reject_links)
    results = race(app, lambda n: decide[n](account_id, THE_APP, [number]))
    assert sum(isinstance(one, Conflict) for one in results) == 1
    state = db.session.scalar(select(LinkProposal.state).where(LinkProposal.id == number))
    assert state == ("rejected" if isinstance(results[0], Conflict) else "accepted")
    assert ("<a " in html_of(pages[COLD])) is (state == "accepted")


def test_two_links_of_one_text_that_two_people_accept_at_once_both_go_in(app: Flask, site: Site, pages: Pages) -> None:
    link(site, pages[COLD])
    account_id = site.account_id
    ids = [proposal.id for proposal in proposals.open_links(account_id, pages[COLD].id)][:2]
    results = race(app, lambda n: actions.accept_links(account_id, THE_APP, [ids[n]]))
    assert [changed.count for changed in results] == [1, 1]
    assert html_of(pages[COLD]).count("<a ") == 2


@pytest.mark.parametrize(
    ("old", "new", "is_linked"),
    [
        ("patience", "much patience", True),
        ("<p>Cold brew", "<p>New.</p><p>Cold brew", True),
        ("tells how to strain it", "says how it is strained", True),
        ("French press guide", "FRENCH PRESS GUIDE", False),
        ("A French press guide", "A <em>French press guide</em>", True),
        ("A French press guide", '<a href="https://other.example/">A French press guide</a>', False),
    ],
)
def test_what_a_person_edits_between_proposal_and_yes_stays(
    site: Site, pages: Pages, old: str, new: str, is_linked: bool
) -> None:
    link(site, pages[COLD])
    proposal = to(pages[COLD], pages[PRESS])
    edited = pages[COLD].content_html.replace(old, new)
    update_content(pages[COLD].id, site.account_id, {"content_html": edited}, expected_version=1)
    db.session.commit()
    try:
        actions.accept_links(site.account_id, THE_APP, [proposal.id])
        db.session.commit()
    except WordsGone:
        db.session.rollback()
    there = html_of(pages[COLD])
    tag = f'<a href="{pages[PRESS].external_url}">'
    assert (tag in there) is is_linked
    assert there.replace(f"{tag}French press guide</a>", "French press guide") == edited


def trash(content: Content) -> None:
    trash_contents([content.id], None)
    db.session.commit()


def test_nothing_is_linked_to_a_page_that_is_not_live_any_more(site: Site, pages: Pages) -> None:
    before = pages[COLD].content_html
    link(site, pages[COLD])
    proposal = to(pages[COLD], pages[PRESS])
    trash(pages[PRESS])
    assert proposal.id not in [one.id for one in proposals.open_links(site.account_id, pages[COLD].id)]
    delivery.deliver(site.account_id)
    waiting = select(LinkPage.waiting).where(LinkPage.content_id == pages[COLD].id)
    assert db.session.scalar(waiting) == len(proposals.open_links(site.account_id, pages[COLD].id))
    with pytest.raises(TargetsGone, match="French press guide"):
        actions.accept_links(site.account_id, THE_APP, [proposal.id])
    db.session.rollback()
    assert html_of(pages[COLD]) == before
    assert to(pages[COLD], pages[PRESS]).state == "proposed"
    db.session.execute(
        update(Content).where(Content.id == pages[PRESS].id).values(trashed_at=None, remote_status="trash")
    )
    db.session.commit()
    with pytest.raises(TargetsGone):
        actions.accept_links(site.account_id, THE_APP, [proposal.id])


def test_a_text_in_the_trash_is_not_offered_as_one_that_links_here(site: Site, pages: Pages) -> None:
    link(site, pages[PRESS])
    assert [one.content_id for one in proposals.incoming_links(site.account_id, pages[PRESS].id)] == [pages[COLD].id]
    trash(pages[COLD])
    assert proposals.incoming_links(site.account_id, pages[PRESS].id) == []


def test_a_content_is_not_worked_on_twice_at_a_time(site: Site, pages: Pages) -> None:
    cold, press = pages[COLD].id, pages[PRESS].id
    first = actions.start_linking(site.account_id, THE_APP, site.id, [cold], apply=True)
    db.session.commit()
    with pytest.raises(Conflict, match="already"):
        actions.start_linking(site.account_id, THE_APP, site.id, [cold])
    db.session.rollback()
    second = actions.start_linking(site.account_id, THE_APP, site.id, [cold, press])
    db.session.commit()
    assert second.run.params["content_ids"] == [press]
    assert work(first.run).state == "succeeded"
    assert actions.start_linking(site.account_id, THE_APP, site.id, [cold]).run.params["content_ids"] == [cold]
