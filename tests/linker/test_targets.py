"""A link leads to what visitors see: not into the trash, not to what is unpublished, not to where a page was."""

import pytest
from sqlalchemy import select

from app.content.models import Content
from app.content.state import LIVE
from app.content.trash.services import restore, trash_contents
from app.core.actor import THE_APP
from app.core.errors import Conflict
from app.core.extensions import db
from app.linker import actions, listing, proposals, waiting
from app.linker.models import LinkPage, LinkProposal
from app.linker.proposals import LinkedAlready
from app.linker.targets import TargetsGone
from app.sites.models import Site
from tests.linker.test_linking import COLD, PRESS, Pages, html_of, link, to


def waiting_of(content: Content) -> int:
    db.session.expire_all()
    return db.session.scalars(select(LinkPage.waiting).where(LinkPage.content_id == content.id)).one()


def move(site: Site, content: Content, where: str) -> None:
    if where == "trash":
        trash_contents([content.id], None)
    else:
        restore([content.id])
    db.session.commit()
    waiting.count_waiting_around([content.id], site.id)
    db.session.commit()


def test_a_link_into_the_trash_is_neither_shown_nor_put_in(site: Site, pages: Pages) -> None:
    link(site, pages[COLD])
    proposal, text = to(pages[COLD], pages[PRESS]), html_of(pages[COLD])
    before, in_all = waiting_of(pages[COLD]), listing.link_figures(site).waiting
    move(site, pages[PRESS], "trash")
    assert proposal.id not in [row.id for row in proposals.open_links(site.account_id, pages[COLD].id)]
    assert proposals.incoming_links(site.account_id, pages[PRESS].id) == []
    assert (waiting_of(pages[COLD]), listing.link_figures(site).waiting) == (before - 1, in_all - 1)
    with pytest.raises(TargetsGone, match="French press guide"):
        actions.accept_links(site.account_id, THE_APP, [proposal.id])
    db.session.rollback()
    others = [row.id for row in proposals.open_links(site.account_id, pages[COLD].id)]
    done = actions.accept_links(site.account_id, THE_APP, [proposal.id, *others])
    db.session.commit()
    assert done.count == len(others) > 0
    assert "French press guide” is in the trash" in done.message
    assert pages[PRESS].external_url not in html_of(pages[COLD])
    assert html_of(pages[COLD]) != text
    move(site, pages[PRESS], "back")
    assert to(pages[COLD], pages[PRESS]).state == "proposed"
    assert proposal.id in [row.id for row in proposals.open_links(site.account_id, pages[COLD].id)]


def test_a_link_to_what_is_not_published_any_more_waits(site: Site, pages: Pages) -> None:
    link(site, pages[COLD])
    proposal = to(pages[COLD], pages[PRESS])
    target = db.session.get_one(Content, pages[PRESS].id)
    assert target.state == LIVE
    target.status, target.remote_status = "draft", "draft"
    db.session.commit()
    with pytest.raises(TargetsGone):
        actions.accept_links(site.account_id, THE_APP, [proposal.id])
    db.session.rollback()


def test_links_from_texts_in_the_trash_are_not_shown(site: Site, pages: Pages) -> None:
    link(site, pages[COLD])
    proposal = to(pages[COLD], pages[PRESS])
    assert proposal.id in [row.id for row in proposals.incoming_links(site.account_id, pages[PRESS].id)]
    move(site, pages[COLD], "trash")
    assert proposals.incoming_links(site.account_id, pages[PRESS].id) == []


def test_a_link_goes_to_where_the_page_is_now(site: Site, pages: Pages) -> None:
    link(site, pages[COLD])
    proposal = to(pages[COLD], pages[PRESS])
    target = db.session.get_one(Content, pages[PRESS].id)
    target.external_url = f"{site.url}/moved/french-press/"
    db.session.commit()
    actions.accept_links(site.account_id, THE_APP, [proposal.id])
    db.session.commit()
    assert f'<a href="{site.url}/moved/french-press/">French press guide</a>' in html_of(pages[COLD])


def test_why_a_link_was_not_put_in_is_said(site: Site, pages: Pages) -> None:
    link(site, pages[COLD])
    first = to(pages[COLD], pages[PRESS])
    second = to(pages[COLD], pages["Burr grinder or blade"])
    second.anchor, second.before, second.after = first.anchor, first.before, first.after
    db.session.commit()
    done = actions.accept_links(site.account_id, THE_APP, [first.id, second.id])
    assert done.count == 1
    assert "“French press guide” carries another link already." in done.message
    db.session.rollback()
    html = html_of(pages[COLD]).replace("Water", f'<a href="{pages[PRESS].external_url}">Water</a>')
    db.session.get_one(Content, pages[COLD].id).content_html = html
    db.session.commit()
    with pytest.raises(LinkedAlready, match="links to “French press guide” already"):
        actions.accept_links(site.account_id, THE_APP, [first.id])
    db.session.rollback()
    with pytest.raises(Conflict):
        actions.accept_links(site.account_id, THE_APP, [])
    assert db.session.get_one(LinkProposal, first.id).state == "proposed"
