"""A link that was put in is a change of ours to WordPress: published as such, and in step afterwards."""

import pytest
from sqlalchemy import select

from app.content.models import Content
from app.core.actor import THE_APP
from app.core.extensions import db
from app.linker import actions, indexing
from app.linker.models import LinkProposal, LinkSettings
from tests.factories.things import make_content, save
from tests.sync.conftest import real
from tests.sync.real import Real, stands

__all__ = ["real"]


@pytest.fixture
def live(real: Real) -> Content:
    """A page that names another; both are live."""
    press = make_content(real.site, title="French press guide", content_html="<p>Pour, wait, press.</p>")
    html = "<p>Strain it as the French press guide &amp; others say, with patience.</p>\n\n<p>Then drink.</p>"
    cold = make_content(real.site, title="Cold brew", content_html=html)
    rules = {"most_per_content": 5, "words_per_link": 5, "least_score": 0, "rel": "", "sentences": False}
    save(LinkSettings(account_id=real.site.account_id, site_id=real.site.id, **rules))
    db.session.commit()
    for content in (press, cold):
        assert real.publish(content).state == "succeeded"
    real.forget()
    indexing.refresh(real.site)
    return db.session.get_one(Content, cold.id)


def put_in(real: Real, live: Content) -> LinkProposal:
    (planned,) = actions.links_planned(live.account_id, live.id)
    started = actions.start_linking(live.account_id, THE_APP, live.site_id, [live.id])
    assert real.work(started.run).state == "succeeded"
    link = db.session.scalars(select(LinkProposal).where(LinkProposal.content_id == live.id)).one()
    assert link.target_id == planned.target_id
    assert actions.accept_links(live.account_id, THE_APP, [link.id]).count == 1
    db.session.commit()
    return link


def test_a_link_is_our_change_until_it_is_published_and_when_it_is_taken_out(real: Real, live: Content) -> None:
    before = live.content_html
    assert stands(live) == ("in_step", {})
    link = put_in(real, live)
    assert stands(live) == ("ours", {"content": "ours"})
    assert real.pull() == 0
    assert stands(live) == ("ours", {"content": "ours"})
    assert real.publish(live).state == "succeeded"
    assert stands(live) == ("in_step", {})
    tag = f'<a href="{link.url}">French press guide</a>'
    assert real.post(live)["post_content"] == before.replace("French press guide", tag)
    assert real.pull() == 0
    assert actions.take_out_link(live.account_id, THE_APP, link.id).count == 1
    db.session.commit()
    assert stands(live) == ("ours", {"content": "ours"})
    assert real.publish(live).state == "succeeded"
    assert real.post(live)["post_content"] == before
    assert stands(live) == ("in_step", {})


def test_what_wordpress_changed_meanwhile_is_a_conflict_and_not_overwritten(real: Real, live: Content) -> None:
    put_in(real, live)
    real.update(live, post_content="<p>Theirs.</p>")
    real.pull()
    assert stands(live) == ("both", {"content": "both"})
    assert real.publish(live).error["code"] == "EDITED_IN_WORDPRESS"
    assert real.post(live)["post_content"] == "<p>Theirs.</p>"
