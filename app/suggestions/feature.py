"""Clusters suggested for what came from WordPress, as a feature."""

from datetime import timedelta

from app.core.features import BULK_CHANGES, EditorPanel, Feature
from app.core.languages import N_
from app.core.scheduler import Periodic
from app.suggestions.comparing import SUBSCRIBERS
from app.suggestions.overlap_routes import bp
from app.suggestions.run_kinds import KINDS
from app.suggestions.services import connect

FEATURE = Feature(
    key="suggestions",
    place=90,
    blueprints=(bp,),
    run_kinds=KINDS,
    direct_jobs=("jobs.suggestions.keep_vector_indexes",),
    periodic=(Periodic("keep_vector_indexes", timedelta(hours=1), "jobs.suggestions.hand_out_vector_indexes"),),
    audit_words={"bulk.suggestions": N_("Suggested clusters accepted or undone")},
    audit_groups=(BULK_CHANGES,),
    subscribers=SUBSCRIBERS,
    editor_panels=(EditorPanel("alike", N_("Same topic"), "suggestions.like_content", place=30, tab="seo"),),
    connect=connect,
    guide={"suggestions": "wordpress-sync#importing-a-site"},
)
