"""Every route that changes something, and whether the audit log tells of it.

A new one fails here until it is named: with the action that it records, or with why it records none. What changes who
can do what, money, or what is live has an action.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app import cli
from app.accounts.models import Account
from app.config import ROOT
from app.content.models import Content
from app.core import audit, features
from app.core.audit import AuditEvent
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.runs import Run
from app.identity.models import User
from app.publishing.models import PublishBatch
from app.sites import connection
from app.sites.models import Site
from tests.conftest import ENCRYPTION_KEY
from tests.factories.imports import start
from tests.factories.people import PASSWORD, make_account
from tests.factories.stripe import buy, come_back
from tests.factories.things import make_content
from tests.fakes.stripe_server import FakeStripe
from tests.test_strangers import routes

AUDITED = {
    "account.change_member": "member.changed",
    "account.change_password": "person.password_changed",
    "account.confirm_second_factor": "person.second_factor_on",
    "account.request_deletion": "account.deletion_asked",
    "account.end_other_sessions": "person.signed_out_elsewhere",
    "account.end_session": "person.session_ended",
    "account.keep": "account.deletion_taken_back",
    "account.leave": "member.left",
    "account.make_token": "api_key.made",
    "account.new_recovery_codes": "person.recovery_codes_made",
    "account.remove_member": "member.removed",
    "account.rename": "account.renamed",
    "account.resend_invitation": "invitation.sent_again",
    "account.revoke_invitation": "invitation.revoked",
    "account.revoke_token": "api_key.revoked",
    "account.save_profile": "person.renamed",
    "account.send_invitation": "invitation.sent",
    "account.switch_module": "module.switched",
    "account.switch_off_second_factor": "person.second_factor_off",
    "account.transfer": "account.transferred",
    "ai.open_texts": "ai.texts_opened",
    "ai.save_limits": "ai.limits_changed",
    "ai.add_provider": "ai.provider_added",
    "ai.choose_models": "ai.route_changed",
    "ai.delete_provider": "ai.provider_deleted",
    "ai.save_provider": "ai.provider_changed",
    "ai.switch_provider": "ai.provider_switched",
    "auth.accept_invitation": "member.joined",
    "auth.add_account": "account.made",
    "auth.change_email_post": "person.email_changed",
    "auth.confirm_email_post": "person.email_confirmed",
    "auth.forgot_post": "person.password_reset_asked",
    "auth.login_post": "person.signed_in",
    "auth.logout": "person.signed_out",
    "auth.reset_post": "person.password_reset",
    "auth.second_factor_post": "person.second_factor_failed",
    "auth.signup_post": "account.made",
    "billing.buy_pack": "pack.checkout_opened",
    "billing.end_subscription": "plan.cancelled",
    "billing.choose_plan": "plan.changed",
    "billing.open_portal": "plan.portal_opened",
    "content.assign_cluster": "bulk.content_changed",
    "content.attach_term": "bulk.content_changed",
    "content.detach_term": "bulk.content_changed",
    "content.undo_bulk_edit": "bulk.content_changed",
    "content.create_content": "content.created",
    "content.delete_for_good": "content.deleted",
    "content.duplicate": "content.duplicated",
    "content.restore": "content.restored",
    "publishing.move_to_trash": "content.trashed",
    "publishing.change_post_status": "publish.unpublished",
    "drift.decide": "publish.settled",
    "export.start": "account.export_started",
    "imports.cancel": "import.cancelled",
    "imports.pause": "import.paused",
    "imports.resume": "import.resumed",
    "imports.start": "import.started",
    "integrations.connect": "site.connected",
    "planner.delete_clusters": "deleted.clusters",
    "planner.delete_idea": "deleted.ideas",
    "planner.delete_ideas": "deleted.ideas",
    "planner.delete_keyword": "deleted.keywords",
    "planner.delete_keywords": "deleted.keywords",
    "planner.merge_clusters": "deleted.clusters_merged",
    "planner.move_keywords": "bulk.keywords_moved",
    "planner.undo_change": "bulk.clusters_undone",
    "planner.undo_import": "bulk.import_undone",
    "publishing.cancel_batch": "publish.cancelled",
    "publishing.move_run": "publish.moved",
    "publishing.start_publishing": "publish.started",
    "publishing.allow_content_scripts": "publish.scripts_allowed",
    "publishing.retry_batch": "publish.retried",
    "publishing.schedule_content": "publish.scheduled",
    "publishing.schedule_here": "publish.scheduled",
    "publishing.unschedule_here": "publish.unscheduled",
    "publishing.unschedule_run": "publish.unscheduled",
    "runs.cancel": "run.cancelled",
    "runs.retry": "run.retried",
    "runs.pause": "run.paused",
    "runs.resume": "run.resumed",
    "sites.create": "site.added",
    "sites.add_sector": "site.sector_added",
    "sites.rename_sector": "site.sector_renamed",
    "sites.delete_sector": "deleted.sector",
    "sites.make_key": "site.connection_made",
    "sites.save_access": "site.access_changed",
    "sites.save_general": "site.settings_changed",
    "sites.save_password": "site.password_changed",
    "sites.save_rules": "site.rules_changed",
    "sites.set_active": "site.switched",
    "stripe.webhook": "plan.set_by_stripe",
    "suggestions.accept": "bulk.suggestions",
    "suggestions.accept_above": "bulk.suggestions",
    "suggestions.undo": "bulk.suggestions",
    "thinker.create_persona": "prompt.persona_saved",
    "thinker.delete_persona": "prompt.persona_deleted",
    "thinker.delete_set": "prompt.test_set_deleted",
    "thinker.move_label": "prompt.live_moved",
    "thinker.set_gate": "prompt.gate_set",
    "thinker.save_images": "prompt.images_saved",
    "thinker.save_strategy": "prompt.strategy_saved",
    "thinker.update_persona": "prompt.persona_saved",
    "saved_views.save_cell": "bulk.content_changed",
    "saved_views.undo_cell": "bulk.content_changed",
    "writer.assign_tasks": "bulk.tasks_assigned",
    "writer.delete_task": "deleted.tasks",
    "writer.delete_tasks": "deleted.tasks",
    "writer.set_due_date": "bulk.tasks_due",
}

DRAFT = "work on what is not live; publishing it is told"
CREDITS = "the usage log tells who used which credits for what"
PLUGIN = "the site's plugin speaks, signed, of what happened there; no person here did it"
TRIED = "what prompts are tried on; what may go live by it is told"
UNSAVED = "a person's own words before they are saved; nobody else sees them"
LOOKS = "looks, and changes nothing that anybody can see or do"
VIEW = "how a list is looked at; nothing that is in it changes"
NOT_AUDITED = {
    "account.ask_email_change": "nothing changes until the link is followed, which is told",
    "account.send_confirmation": "sends one mail to the person's own address",
    "ai.test_provider": LOOKS,
    "ai.try_provider": LOOKS,
    "auth.switch_account": "the person looks at another of their accounts",
    "content.add_images": DRAFT,
    "content.ask_delete": LOOKS,
    "content.blocks": LOOKS,
    "publishing.check_editor": LOOKS,
    "content.discard_working_copy": UNSAVED,
    "content.keep_working_copy": UNSAVED,
    "content.move_image": DRAFT,
    "content.remove_image": DRAFT,
    "content.restore_revision": DRAFT,
    "content.save": DRAFT,
    "content.set_image_role": DRAFT,
    "content.show_images": DRAFT,
    "content.take_library_image": DRAFT,
    "content.report_presence": LOOKS,
    "inbound.content_relationships": PLUGIN,
    "inbound.content_taxonomies": PLUGIN,
    "inbound.events": PLUGIN,
    "inbound.increment": PLUGIN,
    "inbound.nudge": PLUGIN,
    "inbound.publish_progress": PLUGIN,
    "inbound.task_relationships": PLUGIN,
    "inbound.task_taxonomies": PLUGIN,
    "planner.cluster_keywords": CREDITS,
    "planner.generate_ideas": CREDITS,
    "planner.generate_ideas_for": CREDITS,
    "planner.preview_import": LOOKS,
    "planner.create_cluster": DRAFT,
    "planner.create_idea": DRAFT,
    "planner.create_keyword": DRAFT,
    "planner.start_import": DRAFT,
    "planner.update_cluster": DRAFT,
    "planner.update_idea": DRAFT,
    "planner.update_keyword": DRAFT,
    "publishing.ask_trash": LOOKS,
    "publishing.ask_unpublish": LOOKS,
    "publishing.choose_time": LOOKS,
    "publishing.verify_content": LOOKS,
    "saved_views.delete_view": VIEW,
    "saved_views.make_view": VIEW,
    "saved_views.rename_view": VIEW,
    "saved_views.restore_view": VIEW,
    "saved_views.save_columns": VIEW,
    "saved_views.save_display": VIEW,
    "saved_views.update_view": VIEW,
    "sites.test_connection": LOOKS,
    "suggestions.find": DRAFT,
    "suggestions.dismiss_overlap": "a pair is not told again, and can be; nothing it is about changes",
    "suggestions.find_overlaps": LOOKS,
    "suggestions.like_title": LOOKS,
    "suggestions.restore_overlap": "a pair is told again; nothing it is about changes",
    "suggestions.reject": "a suggestion is not shown again; nothing it is about changes",
    "thinker.add_cases": TRIED,
    "thinker.create_set": TRIED,
    "thinker.preview_prompt": LOOKS,
    "thinker.remove_case": TRIED,
    "thinker.save_prompt": "a version says itself who saved it when; with “make live” the move is told",
    "thinker.save_set": TRIED,
    "thinker.start_test": CREDITS,
    "watch.check_now": LOOKS,
    "watch.compare_now": LOOKS,
    "watch.dismiss_notice": "a notice was read",
    "news.see": "news were read",
    "daily_mail.save": "the person gets mails or does not",
    "daily_mail.stop_daily_mail": "the person gets no more mails",
    "writer.create_task": DRAFT,
    "writer.update_task": DRAFT,
    "writer.find_nearest": LOOKS,
    "writer.drop_proposal": DRAFT,
    "writer.read_again": DRAFT,
    "writer.rewrite": CREDITS,
    "writer.take_proposal": DRAFT,
    "writer.save_brief": DRAFT,
    "writer.create_tasks": DRAFT,
    "writer.draw_image": CREDITS,
    "writer.draw_pictures": CREDITS,
    "writer.plan_pictures": CREDITS,
    "writer.remove_picture": DRAFT,
    "writer.save_picture": DRAFT,
    "writer.generate_drafts": CREDITS,
}


def test_every_route_that_changes_something_is_told_of_or_says_why_not(app: Flask) -> None:
    changing = {rule.endpoint for rule, method in routes(app) if method != "GET"}
    assert not set(AUDITED) & set(NOT_AUDITED)
    assert changing - set(AUDITED) - set(NOT_AUDITED) == set()
    assert (set(AUDITED) | set(NOT_AUDITED)) - changing == set(), "these routes are gone"


def test_every_action_is_recorded_somewhere_has_words_and_a_filter() -> None:
    source = "".join(path.read_text() for path in (ROOT / "app").rglob("*.py") if path.name != "audit_words.py")
    built = {"run.cancelled", "run.retried", "run.paused", "run.resumed"}  # made of two parts
    for action in set(AUDITED.values()) | set(features.audit_words()):
        assert action in features.audit_words()
        assert action in built or re.search(f'"{re.escape(action)}"', source), action
        assert action.partition(".")[0] in {group.key for group in features.audit_groups()}, action


Act = Callable[..., AuditEvent]


@pytest.fixture
def act(account: Account, owner: User, owner_client: FlaskClient) -> Act:
    """Do something in the browser, and give the newest event: whose it is and from where is looked at here."""

    def go(endpoint: str, path: str, action: str = "", expected: int = 303, **data: Any) -> AuditEvent:
        answer = owner_client.post(path, data=data, environ_base={"REMOTE_ADDR": "203.0.113.9"})
        assert answer.status_code == expected, answer.text
        stmt = select(AuditEvent).where(AuditEvent.account_id == account.id).order_by(AuditEvent.id.desc())
        event = db.session.scalars(stmt).first()
        assert event is not None
        assert event.action == (action or AUDITED[endpoint])
        assert (event.actor_id, event.actor, event.ip) == (owner.id, f"{owner.name} <{owner.email}>", "203.0.113.9")
        return event

    return go


@pytest.fixture
def contents(site: Site) -> list[Content]:
    connection.make_key(site)
    return [make_content(site) for _ in range(3)]


def schedule(owner_client: FlaskClient, contents: list[Content]) -> Run:
    day = f"{utcnow() + timedelta(days=30):%Y-%m-%d}"
    form = {"content_ids": [one.id for one in contents], "date": day, "time": "09:00", "zone": "UTC"}
    assert owner_client.post("/content/schedule/", data=form).status_code == 303
    return db.session.scalars(select(Run).where(Run.kind == "publish").order_by(Run.created_at)).first()  # type: ignore[return-value]


def test_a_batch_and_its_parts(act: Act, contents: list[Content]) -> None:
    ids = [one.id for one in contents]
    assert act("publishing.start_publishing", "/content/publish/", content_ids=ids).after == {"items": 3}
    batch = db.session.scalars(select(PublishBatch)).one()
    path = f"/publishing/batches/{batch.id}"
    event = act("publishing.cancel_batch", f"{path}/cancel/")
    assert (event.subject, event.after) == (f"batch {batch.id}", {"items": 3})
    db.session.execute(update(Run).where(Run.kind == "publish").values(state="failed"))
    db.session.commit()
    assert act("publishing.retry_batch", f"{path}/retry/").after == {"items": 3}


def test_what_a_batch_does_not_do_is_not_told(owner_client: FlaskClient, contents: list[Content]) -> None:
    owner_client.post("/content/publish/", data={"content_ids": [one.id for one in contents]})
    batch = db.session.scalars(select(PublishBatch)).one()
    for _ in range(2):
        owner_client.post(f"/publishing/batches/{batch.id}/cancel/")
    events = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "publish.cancelled")).all()
    assert len(events) == 1


def test_a_publish_that_is_moved_and_cancelled(act: Act, owner_client: FlaskClient, contents: list[Content]) -> None:
    run = schedule(owner_client, contents[:1])
    before, run_id = run.due_at, run.id
    day = f"{utcnow() + timedelta(days=40):%Y-%m-%d}"
    event = act("publishing.move_run", f"/calendar/{run_id}/move/", date=day, time="10:30", zone="UTC")
    assert event.before == {"due_at": before.isoformat()}
    assert str((event.after or {})["due_at"]).startswith(f"{day}T10:30")
    event = act("runs.cancel", f"/runs/{run_id}/cancel/", "publish.cancelled")
    assert event.before == {"state": "queued"}
    schedule(owner_client, contents[1:2])
    other = db.session.scalars(select(Run).where(Run.subject_id == contents[1].id)).one()
    due_at = other.due_at.isoformat()
    assert act("publishing.unschedule_run", f"/calendar/{other.id}/unschedule/").before == {"due_at": due_at}
    act("runs.retry", f"/runs/{run_id}/retry/", "publish.retried")
    here = f"/content/{contents[2].id}/publishing"
    act("publishing.schedule_here", f"{here}/schedule/", date=day, time="10:30", zone="UTC")
    act("publishing.unschedule_here", f"{here}/unschedule/")


def test_an_import_from_wordpress(act: Act, account: Account, site: Site, contents: list[Content]) -> None:
    event = act("imports.start", "/content/import/", types=["post"], statuses=["publish"])
    assert (event.subject, event.after) == (site.name, {"types": ["post"], "statuses": ["publish"]})
    run = db.session.scalars(select(Run).where(Run.account_id == account.id)).one()
    act("imports.pause", f"/content/import/{run.id}/pause/")
    act("imports.resume", f"/content/import/{run.id}/resume/")
    act("imports.cancel", f"/content/import/{run.id}/cancel/")


def test_a_second_click_starts_and_tells_nothing_new(owner_client: FlaskClient, site: Site) -> None:
    connection.make_key(site)
    db.session.commit()
    start(site)
    owner_client.post("/content/import/", data={"types": ["post"], "statuses": ["publish"]})
    assert db.session.scalars(select(AuditEvent).where(AuditEvent.action == "import.started")).all() == []


def test_money(act: Act, account: Account, owner_client: FlaskClient, stripe: FakeStripe) -> None:
    act("billing.choose_plan", "/account/billing/plan/", "plan.checkout_opened", plan="starter")
    buy(owner_client, stripe, "starter")
    come_back(owner_client, account)
    act("billing.buy_pack", "/account/billing/pack/", pack="small")
    act("billing.open_portal", "/account/billing/portal/")
    act("billing.end_subscription", "/account/billing/cancel/")
    act("billing.end_subscription", "/account/billing/cancel/", "plan.kept", go_on="1")
    of_stripe = select(AuditEvent).where(AuditEvent.action == "plan.set_by_stripe").order_by(AuditEvent.id)
    event = db.session.scalars(of_stripe).first()
    assert event is not None
    assert (event.actor, event.actor_id, event.ip) == ("Stripe", None, "")  # the owner's coming back only showed it
    assert event.before == {"plan": None}
    assert event.after == {"plan": "starter"}


def test_people(act: Act) -> None:
    act("account.send_invitation", "/account/team/invite/", email="g@example.com", role="viewer")
    act("account.rename", "/account/settings/", name="Renamed")
    act("account.end_other_sessions", "/account/security/sessions/end/")


def test_another_name_is_told_under_the_one_before(owner: User, owner_client: FlaskClient) -> None:
    before = owner.name
    owner_client.post("/account/profile/", data={"name": "Another Name", "time_zone": "UTC", "language": "en"})
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "person.renamed")).one()
    assert (event.before, event.after) == ({"name": before}, {"name": "Another Name"})
    assert (event.actor_id, event.actor) == (owner.id, f"{before} <{owner.email}>")


def test_accounts_that_are_made(app: Flask, client: FlaskClient, act: Act, owner: User, account: Account) -> None:
    form = {"name": "Anna", "email": "anna@example.com", "password": PASSWORD, "account_name": "Her own"}
    client.post("/signup", data=form)
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.subject == "Her own")).one()
    assert (event.action, event.after, event.actor) == (
        "account.made",
        {"owner": "anna@example.com"},
        "Anna <anna@example.com>",
    )


def test_commands_of_the_operator_are_told_to_the_accounts_they_concern(
    app: Flask, account: Account, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cryptography.fernet import Fernet

    other = make_account("Other")
    connection.make_key(site)
    db.session.commit()
    monkeypatch.setattr("app.create_app", lambda: app)
    monkeypatch.setenv("DATABASE_URL", "set")
    app.config["ENCRYPTION_KEYS"] = [Fernet.generate_key().decode(), ENCRYPTION_KEY]
    try:
        assert cli.main(["rotate-secrets"]) == 0
        assert cli.main(["rotate-secrets"]) == 0  # nothing is left to be done, nothing is told
    finally:
        app.config["ENCRYPTION_KEYS"] = [ENCRYPTION_KEY]
    events = db.session.scalars(select(AuditEvent).order_by(AuditEvent.account_id)).all()
    assert [(one.account_id, one.action, one.actor) for one in events] == [
        (account.id, "operator.encryption_key_changed", audit.OPERATOR),
        (other.id, "operator.encryption_key_changed", audit.OPERATOR),
    ]
    cli._record_recount({site.id})
    mended = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "operator.recounted")).all()
    assert [one.account_id for one in mended] == [account.id]
