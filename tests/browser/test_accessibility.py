"""axe finds nothing serious on any page, light and dark, wide and narrow; nothing scrolls sideways.

The pages come from the URL map: a new one is looked at without anybody thinking of it. In the dark they are looked at
in `test_accessibility_dark.py`, so that another worker can do it.
"""

from typing import Any

import pytest
from flask import Flask, render_template, url_for
from flask.testing import FlaskClient
from playwright.sync_api import Page, expect

from app.accounts import members
from app.accounts.models import Account
from app.ai.calls.models import AiAttempt, AiSettings
from app.content.models import Content
from app.core.actor import Actor
from app.core.crypto import encrypt
from app.core.extensions import db
from app.core.runs import Run
from app.identity.models import User
from app.optimizer.scoring import keep_scores
from app.planner.models import Cluster
from app.publishing.models import PublishBatch, PublishBatchRow
from app.sites.models import Site
from app.thinker.actions import save_prompt
from app.thinker.persona_actions import save_persona
from app.thinker.trial_actions import create_set
from app.thinker.trial_models import PromptTest, PromptTestResult
from benchmarks.rule_rows import fill_rules
from tests.browser.conftest import sign_in
from tests.factories.axe import findings
from tests.factories.better import fill_links, fill_optimizations
from tests.factories.live import LiveApp
from tests.factories.people import make_member
from tests.factories.pictures import add_images
from tests.factories.providers import make_provider, make_route
from tests.factories.things import (
    make_call,
    make_cluster,
    make_content,
    make_idea,
    make_keyword,
    make_sector,
    make_task,
    make_term,
)

PARTS = 4  # a test takes seconds, and more than one worker can help
LONG = "Über die Kunst des Röstens in kleinen Chargen und " * 3 + "Rindfleischetikettierungsaufgaben"
ARABIC = "دليل تحضير القهوة المختصة في المنزل خطوة بخطوة"
EXPECTED = {
    "ai.index",
    "ai.show_provider",
    "ai.show_models",
    "ai.calls",
    "ai.call",
    "ai.spend",
    "ai.limits",
    "thinker.prompts",
    "thinker.edit_prompt",
    "thinker.show_version",
    "thinker.compare_versions",
    "thinker.personas",
    "thinker.show_persona",
    "thinker.strategy",
    "thinker.tests",
    "thinker.show_set",
    "thinker.show_test",
    "automation.index",
    "automation.show_rule",
    "automation.new_rule",
    "automation.edit_rule",
    "automation.history",
    "automation.show_execution",
    "automation.autopilot",
    "dashboard.index",
    "help.index",
    "help.show_topic",
    "publishing.show_calendar",
    "publishing.show_entry",
    "publishing.add_to_day",
    "planner.keywords",
    "planner.keyword",
    "planner.new_keyword",
    "planner.import_keywords",
    "planner.import_result",
    "planner.clusters",
    "planner.cluster",
    "planner.new_cluster",
    "planner.ideas",
    "planner.edit_idea",
    "planner.new_idea",
    "writer.tasks",
    "writer.new_task",
    "writer.edit_task",
    "writer.brief",
    "content.index",
    "content.edit",
    "content.preview",
    "linker.index",
    "linker.link_batches",
    "linker.panel",
    "linker.preview_links",
    "linker.show_batch",
    "linker.show_content",
    "linker.show_plan",
    "linker.show_settings",
    "optimizer.assessments",
    "optimizer.index",
    "optimizer.optimization",
    "optimizer.optimizations",
    "optimizer.optimize_panel",
    "optimizer.panel",
    "sites.index",
    "sites.new",
    "sites.settings",
    "runs.list_activity",
    "find.index",
    "runs.show",
    "publishing.list_batches",
    "publishing.show_batch",
    "account.profile",
    "daily_mail.show",
    "styleguide.show",
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
    keep_scores(site.account_id, [piece.id for piece in pieces])
    db.session.commit()
    return {
        "linking_id": fill_links(site, pieces, LONG),
        "optimization_id": fill_optimizations(pieces[0], LONG),
        **_thinker(site, [task.id for task in tasks]),
        **dict(zip(("rule_id", "execution_id"), fill_rules(site, [LONG, ARABIC] * 3, [cluster]), strict=True)),
        **_models(db.session.get_one(Account, site.account_id)),
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
        "topic": "keyboard",
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


def _models(account: Account) -> dict[str, Any]:
    """A provider that failed and one that is off, and a call with two attempts whose texts are kept."""
    works = {"chat": True, "schema": False, "embed": True}
    failing = make_provider(account, ARABIC, models=["a", "b" * 90], capabilities={"b" * 90: works}, last_error=LONG)
    make_route(account, (failing, "b" * 90), (make_provider(account, LONG[:80], is_enabled=False), "a"))
    texts = {"prompt_encrypted": encrypt(LONG), "answer_encrypted": encrypt("x" * 900)}
    call = make_call(account, subject=LONG, model="m" * 90, provider=ARABIC, **texts)
    make_call(account, operation="embed", state="failed", error_code="AI_RATE_LIMITED", cost_micros=None)
    for number, code in enumerate(("AI_TIMEOUT", None), start=1):
        asked = {"account_id": account.id, "endpoint": "e" * 90, "model": "m" * 90, "ms": 900}
        db.session.add(AiAttempt(call_id=call.id, number=number, error_code=code, **asked))
    db.session.add(AiSettings(account_id=account.id, cap_day_micros=1_000, cap_month_micros=90_000_000))
    return {"provider_id": failing.id, "call_id": call.id}


def _thinker(site: Site, task_ids: list[int]) -> dict[str, Any]:
    """A version of a prompt, a persona and a test with an answer on each side, one of which failed."""
    actor = Actor(None, "Anna", permissions=None)
    question = "Write about {{title}}." + " and on" * 300
    version = save_prompt(site.account_id, actor, "draft", system=ARABIC, question=question, note=LONG).version
    assert version is not None
    values = {"name": ARABIC, "voice": LONG}
    persona = save_persona(site.account_id, actor, None, values, site_id=site.id, is_default=True)
    tested = create_set(site.account_id, "draft", LONG[:120], [f"task:{task_id}" for task_id in task_ids])
    sides = [
        {"version_id": id_, "label": "One of them", "fingerprint": "f", "model": "m" * 90} for id_ in (0, version.id)
    ]
    test = PromptTest(account_id=site.account_id, test_set_id=tested.id, operation="draft", sides=sides, repeats=1)
    test.cases = tested.cases
    db.session.add(test)
    db.session.flush()
    for side in (0, 1):
        result = PromptTestResult(account_id=site.account_id, test_id=test.id, side=side, case_number=0, repeat=0)
        result.answer_encrypted, result.model, result.problems = encrypt("x" * 500), "m" * 90, [LONG] if side else []
        db.session.add(result)
    db.session.flush()
    names = ("operation", "version_id", "persona_id", "set_id", "test_id", "result_id")
    return dict(zip(names, ("draft", version.id, persona.id, tested.id, test.id, result.id), strict=True))


def places(app: Flask, parameters: dict[str, Any]) -> dict[str, str]:
    """The endpoint of each address that the URL map has and there are values for; of some, what their query shows."""
    found = {}
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            if "GET" in (rule.methods or ()) and rule.endpoint != "static" and rule.arguments <= set(parameters):
                values = {name: parameters[name] for name in rule.arguments}
                found[url_for(rule.endpoint, **values)] = rule.endpoint
        for tab in ("sectors", "wordpress", "access"):
            found[url_for("sites.settings", site_id=parameters["site_id"], tab=tab)] = f"tab {tab}"
    return {**found, f"/runs/{parameters['failed_run']}/": "failed run"}


def is_page(client: FlaskClient, address: str) -> bool:
    """True where a whole page is answered."""
    answer = client.get(address)
    return answer.status_code == 200 and answer.mimetype == "text/html" and "<html" in answer.text


def look_at_part(part: int, page: Page, web: LiveApp, owner: User, client: FlaskClient, found: dict[str, str]) -> None:
    """Look at one of `PARTS` parts of the pages; together they are all."""
    assert set(found.values()) >= EXPECTED
    ours = dict(sorted(found.items(), key=lambda place: place[1])[part::PARTS])
    pages = [address for address in ours if is_page(client, address)]
    assert {ours[address] for address in pages} >= EXPECTED & set(ours.values())
    problems = {}
    if part == 0:
        for address in ("/login", "/signup"):
            page.goto(web.url + address)
            problems[address] = findings(page)
    sign_in(page, web, owner)
    for address in pages:
        page.goto(web.url + address)
        problems[address] = findings(page)
    assert {address: said for address, said in problems.items() if said} == {}


@pytest.mark.parametrize("part", range(PARTS))
def test_every_page_in_the_light(
    page: Page, web: LiveApp, app: Flask, owner: User, owner_client: FlaskClient, parameters: dict[str, Any], part: int
) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    look_at_part(part, page, web, owner, owner_client, places(app, parameters))


def test_the_preview_of_an_import(page: Page, web: LiveApp, owner: User, site: Site) -> None:
    sign_in(page, web, owner)
    page.set_viewport_size({"width": 375, "height": 900})
    page.goto(f"{web.url}/planner/keywords/import/")
    page.get_by_label("Keywords", exact=True).fill(f"keyword\tvolume\ncold brew\tmany\n{LONG}\t90")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#import-preview table").first).to_be_visible()
    assert findings(page) == []


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
