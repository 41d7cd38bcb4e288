"""Modules that an account switches on and off: no menu entry, no pages, no API and no jobs while off."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.accounts.models import ModuleSwitch
from app.core import audit, features
from app.core.actor import Actor
from app.core.asked_once import once_a_page
from app.core.clock import utcnow
from app.core.errors import NotFound, Refused
from app.core.extensions import db
from app.core.features import Module
from app.core.languages import N_, gettext
from app.core.runs.kinds import RunKind

CURE = N_("An owner or admin can switch it on in Settings, under Modules.")


@once_a_page
def module_states(account_id: int) -> dict[str, bool]:
    """Which modules are on in this account."""
    stmt = select(ModuleSwitch.module, ModuleSwitch.is_on).where(ModuleSwitch.account_id == account_id)
    switched = {row.module: row.is_on for row in db.session.execute(stmt)}
    return {key: switched.get(key, module.is_on) for key, module in features.modules().items()}


def is_module_on(account_id: int, key: str) -> bool:
    """True when this account has the module switched on."""
    return module_states(account_id)[key]


def modules_off(account_id: int) -> list[str]:
    """The keys of the modules that this account has switched off."""
    return [key for key, is_on in module_states(account_id).items() if not is_on]


def switch(account_id: int, actor: Actor, key: str, on: bool) -> Module:
    """Switch a module on or off. Flushes; raises NotFound for an unknown module."""
    module = features.modules().get(key)
    if module is None:
        raise NotFound()
    before = module_states(account_id)[key]
    stmt = insert(ModuleSwitch).values(account_id=account_id, module=key, is_on=on, changed_at=utcnow())
    db.session.execute(
        stmt.on_conflict_do_update(index_elements=["account_id", "module"], set_={"is_on": on, "changed_at": utcnow()})
    )
    audit.record_changes(account_id, "module.switched", {"on": before}, {"on": on}, subject=module.label, by=actor)
    return module


def refuse_run_of_module(account_id: int, kind: RunKind) -> None:
    """Raise Refused when the module of this kind of run is off."""
    module = features.modules().get(kind.module or "")
    if module is not None and not is_module_on(account_id, module.key):
        raise Refused(
            gettext("%(label)s is switched off for this account, so this is not done.", label=gettext(module.label)),
            code="MODULE_OFF",
            cure=gettext(CURE),
        )
