"""An account with a row of each kind, and every route that exists asked with them: for tests made of the URL map.

A new kind of URL parameter fails there until `World.parameters` knows a row for it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.routing import Rule

from app.accounts import api_tokens, invitations, members
from app.accounts.models import Account
from app.api import webhooks
from app.api.webhook_models import WebhookDelivery
from app.automation.actions import save_rule
from app.automation.occurrences import Occurrence, add_occurrence
from app.automation.rules import RuleValues
from app.content.bulk import edits as bulk_edits
from app.content.editing.revisions import keep_before
from app.core.actor import THE_APP
from app.core.crypto import encrypt
from app.core.db import Base
from app.core.extensions import db
from app.core.roles import allows
from app.core.runs import Run
from app.identity import sessions
from app.linker.models import LinkBatch, LinkProposal
from app.linker.plan.models import LinkPlan, LinkPlanRow, LinkRepair
from app.optimizer.models import DismissedAssessment
from app.optimizer.rewrite.changes import ProposedChange
from app.optimizer.rewrite.task_models import OptimizationTask
from app.planner.clusters import changes
from app.publishing.batches.services import start_batch
from app.saved_views.models import SavedView
from app.sitebuilder.assets.models import SiteAsset
from app.sitebuilder.assets.shelves import ASSETS
from app.sitebuilder.deploy.models import SiteDeploy
from app.sites import connection
from app.suggestions.models import ClusterSuggestion, Overlap
from app.sync.imports.models import SiteImport
from app.thinker.actions import save_prompt
from app.thinker.persona_actions import save_persona
from app.thinker.trial_actions import create_set
from app.thinker.trial_models import PromptTest, PromptTestResult
from app.writer.drafting.proposals import add_proposal
from tests.factories.built import make_planned_site
from tests.factories.old_plugin import make_legacy_import
from tests.factories.people import actor_of, make_account, make_member
from tests.factories.pictures import add_images
from tests.factories.providers import make_provider
from tests.factories.things import (
    make_call,
    make_cluster,
    make_content,
    make_idea,
    make_keyword,
    make_planned_image,
    make_sector,
    make_site,
    make_task,
    make_term,
)

CANARY = "Zanzibar secret"
# Plugins and links of mails are signed: tests/sites, tests/sync and tests/monitoring try strangers there.
# Programs come with tokens: tests/api/test_callers.py tries strangers there.
SIGNED = ("integrations.", "inbound.", "stripe.", "daily_mail.stop_daily_mail", "api.")
NO_ROWS = {
    "operation",
    "topic",
    "picture",
    "list_name",
    "column",
    "batch_action",
    "flow",
    "decision",
    "module",
    "choice",
}  # names of ours in addresses, which every account has
FIELDS = ("ids", "content_ids", "task_ids", "idea_ids", "cluster_id", "term_id", "detach_term_id", "target", "site_id")


@dataclass
class World:
    """The account that is not the stranger's: one row of each kind, all named after the canary."""

    account: Account
    parameters: dict[str, Any]


@pytest.fixture
def world(app: Flask) -> World:
    account = make_account(CANARY)
    site = make_site(account, name=f"{CANARY} site")
    key = connection.make_key(site)
    cluster = make_cluster(site, f"{CANARY} cluster")
    keyword = make_keyword(site, f"{CANARY} keyword", cluster_id=cluster.id)
    idea = make_idea(cluster, f"{CANARY} idea")
    task = make_task(cluster, f"{CANARY} task")
    content = make_content(site, f"{CANARY} content", cluster_id=cluster.id)
    keep_before([content.id])
    db.session.add(
        DismissedAssessment(account_id=account.id, content_id=content.id, key="images", reason=f"{CANARY} reason")
    )
    image = add_images(content, 1)[0]
    run = Run(account_id=account.id, kind="t", title=f"{CANARY} run", job="jobs.none", state="failed", site_id=site.id)
    db.session.add(run)
    db.session.commit()
    batch = start_batch(account.id, [content.id], THE_APP)
    db.session.commit()
    change = changes.record_change(account.id, site.id, THE_APP, f"{CANARY} change", changes.of_text(cluster))
    db.session.commit()
    version = save_prompt(
        account.id,
        THE_APP,
        "draft",
        system=CANARY,
        question="Write about {{title}}.",
        note=CANARY,
    ).version
    assert version is not None
    named = {"name": f"{CANARY} persona", "voice": CANARY}
    persona = save_persona(account.id, THE_APP, None, named, site_id=site.id, is_default=True)
    task_row = f"task:{task.id}"
    test_set = create_set(account.id, "draft", f"{CANARY} set", [task_row])
    test = PromptTest(
        account_id=account.id,
        test_set_id=test_set.id,
        operation="draft",
        cases=test_set.cases,
        repeats=1,
        author=CANARY,
    )
    db.session.add(test)
    db.session.flush()
    result = PromptTestResult(account_id=account.id, test_id=test.id, side=0, case_number=0, repeat=0)
    result.answer_encrypted = encrypt(CANARY)
    db.session.add(result)
    db.session.commit()
    pair = Overlap(
        account_id=account.id,
        site_id=site.id,
        first_kind="content",
        first_id=content.id,
        second_kind="task",
        second_id=task.id,
        score=90,
    )
    db.session.add(pair)
    db.session.commit()
    view = SavedView(account_id=account.id, list_name="content", site_id=site.id, name=f"{CANARY} view", is_shared=True)
    db.session.add(view)
    db.session.commit()
    action = {"kind": "generate_ideas", "parameters": {}}
    wanted = RuleValues(name=f"{CANARY} rule", trigger="cluster_created", actions=[action])
    rule = save_rule(account.id, THE_APP, site.id, wanted)
    execution = add_occurrence(rule, Occurrence("event:1", "event", [cluster.id]))
    assert execution is not None
    linking = LinkBatch(account_id=account.id, site_id=site.id, mode="propose", actor_name=CANARY)
    db.session.add(linking)
    db.session.flush()
    link = LinkProposal(
        account_id=account.id,
        site_id=site.id,
        batch_id=linking.id,
        content_id=content.id,
        target_id=make_content(site, f"{CANARY} target").id,
        score=90,
        url="https://example.com/",
        anchor=CANARY,
    )
    db.session.add(link)
    of_site = {"account_id": account.id, "site_id": site.id}
    texts = ("old_href", "new_href", "old_tag", "new_tag", "end_tag", "inner", "anchor", "before", "after")
    of_content = {**of_site, "content_id": content.id}
    repair = LinkRepair(**of_content, batch_id=linking.id, version=1, **dict.fromkeys(texts, CANARY))
    pairs = ("links", "orphans", "deep", "unreached", "broken", "moved", "hub_links", "mean_depth")
    figures = {**{name: [0, 0] for name in pairs}, "hubs": 0, "overlinked": 0, "fresh": 0, "home_is_known": True}
    plan = LinkPlan(**of_site, read_at=site.created_at, contents=1, figures=figures, picture={"nodes": []})
    row = LinkPlanRow(**of_content, kind="orphan", weight=1, address=CANARY, anchor=CANARY)
    suggestion = ClusterSuggestion(**of_content, cluster_id=cluster.id, score=90, because=CANARY)
    importing = Run(account_id=account.id, kind="t", title=CANARY, job="jobs.none", state="succeeded", site_id=site.id)
    db.session.add_all([repair, plan, row, suggestion, importing])
    db.session.flush()
    kinds = {"types": ["post"], "statuses": ["publish"], "page_limit": 50, "phase": "done"}
    db.session.add(SiteImport(**of_site, run_id=importing.id, **kinds))
    db.session.commit()
    proposed = ProposedChange(1, "seo_title", "", CANARY, "seo_title").stored()
    optimization = OptimizationTask(
        account_id=account.id,
        site_id=site.id,
        content_id=content.id,
        entry_point="manual",
        status="completed",
        changes=[proposed],
        waiting=1,
    )
    db.session.add(optimization)
    db.session.commit()
    legacy = make_legacy_import(site, CANARY)
    planned_page = make_planned_site(site, f"{CANARY} site")
    sha256 = ASSETS.save(site.account_id, CANARY.encode())
    asset = SiteAsset(
        **of_site, folder="images", name=f"{CANARY}.png", sha256=sha256, mime="image/png", size=1, alt=CANARY
    )
    db.session.add(asset)
    deploy = SiteDeploy(**of_site, blueprint_id=planned_page.blueprint_id, version=1, actor_name=CANARY)
    db.session.add(deploy)
    db.session.flush()
    parameters = {
        "blueprint_id": planned_page.blueprint_id,
        "deploy_id": deploy.id,
        "asset_id": asset.id,
        "page_id": planned_page.id,
        "section_id": planned_page.blocks[0]["id"],
        "number": 1,
        "legacy_id": legacy.id,
        "source_table": "keywords",
        "link_id": link.id,
        "linking_id": linking.id,
        "repair_id": repair.id,
        "plan_row_id": row.id,
        "suggestion_id": suggestion.id,
        "import_run_id": importing.id,
        "decision": "reject",
        "optimization_id": optimization.id,
        "pair_id": pair.id,
        "rule_id": rule.id,
        "execution_id": execution.id,
        "flow": "clusters",
        "module": "linker",
        "choice": "ideas",
        "result_id": result.id,
        "set_id": test_set.id,
        "test_id": test.id,
        "persona_id": persona.id,
        "operation": "draft",
        "assessment": "text_length",
        "action": "draft",
        "batch_action": "assign-cluster",
        "topic": "clusters",
        "picture": "clusters.png",
        "list_name": "content",
        "column": "cluster",
        "row_id": content.id,
        "view_id": view.id,
        "version_id": version.id,
        "batch_id": batch.id,
        "change_id": change.id,
        "edit_id": bulk_edits.note(account.id, site.id, THE_APP, "cluster", cluster.id).id,
        "account_id": account.id,
        "site_id": site.id,
        "sector_id": make_sector(site, f"{CANARY} sector").id,
        "cluster_id": cluster.id,
        "keyword_id": keyword.id,
        "idea_id": idea.id,
        "task_id": task.id,
        "content_id": content.id,
        "image_id": image.id,
        "term_id": make_term(site, f"{CANARY} term").id,
        "run_id": run.id,
        "version": content.version,
        "planned_id": make_planned_image(content, f"{CANARY} pot").id,
        "proposal_id": add_proposal(content, f"<p>{CANARY}</p>", origin="t", actor_id=None).id,
        "call_id": make_call(account, subject=f"{CANARY} call", prompt_encrypted=encrypt(CANARY)).id,
        "provider_id": make_provider(account, f"{CANARY} provider").id,
    }
    member = make_member(account, "viewer", name=f"{CANARY} person")
    membership = members.membership_of(account.id, member.id)
    token, _key = api_tokens.make_token(
        account.id,
        actor_of(member),
        name=f"{CANARY} token",
        scopes=["account:read"],
        days=30,
        role="viewer",
        for_bot=False,
        usable={"account:read"},
    )
    invited = invitations.invite(
        account.id, actor_of(member), email="zanzibar@example.com", role="viewer", site_ids=[site.id]
    )
    sessions.start_session(member, ip="127.0.0.1", user_agent=CANARY)
    webhook = webhooks.create_webhook(account.id, "https://zanzibar.example/hook", ["run.ended"])
    sent = {"event": "run.ended", "event_key": CANARY, "payload": {"title": CANARY}, "state": "failed", "error": ""}
    delivery = WebhookDelivery(account_id=account.id, webhook_id=webhook.id, **sent)
    db.session.add(delivery)
    db.session.flush()
    parameters |= {
        "webhook_id": webhook.id,
        "delivery_id": delivery.id,
        "member_id": membership.id,
        "token_id": token.id,
        "invitation_id": invited.id,
        "session_id": sessions.list_sessions(member.id)[0].id,
    }
    db.session.commit()
    assert key.key_id
    return World(account, parameters)


def routes(app: Flask) -> Iterator[tuple[Rule, str]]:
    """Each rule with each method it answers."""
    for rule in sorted(app.url_map.iter_rules(), key=str):
        if rule.endpoint != "static":
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield rule, method


def address(app: Flask, rule: Rule, world: World) -> str:
    """The rule with the world's ids filled in."""
    unknown = rule.arguments - set(world.parameters)
    assert not unknown, f"{rule}: tell World.parameters of {unknown}"
    with app.test_request_context():
        from flask import url_for

        return url_for(rule.endpoint, **{name: world.parameters[name] for name in rule.arguments})


def everything_of(account: Account) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of an account, as values."""
    db.session.rollback()
    rows = {}
    for table in Base.metadata.sorted_tables:
        if "account_id" in table.c:
            stmt = select(table).where(table.c.account_id == account.id).order_by(*table.primary_key.columns)
            rows[table.name] = [tuple(row) for row in db.session.execute(stmt)]
    return rows


def everybody_may(permission: str | None) -> bool:
    """True for what the least of the roles may do."""
    return permission is not None and allows("viewer", permission)


def ask(client: FlaskClient, method: str, path: str, world: World) -> Any:
    """Make the request; a POST carries the world's ids in every field that routes read ids from."""
    data: dict[str, Any] = {}
    if method == "POST":
        ids = [
            str(value)
            for name, value in world.parameters.items()
            if name not in {"account_id", "run_id", "import_run_id", *NO_ROWS}
        ]
        data = dict.fromkeys(FIELDS, ids) | {"cluster_id": world.parameters["cluster_id"]}
        data |= {"title": "Overwritten", "name": "Overwritten", "version": "1", "active": "0"}
    return client.open(path, method=method, data=data)
