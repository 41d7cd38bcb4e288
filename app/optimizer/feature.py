"""The Optimizer, as a feature."""

from datetime import timedelta

from app.content.images import uses as image_uses
from app.core.costs import Cost
from app.core.features import AuditGroup, EditorPanel, Entry, Feature, Module
from app.core.languages import N_
from app.core.roles import EDITORS, READERS
from app.core.scheduler import Periodic
from app.optimizer.lists import LISTS
from app.optimizer.permissions import OptimizerPermission
from app.optimizer.rewrite import prompt_rows
from app.optimizer.rewrite.improve import IMPROVE, OPERATION
from app.optimizer.rewrite.task_models import texts_of_optimizations
from app.optimizer.rewrite.upkeep import forget_old_texts
from app.optimizer.routes import bp
from app.optimizer.run_kinds import KINDS
from app.optimizer.scoring import SUBSCRIBERS
from app.thinker import rows


def connect() -> None:
    """Be asked by other features."""
    image_uses.further_texts.add(texts_of_optimizations)
    rows.rows_for.add(prompt_rows.texts_to_try)
    rows.case_for.add(prompt_rows.text_case)


FEATURE = Feature(
    key="optimizer",
    place=117,
    blueprints=(bp,),
    navigation=(Entry(N_("Optimizer"), "optimizer.index", "chart-bar", place=85),),
    module=Module(
        "optimizer",
        N_("Optimizer"),
        N_("Scores of every text, what would make it better, and help with doing so."),
        "chart-bar",
    ),
    permissions={OptimizerPermission.READ: READERS, OptimizerPermission.WRITE: EDITORS},
    scopes={
        OptimizerPermission.READ: N_("Read scores of texts"),
        OptimizerPermission.WRITE: N_("Score and improve texts"),
    },
    run_kinds=KINDS,
    direct_jobs=("jobs.optimizer.score_everywhere",),
    periodic=(
        Periodic("score_contents", timedelta(hours=1), "jobs.optimizer.hand_out_scoring"),
        Periodic("forget_old_texts", timedelta(hours=24), forget_old_texts),
    ),
    audit_words={
        "optimizer.dismissed": N_("Assessment dismissed"),
        "optimizer.restored": N_("Assessment counts again"),
        "optimizer.started": N_("Optimizing started"),
        "optimizer.used": N_("Proposed changes used"),
        "optimizer.undone": N_("Proposed changes undone"),
    },
    audit_groups=(AuditGroup("optimizer", N_("Optimizer"), 140),),
    subscribers=SUBSCRIBERS,
    editor_panels=(
        EditorPanel(
            "optimizer",
            N_("Optimizer"),
            "optimizer.panel",
            place=5,
            permission=OptimizerPermission.READ,
            tab="seo",
            follows=2000,
        ),
        EditorPanel(
            "optimize",
            N_("Optimize"),
            "optimizer.optimize_panel",
            place=6,
            permission=OptimizerPermission.READ,
            tab="seo",
        ),
    ),
    credit_operations={OPERATION: Cost(N_("Optimizing"), 1, "word", per=200, usual=1)},
    ai_operations=(IMPROVE,),
    connect=connect,
    lists=LISTS,
    guide={
        "optimizer": "optimizer",
        "optimizer.panel": "optimizer#assessments",
        "optimizer.optimize_panel": "optimizing",
        "optimizer.optimization": "optimizing",
        "optimizer.optimizations": "optimizing",
    },
)
