"""The page of both versions in a browser: it follows the publish that it starts."""

from playwright.sync_api import expect
from sqlalchemy import select

import jobs
from app.content.services import update_content
from app.core.extensions import db
from app.core.runs import Run
from app.identity.models import User
from app.publishing.models import PublishRun
from tests.content.conftest import Visits, address, visit
from tests.factories.things import make_content
from tests.sync.real import Real

__all__ = ["address", "visit"]


def test_the_page_follows_the_publish_that_it_starts(real: Real, owner: User, visit: Visits) -> None:
    content = make_content(real.site, title="Tea", content_html="<p>One</p>\n\n<p>Two</p>")
    real.publish(content)
    update_content(content.id, content.account_id, {"title": "Our tea", "excerpt": "Ours"}, expected_version=1)
    db.session.commit()
    real.update(content, post_title="Their tea", post_content="<p>One</p>\n\n<p>Theirs</p>")
    page = visit(owner, f"/content/{content.id}/drift/")
    expect(page.get_by_role("heading", name="Title")).to_be_visible()
    page.get_by_role("button", name="Apply and publish").click()
    expect(page.get_by_role("alert")).to_contain_text("Not published: “Title” is not decided yet.")
    page.locator('input[name="take-title"][value="ours"]').check(force=True)
    page.get_by_role("button", name="Apply and publish").click()
    expect(page.locator("#drift-region .run")).to_be_visible()
    expect(page.get_by_role("heading", name="Title")).to_have_count(0)
    db.session.rollback()
    run = db.session.scalars(select(Run).join(PublishRun, PublishRun.run_id == Run.id).order_by(Run.created_at.desc()))
    jobs.execute(str(run.first().id))  # type: ignore[union-attr]
    expect(page.get_by_text("Both sides are the same")).to_be_visible()
    expect(page.locator("#drift-region .run")).to_have_count(0)
    db.session.expire_all()
    assert real.post(content)["post_title"] == "Our tea"
