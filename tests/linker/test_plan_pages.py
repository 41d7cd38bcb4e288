"""The page of the link plan: empty, made, chosen from, and looked at by who may not change anything."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.content.models import Content
from app.core.extensions import db
from app.linker.models import LinkBatch
from app.linker.plan.models import LinkPlanRow, LinkRepair
from app.sites.models import Site
from tests.factories.work import newest_run, work
from tests.linker.conftest import live
from tests.linker.test_plan import faulty

__all__ = ["faulty"]
HTMX = {"HX-Request": "true"}


def test_from_an_empty_page_to_a_mended_link_and_back(
    owner_client: FlaskClient, site: Site, pages: dict[str, Content], faulty: Content
) -> None:
    assert "No plan yet" in owner_client.get("/linker/plan/").text
    answer = owner_client.post("/linker/plan/make/")
    assert answer.status_code == 303
    assert work(newest_run()).state == "succeeded"
    page = owner_client.get("/linker/plan/").text
    assert "Broken links" in page
    assert "1 → 0" in page
    assert '<svg class="link-graph"' in page
    assert "The page has moved: visitors are redirected." in page
    assert "stale" not in page
    rows = owner_client.get("/linker/plan/?kind=moved&sort=title", headers=HTMX).text
    assert 'id="plan-region"' in rows
    assert "<html" not in rows
    assert 'data-waiting="1"' in rows
    assert "No content has this address." not in rows
    answer = owner_client.post("/linker/plan/apply/", data={"on_all": "yes", "filter": "kind=moved"})
    assert answer.status_code == 303
    run = work(newest_run())
    assert run.state == "succeeded"
    batch = owner_client.get(run.link).text
    assert "/blog/old-milk/#foam" in batch
    assert "Put back" in batch
    content = owner_client.get(f"/linker/contents/{faulty.id}/").text
    assert "Mended" in content
    assert "stale" in owner_client.get("/linker/plan/").text
    repair = db.session.scalars(select(LinkRepair)).one()
    back = owner_client.post(f"/linker/repairs/{repair.id}/undo/", data={"page": "batch"})
    assert back.location.endswith(run.link)
    assert owner_client.post(f"/linker/repairs/{repair.id}/undo/").status_code == 409
    all_back = f"/linker/contents/{faulty.id}/repairs/undo/"
    assert owner_client.post(all_back, data={"ids": [repair.id]}).status_code == 409
    assert owner_client.post(all_back, data={"ids": ["x"]}).status_code == 422


def test_nothing_is_done_without_a_choice(owner_client: FlaskClient, faulty: Content) -> None:
    owner_client.post("/linker/plan/make/")
    work(newest_run())
    unreadable = {"on_all": "yes", "ids": ["abc"]}
    for data in ({}, {"on_all": "ask"}, unreadable, {"all_matching": "1", "filter": "kind=nonsense"}):
        assert owner_client.post("/linker/plan/apply/", data=data).status_code == 422
    gone = owner_client.post("/linker/plan/apply/", data={"ids": ["999999"]})
    assert gone.status_code == 409
    assert db.session.scalar(select(LinkBatch.id)) is None
    assert db.session.scalar(select(LinkPlanRow.id).where(LinkPlanRow.state == "chosen")) is None


@pytest.mark.parametrize("title", ["<script>alert(1)</script>", "x" * 2000, "قهوة باردة", ""])
def test_odd_titles_and_addresses_are_shown(owner_client: FlaskClient, site: Site, title: str) -> None:
    html = '<p><a href="/&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;">y</a> <a href="/%00%ff">z</a></p>'
    live(site, title, html)
    live(site, "Other", f'<p><a href="/blog/{"x" * 600}/">w</a> <a href="javascript:alert(1)">v</a></p>')
    owner_client.post("/linker/plan/make/")
    assert work(newest_run()).state == "succeeded"
    page = owner_client.get("/linker/plan/")
    assert page.status_code == 200
    assert "<script>alert(1)" not in page.text
    owner_client.post("/linker/plan/apply/", data={"on_all": "yes", "filter": ""})
    run = work(newest_run())
    assert run.state == "succeeded"
    assert owner_client.get(run.link).status_code == 200


def test_five_hundred_pages_are_drawn_as_groups(owner_client: FlaskClient, site: Site) -> None:
    db.session.execute(
        Content.__table__.insert(),
        [
            {
                "account_id": site.account_id,
                "site_id": site.id,
                "content_type": "Article",
                "title": f"Page {number}",
                "content_html": f'<p><a href="/s{number % 7}/{(number * 3) % 120}/">on</a></p>',
                "external_url": f"{site.url}/s{number % 7}/{number}/",
                "external_id": number + 1,
                "status": "published",
                "remote_status": "publish",
                "created_at": site.created_at,
                "updated_at": site.created_at,
            }
            for number in range(120)
        ],
    )
    db.session.commit()
    owner_client.post("/linker/plan/make/")
    assert work(newest_run()).state == "succeeded"
    page = owner_client.get("/linker/plan/").text
    assert "The 7 largest of 7 groups" in page
    assert page.count("<circle") == 7 + 4
