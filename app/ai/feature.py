"""Models: whose they are, which does what, what is known of each call, and what they may cost, as a feature."""

from datetime import timedelta

from app.ai import tasks
from app.ai.blueprint import bp
from app.ai.calls import routes as call_routes
from app.ai.calls.record import finish_abandoned_calls
from app.ai.calls.upkeep import delete_old_texts
from app.ai.providers import routes as provider_routes
from app.ai.tasks.cluster_names import CLUSTER_NAMES
from app.ai.tasks.draft import DRAFT
from app.ai.tasks.embed import EMBED
from app.ai.tasks.finishing import FINISHING
from app.ai.tasks.ideas import IDEAS
from app.ai.tasks.image import IMAGE
from app.ai.tasks.image_briefs import IMAGE_BRIEFS
from app.ai.tasks.outline import OUTLINE
from app.ai.tasks.reparse import REPARSE
from app.ai.tasks.section import SECTION
from app.core import features
from app.core.features import AuditGroup, Feature, SettingsPage
from app.core.languages import N_
from app.core.permissions import Permission
from app.core.scheduler import Periodic

ROUTES = (call_routes, provider_routes)


def _connect() -> None:
    tasks.register(features.ai_operations())


FEATURE = Feature(
    key="ai",
    place=160,
    blueprints=(bp,),
    periodic=(
        Periodic("finish_dead_ai_calls", timedelta(minutes=1), finish_abandoned_calls),
        Periodic("forget_ai_texts", timedelta(minutes=10), delete_old_texts),
    ),
    audit_words={
        "ai.provider_added": N_("AI provider added"),
        "ai.provider_changed": N_("AI provider changed"),
        "ai.provider_switched": N_("AI provider switched"),
        "ai.provider_deleted": N_("AI provider deleted"),
        "ai.route_changed": N_("Choice of models changed"),
        "ai.texts_opened": N_("Prompt and answer of a call opened"),
        "ai.limits_changed": N_("AI limits changed"),
    },
    ai_operations=(CLUSTER_NAMES, IDEAS, OUTLINE, DRAFT, SECTION, FINISHING, IMAGE_BRIEFS, EMBED, IMAGE, REPARSE),
    connect=_connect,
    guide={"ai": "ai-and-credits"},
    audit_groups=(AuditGroup("ai", "AI", 170),),
    settings_pages=(SettingsPage("AI", "ai.index", 60, Permission.AI_MANAGE),),
)
