"""Prompts, personas and strategy, as a feature."""

from datetime import timedelta

from app.core.features import AuditGroup, Entry, Feature, Module
from app.core.languages import N_
from app.core.roles import MANAGERS, PEOPLE
from app.core.scheduler import Periodic
from app.thinker.answers import delete_old_test_answers
from app.thinker.permissions import ThinkerPermission
from app.thinker.prompts import connect
from app.thinker.routes import bp
from app.thinker.run_kinds import KINDS

FEATURE = Feature(
    key="thinker",
    place=120,
    blueprints=(bp,),
    navigation=(
        Entry(
            N_("Thinker"),
            "thinker.prompts",
            "sparkles",
            place=70,
            children=(
                (N_("Prompts"), "thinker.prompts"),
                (N_("Tests"), "thinker.tests"),
                (N_("Personas"), "thinker.personas"),
                (N_("Strategy"), "thinker.strategy"),
                (N_("Images"), "thinker.images"),
            ),
        ),
    ),
    module=Module(
        "thinker",
        N_("Thinker"),
        N_("Prompts, personas and strategy: what models are told. What is live stays in use while it is off."),
        "sparkles",
    ),
    scopes={
        ThinkerPermission.READ: N_("Read prompts and personas"),
        ThinkerPermission.WRITE: N_("Write prompts and personas"),
        ThinkerPermission.LIVE: N_("Decide which prompts are live"),
    },
    permissions={
        ThinkerPermission.READ: PEOPLE,
        ThinkerPermission.WRITE: MANAGERS | {"editor"},
        ThinkerPermission.LIVE: MANAGERS,
    },
    run_kinds=KINDS,
    periodic=(Periodic("forget_prompt_test_answers", timedelta(hours=1), delete_old_test_answers),),
    audit_words={
        "prompt.gate_set": N_("Test before going live changed"),
        "prompt.images_saved": N_("Image settings changed"),
        "prompt.live_moved": N_("Live prompt changed"),
        "prompt.persona_deleted": N_("Persona deleted"),
        "prompt.persona_saved": N_("Persona saved"),
        "prompt.test_set_deleted": N_("Test set deleted"),
        "prompt.strategy_saved": N_("Strategy note changed"),
    },
    audit_groups=(AuditGroup("prompt", N_("Prompts and personas"), 130),),
    connect=connect,
    guide={"thinker": "thinker"},
)
