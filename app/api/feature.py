"""The API as a feature."""

from datetime import timedelta

from app.api import (
    answering,
    automation_routes,
    billing_routes,
    call_routes,
    cluster_routes,
    content_routes,
    document_routes,
    keyword_routes,
    linker_routes,
    me_routes,
    optimizer_routes,
    publishing_routes,
    run_routes,
    site_routes,
    sitebuilder_routes,
    thinker_routes,
    writer_routes,
)
from app.api.blueprint import api, reference
from app.api.calls import forget_old_calls
from app.api.idempotency import forget_old_answers
from app.core.features import Feature
from app.core.scheduler import Periodic

ROUTES = (
    answering,
    automation_routes,
    billing_routes,
    call_routes,
    cluster_routes,
    content_routes,
    document_routes,
    keyword_routes,
    linker_routes,
    me_routes,
    optimizer_routes,
    publishing_routes,
    run_routes,
    site_routes,
    sitebuilder_routes,
    thinker_routes,
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
    ),
)
