"""What can be done with an account's AI providers, each as one use case. They flush; callers commit."""

from collections.abc import Sequence

from flask import current_app

from app.ai.endpoints import Endpoint
from app.ai.limits import breaker
from app.ai.providers import probes, route_services, services
from app.ai.providers.models import AiProvider
from app.ai.providers.places import private_hosts_of
from app.ai.providers.probes import ProbeResult
from app.ai.providers.route_services import RouteTarget
from app.ai.providers.routing import endpoint_of
from app.ai.providers.services import Entered
from app.core import audit
from app.core.actor import Actor
from app.core.clock import utcnow
from app.core.edits import check_etag
from app.core.extensions import db
from app.core.languages import in_english


def add_provider(account_id: int, actor: Actor, entered: Entered) -> AiProvider:
    """Add a provider. Raises like `providers.add`."""
    row = services.add(account_id, entered)
    audit.record(account_id, "ai.provider_added", subject=row.name, after=services.facts_of(row), by=actor)
    return row


def change_provider(
    account_id: int, actor: Actor, provider_id: int, entered: Entered, *, expected: str | None = None
) -> AiProvider:
    """Change a provider. `expected` is the etag of the form.

    Raises NotFound, EditConflict, and like `providers.update_provider`.
    """
    row = services.lock_provider(account_id, provider_id)
    check_etag(services.stored_settings(row), expected)
    before = services.facts_of(row) | {"has a new key": False}
    old_key = row.api_key_encrypted
    services.update_provider(row, entered)
    after = services.facts_of(row) | {"has a new key": row.api_key_encrypted != old_key}
    audit.record_changes(account_id, "ai.provider_changed", before, after, subject=row.name, by=actor)
    return row


def switch_provider(account_id: int, actor: Actor, provider_id: int, on: bool) -> AiProvider:
    """Switch a provider on or off; what is off is not asked. Raises NotFound."""
    row = services.provider_of(account_id, provider_id)
    before, row.is_enabled = row.is_enabled, on
    audit.record_changes(
        account_id, "ai.provider_switched", {"is on": before}, {"is on": on}, subject=row.name, by=actor
    )
    return row


def delete_provider(account_id: int, actor: Actor, provider_id: int) -> str:
    """Delete a provider and its key, and remove it from all choices. Returns its name. Raises NotFound."""
    row = services.provider_of(account_id, provider_id)
    name = row.name
    audit.record(account_id, "ai.provider_deleted", subject=name, before=services.facts_of(row), by=actor)
    services.delete_provider(row)
    return name


def choose_models(
    account_id: int,
    actor: Actor,
    operation: str,
    mode: str,
    targets: Sequence[RouteTarget],
    *,
    expected: str | None = None,
) -> None:
    """Choose who is asked for an operation. `expected` is the etag of the form.

    Raises EditConflict, and like `route_services.save_route`.
    """
    route_services.lock_routes(account_id)
    names = {row.id: row.name for row in services.list_providers(account_id)}
    old = route_services.routes_of(account_id).get(operation)
    check_etag(route_services.stored_choice(old), expected)
    before = {"models": route_services.target_labels(old, names), "order": old.mode if old else ""}
    route_services.save_route(account_id, operation, mode, targets)
    db.session.expire_all()
    new = route_services.routes_of(account_id).get(operation)
    after = {"models": route_services.target_labels(new, names), "order": new.mode if new else ""}
    subject = route_services.route_titles()[operation]
    audit.record_changes(account_id, "ai.route_changed", before, after, subject=subject, by=actor)


def test_provider(account_id: int, provider_id: int) -> ProbeResult:
    """Try a provider and keep what was found. Commits before it calls out, and after. Raises NotFound."""
    endpoint = endpoint_of(services.provider_of(account_id, provider_id))
    db.session.commit()
    findings = in_english(lambda: try_endpoint(endpoint))  # it is stored
    if findings.error is None:
        breaker.succeeded(endpoint)
    row = services.provider_of(account_id, provider_id)
    if endpoint_of(row) == endpoint:  # else it was changed meanwhile, and this is about another one
        row.last_tested_at = utcnow()
        row.last_error = f"{findings.error.message} {findings.error.cure}".strip() if findings.error else ""
        row.models = findings.models or row.models
        row.capabilities = {**row.capabilities, **findings.as_dict()}
    db.session.commit()
    return findings


def try_entered(account_id: int, entered: Entered) -> ProbeResult:
    """Try what was typed, and keep nothing. Commits before it calls out; raises DomainError like `providers.add`."""
    endpoint = services.trial_endpoint(account_id, entered)
    db.session.commit()
    return try_endpoint(endpoint)


def try_endpoint(endpoint: Endpoint) -> ProbeResult:
    """What an endpoint can do. Calls out: no transaction may be open."""
    return probes.test(endpoint, private_hosts_of(endpoint, current_app.config))
