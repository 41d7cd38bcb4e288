"""Modules that an account switches on and off: no menu entry, no pages, no API and no jobs while off."""

from flask import Flask, g, has_request_context, request
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.accounts.models import ModuleSwitch
from app.core import audit, features
from app.core.clock import utcnow
from app.core.errors import NotFound, Refused
from app.core.extensions import db
from app.core.features import Module
from app.core.runs.kinds import RunKind

CURE = "An owner or admin can switch it on in Settings, under Modules."


def states(account_id: int) -> dict[str, bool]:
    """Which modules are on in this account."""
    stmt = select(ModuleSwitch.module, ModuleSwitch.is_on).where(ModuleSwitch.account_id == account_id)
    switched = {row.module: row.is_on for row in db.session.execute(stmt)}
    return {key: switched.get(key, module.is_on) for key, module in features.modules().items()}


def is_on(account_id: int, key: str) -> bool:
    """True when this account has the module switched on."""
    return states(account_id)[key]


def switch(account_id: int, key: str, on: bool) -> Module:
    """Switch a module on or off. Flushes; raises NotFound for a name that is none."""
    module = features.modules().get(key)
    if module is None:
        raise NotFound()
    before = states(account_id)[key]
    stmt = insert(ModuleSwitch).values(account_id=account_id, module=key, is_on=on, changed_at=utcnow())
    db.session.execute(
        stmt.on_conflict_do_update(index_elements=["account_id", "module"], set_={"is_on": on, "changed_at": utcnow()})
    )
    audit.changes(account_id, "module.switched", {"on": before}, {"on": on}, subject=module.label)
    return module


def refuse_run(account_id: int, kind: RunKind) -> None:
    """Raise Refused when the module of this kind of run is off."""
    module = features.modules().get(kind.module or "")
    if module is not None and not is_on(account_id, module.key):
        raise Refused(
            f"{module.label} is switched off for this account, so this is not done.", code="MODULE_OFF", cure=CURE
        )


def module_on(key: str) -> bool:
    """For templates and the menu: is the module on in the present account?"""
    if not has_request_context() or g.get("account_id") is None:
        return True
    if "module_states" not in g:
        g.module_states = states(g.account_id)
    return bool(g.module_states.get(key, True))


def _refuse_pages() -> None:
    module = features.module_of_blueprint(request.blueprint)
    if module is not None and not module_on(module.key):
        raise NotFound(f"{module.label} is switched off for this account.", code="MODULE_OFF", cure=CURE)


def init_app(app: Flask) -> None:
    """Close the pages of what is switched off. Comes after sign-in is bound."""
    app.before_request(_refuse_pages)
    app.jinja_env.globals["module_on"] = module_on
