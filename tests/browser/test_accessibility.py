"""axe finds nothing serious on any page, light and dark, wide and narrow; nothing scrolls sideways.

The pages come from the URL map: a new one is looked at without anybody thinking of it.
"""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask, render_template, url_for
from flask.testing import FlaskClient
from playwright.sync_api import Page, expect

from app.accounts import members
from app.accounts.models import Account
from app.content.models import Content
from app.core.extensions import db
from app.core.runs import Run
from app.identity.models import User
from app.planner.models import Cluster
from app.publishing.models import PublishBatch, PublishBatchRow
from app.sites.models import Site
from tests.browser.conftest import sign_in
from tests.factories.live import LiveApp
from tests.factories.people import make_member
from tests.factories.pictures import add_images
from tests.factories.things import (
    make_cluster,
    make_content,
    make_idea,
    make_keyword,
    make_sector,
    make_task,
    make_term,
)

SCHEMES = [("light", 1440), ("dark", 375)]
LONG = "Über die Kunst des Röstens in kleinen Chargen und " * 3 + "Rindfleischetikettierungsaufgaben"
ARABIC = "دليل تحضير القهوة المختصة في المنزل خطوة بخطوة"
EXPECTED = {
    "dashboard.index",
    "planner.keywords",
    "planner.import_keywords",
    "planner.import_result",
    "planner.clusters",
    "planner.cluster",
    "planner.ideas",
    "planner.edit_idea",
    "writer.tasks",
    "writer.new_task",
    "content.index",
    "content.edit",
    "content.preview",
    "sites.index",
    "sites.new",
    "sites.settings",
    "runs.show",
    "publishing.list_batches",
    "publishing.show_batch",
    "account.profile",
    "account.security",
    "account.team",
    "account.begin_second_factor",
    "account.edit_member",
    "account.audit_log",
    "export.index",
}
ERROR = {"code": "MEDIA_TOO_LARGE", "message": "The image was refused.", "cure": "Use a smaller one.", "details": {}}


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """axe is a script of the test, not of the page."""
    return {**browser_context_args, "bypass_csp": True, "reduced_motion": "reduce"}


@pytest.fixture
def parameters(site: Site, cluster: Cluster, owner: User) -> dict[str, Any]:
    """A site with odd titles and with work that waits, failed and succeeded; a value for each URL parameter."""
    make_cluster(site, LONG)
    keywords = [make_keyword(site, text, volume=900, cluster_id=cluster.id) for text in ("cold brew", ARABIC)]
    make_keyword(site, "moka pot")
    ideas = [make_idea(cluster, title) for title in (LONG, ARABIC)]
    tasks = [make_task(cluster, title) for title in (LONG, ARABIC)]
    pieces = [make_content(site, title, cluster_id=cluster.id, is_outline=True) for title in (LONG, ARABIC, "Short")]
    pieces[0].status, pieces[0].external_url = "published", "https://example.com/a-post/"
    watched = [_publish(pieces[0], owner, "succeeded"), _publish(pieces[1], owner, "failed")]
    watched.append(_publish(pieces[2], owner, "queued"))
    batch = _batch(site, pieces, watched)
    imported = {"added": 1, "known": 0, "rejected": 1, "warned": 1, "sample": [[3, "", "No keyword in this row."]]}
    done = Run(
        account_id=site.account_id,
        site_id=site.id,
        kind="import_keywords",
        title="Import",
        job="jobs.none",
        state="succeeded",
        message="Added 1 keyword, 1 row was rejected.",
        data=imported,
    )
    image, term = add_images(pieces[0], 1)[0], make_term(site)
    member = make_member(db.session.get_one(Account, site.account_id), "editor", name=LONG[:120])
    membership = members.membership_of(site.account_id, member.id)
    db.session.add(done)
    db.session.commit()
    return {
        "batch_id": batch.id,
        "member_id": membership.id,
        "site_id": site.id,
        "sector_id": make_sector(site).id,
        "cluster_id": cluster.id,
        "keyword_id": keywords[0].id,
        "idea_id": ideas[0].id,
        "task_id": tasks[0].id,
        "content_id": pieces[0].id,
        "image_id": image.id,
        "term_id": term.id,
        "account_id": site.account_id,
        "run_id": done.id,
        "failed_run": watched[1].id,
    }


def _batch(site: Site, pieces: list[Content], runs: list[Run]) -> PublishBatch:
    batch = PublishBatch(account_id=site.account_id, kind="publish", total=len(pieces))
    db.session.add(batch)
    db.session.flush()
    for number, (piece, run) in enumerate(zip(pieces, runs, strict=True), start=1):
        db.session.add(
            PublishBatchRow(
                account_id=site.account_id,
                batch_id=batch.id,
                position=number,
                content_id=piece.id,
                site_id=site.id,
                run_id=run.id,
                title=piece.title,
            )
        )
    return batch


def _publish(content: Content, owner: User, state: str) -> Run:
    names = ("preflight", "claim", "media", "taxonomies", "content", "commit", "verify")
    run = Run(
        account_id=content.account_id,
        site_id=content.site_id,
        actor_id=owner.id,
        kind="publish",
        title=f"Publish “{content.title}”",
        job="jobs.none",
        subject_type="content",
        subject_id=content.id,
        state=state,
        total=7,
        done=2,
        error=ERROR if state == "failed" else None,
        steps=[{"name": name, "label": name.capitalize(), "state": "waiting"} for name in names],
    )
    if state == "succeeded":
        run.data, run.message = {"verdict": "published_with_issues"}, "Published, with 1 issue(s): Another title."
    db.session.add(run)
    db.session.flush()
    return run


def whole_pages(app: Flask, client: FlaskClient, parameters: dict[str, Any]) -> dict[str, str]:
    """Each address that answers with a whole page, by endpoint."""
    found = {}
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint == "static" or rule.arguments - set(parameters):
            continue
        with app.test_request_context():
            address = url_for(rule.endpoint, **{name: parameters[name] for name in rule.arguments})
        answer = client.get(address)
        if answer.status_code == 200 and answer.mimetype == "text/html" and "<html" in answer.text:
            found[rule.endpoint] = address
    return found


def findings(page: Page) -> list[str]:
    """What axe holds for serious or critical, and a page that is wider than its window, in a line each."""
    rules = Axe().run(page).response["violations"]
    said = [
        f"{rule['id']}: {rule['nodes'][0]['target']}" for rule in rules if rule["impact"] in ("serious", "critical")
    ]
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return [*said, f"{wide} px too wide"] if wide > 0 else said


@pytest.mark.parametrize(("scheme", "width"), SCHEMES)
def test_every_page(
    page: Page,
    web: LiveApp,
    app: Flask,
    owner: User,
    owner_client: FlaskClient,
    parameters: dict[str, Any],
    scheme: Any,
    width: int,
) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    addresses = whole_pages(app, owner_client, parameters)
    assert set(addresses) >= EXPECTED
    tabs = {tab: f"{addresses['sites.settings']}?tab={tab}" for tab in ("sectors", "wordpress", "access")}
    failed = {"failed run": f"/runs/{parameters['failed_run']}/"}
    problems = {}
    for name in ("login", "signup"):
        page.goto(f"{web.url}/{name}")
        problems[name] = findings(page)
    sign_in(page, web, owner)
    for name, address in {**addresses, **tabs, **failed}.items():
        page.goto(web.url + address)
        page.wait_for_load_state("load")
        problems[name] = findings(page)
    assert {name: found for name, found in problems.items() if found} == {}


def test_what_opens_on_a_page(page: Page, web: LiveApp, owner: User, parameters: dict[str, Any]) -> None:
    sign_in(page, web, owner)
    page.goto(f"{web.url}/content/")
    page.get_by_role("group").filter(has_text="With issues").locator("summary").first.click()
    expect(page.get_by_text("Another title.").filter(visible=True)).to_be_visible()
    assert findings(page) == []
    page.get_by_label("Select Short").check()
    page.get_by_role("button", name="Attach term").click()
    assert findings(page) == []
    page.goto(f"{web.url}/planner/clusters/{parameters['cluster_id']}/")
    page.get_by_role("button", name="Edit", exact=True).click()
    assert findings(page) == []
    page.keyboard.press("Escape")
    page.locator("#runs-menu-button").click()
    expect(page.locator("#runs-menu li").first).to_be_visible()
    assert findings(page) == []


@pytest.mark.parametrize("status", [400, 403, 404, 429, 500, 503])
def test_error_pages(page: Page, web: LiveApp, app: Flask, status: int) -> None:
    with app.test_request_context():
        html = render_template(f"errors/{status}.html", error={}, status=status)
    page.route("**/an-error/", lambda route: route.fulfill(body=html, content_type="text/html"))
    page.goto(f"{web.url}/an-error/")
    assert findings(page) == []
