"""The API as a feature."""

from datetime import timedelta

from app.api import (
    answering,
    asset_routes,
    automation_routes,
    batch_routes,
    billing_routes,
    call_routes,
    cluster_routes,
    content_routes,
    document_routes,
    execution_routes,
    idea_routes,
    image_routes,
    keyword_routes,
    linker_proposal_routes,
    linker_routes,
    me_routes,
    optimizer_routes,
    optimizer_task_routes,
    persona_routes,
    publishing_routes,
    run_routes,
    section_routes,
    site_page_routes,
    site_routes,
    sitebuilder_routes,
    term_routes,
    thinker_routes,
    version_routes,
    webhook_routes,
    writer_routes,
)
from app.api.blueprint import api, reference
from app.api.calls import forget_old_calls
from app.api.idempotency import forget_old_answers
from app.api.webhook_events import SUBSCRIBERS, connect
from app.api.webhook_sending import hand_out_webhooks
from app.api.webhooks import ENTRY, forget_old_deliveries
from app.core.features import AuditGroup, Feature, SettingsPage
from app.core.languages import N_
from app.core.permissions import Permission
from app.core.scheduler import Periodic

ROUTES = (
    answering,
    asset_routes,
    automation_routes,
    batch_routes,
    billing_routes,
    call_routes,
    cluster_routes,
    content_routes,
    document_routes,
    execution_routes,
    idea_routes,
    image_routes,
    keyword_routes,
    linker_proposal_routes,
    linker_routes,
    me_routes,
    optimizer_routes,
    optimizer_task_routes,
    persona_routes,
    publishing_routes,
    run_routes,
    section_routes,
    site_page_routes,
    site_routes,
    sitebuilder_routes,
    term_routes,
    thinker_routes,
    version_routes,
    webhook_routes,
    writer_routes,
)
FEATURE = Feature(
    key="api",
    place=145,
    blueprints=(api, reference),
    machines=(api,),
    json_paths=("/api/",),
    periodic=(
        Periodic("forget_old_api_answers", timedelta(hours=1), forget_old_answers),
        Periodic("forget_old_api_calls", timedelta(hours=6), forget_old_calls),
        Periodic("forget_old_deliveries", timedelta(hours=6), forget_old_deliveries),
        Periodic("send_webhooks", timedelta(minutes=1), hand_out_webhooks),
    ),
    direct_jobs=(ENTRY,),
    subscribers=SUBSCRIBERS,
    settings_pages=(SettingsPage(N_("Webhooks"), "account.webhooks", 85, Permission.ACCOUNT_MANAGE),),
    audit_groups=(AuditGroup("webhook", N_("Webhooks"), 125),),
    audit_words={
        "webhook.made": N_("Webhook added"),
        "webhook.switched": N_("Webhook switched"),
        "webhook.deleted": N_("Webhook deleted"),
        "webhook.sent_again": N_("Webhook event sent again"),
        "webhook.gave_up": N_("Webhook switched itself off"),
    },
    connect=connect,
)
