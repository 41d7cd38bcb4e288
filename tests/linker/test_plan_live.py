"""On a real WordPress: a link to where a page was is mended, published, and the live page has the right one."""

from sqlalchemy import select

from app.content.models import Content
from app.content.services import update_content
from app.core.actor import THE_APP
from app.core.extensions import db
from app.core.listing.selection import Selection
from app.core.row_security import act_for
from app.linker import indexing
from app.linker.plan import actions
from app.linker.plan.models import LinkPlanRow
from app.publishing.services import start_publishes
from app.sites.models import Site
from tests.factories.blog import Blog
from tests.factories.things import make_content
from tests.factories.work import work


def publish(content: Content) -> None:
    """Publish it now."""
    run = start_publishes(content.account_id, [content.id], THE_APP)[0]
    db.session.commit()
    ended = work(run)
    assert ended.state == "succeeded", ended.error


def test_a_link_to_where_a_page_was_is_mended_on_the_live_page(site: Site, blog: Blog) -> None:
    act_for(site.account_id)
    blog.pair(site)
    target = make_content(site, "Milk frothing", slug="old-milk", content_html="<p>Steam it.</p>")
    publish(target)
    was = str(db.session.get_one(Content, target.id).external_url)
    path = was.removeprefix(blog.url)
    html = f'<p>Read <a class="x" href="{path}#foam">on milk</a> and <a href="/nowhere/">a lost page</a>.</p>'
    source = make_content(site, "Brewing for two", content_html=html)
    publish(source)
    indexing.refresh(site)
    target = db.session.get_one(Content, target.id)
    update_content(target.id, site.account_id, {"slug": "new-milk"}, expected_version=target.version)
    db.session.commit()
    publish(target)
    now = str(db.session.get_one(Content, target.id).external_url)
    assert now != was
    live = str(db.session.get_one(Content, source.id).external_url)
    assert f'href="{path}#foam"' in blog.get(live).text
    plan = actions.start_link_plan(site.account_id, THE_APP, site.id)
    db.session.commit()
    assert work(plan).state == "succeeded"
    faults = LinkPlanRow.kind.in_(("broken", "moved"))
    ids = list(db.session.scalars(select(LinkPlanRow.id).where(faults)))
    applied = actions.apply_link_plan(site.account_id, THE_APP, site.id, Selection(ids))
    db.session.commit()
    assert work(applied.run).state == "succeeded"
    source = db.session.get_one(Content, source.id)
    assert source.state == "live_changed"  # drift sees a change of ours
    publish(source)
    page = blog.get(live).text
    assert f'Read <a class="x" href="{now.removeprefix(blog.url)}#foam">on milk</a> and a lost page.' in page
    assert blog.get(now).status_code == 200
