"""The dashboard and runs for people."""

from flask.testing import FlaskClient

from app.accounts.models import Account
from app.core.actor import THE_APP
from app.core.extensions import db
from app.core.runs import Run, start_run
from app.planner.models import Cluster
from app.sites.models import Site
from app.sync.run_kinds import COMPARE
from tests.factories.people import SignIn, make_member
from tests.factories.things import make_content, make_idea, make_keyword, make_task
from tests.factories.work import a_kind


def start(account: Account, **options: object) -> Run:
    run = start_run(
        account_id=account.id,
        kind=a_kind("publish", "jobs.publishing.publish_content"),
        title="Publish “A”",
        actor=THE_APP,
        **options,
    )
    db.session.commit()
    return run


def test_the_dashboard_leads_on_from_wherever_one_is(owner_client: FlaskClient, site: Site, cluster: Cluster) -> None:
    def next_step() -> str:
        page = owner_client.get(f"/dashboard/?site={site.id}").text
        return page.split("Next step</p><h2>")[1].split("</h2>")[0]

    assert next_step() == "Import keywords"
    make_keyword(site, cluster_id=cluster.id)
    assert next_step() == "Generate ideas"
    make_idea(cluster)
    assert next_step() == "Turn ideas into tasks"
    make_task(cluster)
    assert next_step() == "Generate drafts"


def test_the_dashboard_without_a_site_says_how_to_start(owner_client: FlaskClient, viewer_client: FlaskClient) -> None:
    assert "Add site" in owner_client.get("/dashboard/").text
    assert "Start with a site" in viewer_client.get("/dashboard/").text
    assert "/sites/new/" not in viewer_client.get("/dashboard/").text


def test_a_run_is_watched_cancelled_and_tried_again(owner_client: FlaskClient, account: Account, site: Site) -> None:
    content = make_content(site)
    run = start(account, params={"content_id": content.id})
    hx = {"HX-Request": "true"}
    bar = owner_client.get(f"/runs/{run.id}/", headers=hx).text
    assert 'hx-trigger="every 1s"' in bar
    assert 'data-state="queued"' in bar
    ended = owner_client.post(f"/runs/{run.id}/cancel/", headers=hx).text
    assert 'data-state="cancelled"' in ended
    assert "every 1s" not in ended
    again = owner_client.post(f"/runs/{run.id}/retry/", headers=hx).text
    assert 'data-state="queued"' in again
    assert owner_client.post(f"/runs/{run.id}/retry/").status_code == 409
    page = owner_client.get(f"/runs/{run.id}/").text
    assert "<h1>Publish “A”</h1>" in page
    assert "Publish “A”" in owner_client.get("/runs/menu/").text


def test_a_viewer_watches_but_does_not_cancel(viewer_client: FlaskClient, account: Account, site: Site) -> None:
    run = start(account, site_id=site.id)
    assert viewer_client.get(f"/runs/{run.id}/").status_code == 200
    assert f"/runs/{run.id}/cancel/" not in viewer_client.get(f"/runs/{run.id}/").text
    assert viewer_client.post(f"/runs/{run.id}/cancel/").status_code == 403


def test_work_is_cancelled_by_those_who_may_start_it(account: Account, site: Site, sign_in: SignIn) -> None:
    editor = sign_in(make_member(account, "editor", sites=[site.id]))
    run = start_run(account_id=account.id, kind=COMPARE, title="Compare", actor=THE_APP, site_id=site.id)
    db.session.commit()
    assert f"/runs/{run.id}/cancel/" not in editor.get(f"/runs/{run.id}/").text
    assert editor.post(f"/runs/{run.id}/cancel/").status_code == 403
    admin = sign_in(make_member(account, "admin"))
    assert f"/runs/{run.id}/cancel/" in admin.get(f"/runs/{run.id}/").text
    assert admin.post(f"/runs/{run.id}/cancel/").status_code == 303
    assert editor.post(f"/runs/{run.id}/retry/").status_code == 403


def test_work_of_the_whole_account_is_not_for_those_who_see_single_sites(
    viewer_client: FlaskClient, owner_client: FlaskClient, account: Account
) -> None:
    run = start(account)
    assert viewer_client.get(f"/runs/{run.id}/").status_code == 404
    assert owner_client.get(f"/runs/{run.id}/").status_code == 200
