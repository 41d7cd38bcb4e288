"""Modules that an account switches on and off: no menu entry, no pages, no API and no jobs while off."""

from dataclasses import dataclass

from flask import Flask, g, has_request_context, request
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.auth.models import ModuleSwitch
from app.core import audit, guards
from app.core.clock import utcnow
from app.core.errors import NotFound, Refused
from app.core.runs.kinds import RunKind
from app.extensions import db


@dataclass(frozen=True)
class Module:
    """A part of the product, and the blueprints that its pages are in."""

    key: str
    label: str
    text: str
    icon: str
    is_on: bool = True

    @property
    def blueprints(self) -> tuple[str, ...]:
        """Blueprints of its pages and of its part of the API."""
        return (self.key, f"api_{self.key}")


MODULES: dict[str, Module] = {
    module.key: module
    for module in (
        Module("planner", "Planner", "Keywords, clusters and ideas.", "target"),
        Module("writer", "Writer", "Tasks, and drafts written from them.", "pencil"),
        Module("automation", "Automation", "Rules that do the next step by themselves.", "robot"),
        Module("sitebuilder", "Site Builder", "Whole sites from a brief.", "layout-grid", is_on=False),
        Module("linker", "Linker", "Links between your own pages.", "link"),
        Module("optimizer", "Optimizer", "Scores, and texts improved by them.", "wand"),
        Module("thinker", "Thinker", "Prompts, personas and strategy.", "bulb"),
    )
}
_by_blueprint = {name: module for module in MODULES.values() for name in module.blueprints}
CURE = "An owner or admin can switch it on in Settings, under Modules."


def states(account_id: int) -> dict[str, bool]:
    """Which modules are on in this account."""
    stmt = select(ModuleSwitch.module, ModuleSwitch.is_on).where(ModuleSwitch.account_id == account_id)
    switched = {row.module: row.is_on for row in db.session.execute(stmt)}
    return {key: switched.get(key, module.is_on) for key, module in MODULES.items()}


def is_on(account_id: int, key: str) -> bool:
    """True when this account has the module switched on."""
    return states(account_id)[key]


def switch(account_id: int, key: str, on: bool) -> Module:
    """Switch a module on or off. Flushes; raises NotFound for a name that is none."""
    module = MODULES.get(key)
    if module is None:
        raise NotFound()
    before = states(account_id)[key]
    stmt = insert(ModuleSwitch).values(account_id=account_id, module=key, is_on=on, changed_at=utcnow())
    db.session.execute(
        stmt.on_conflict_do_update(
            index_elements=["account_id", "module"], set_={"is_on": on, "changed_at": utcnow()}
        )
    )  # fmt: skip
    audit.changes(account_id, "module.switched", {"on": before}, {"on": on}, subject=module.label)
    return module


def of_blueprint(blueprint: str | None) -> Module | None:
    """The module that this blueprint's pages belong to."""
    return _by_blueprint.get(blueprint or "")


def refuse_run(account_id: int, kind: RunKind) -> None:
    """Raise Refused when the module of this kind of run is off."""
    module = MODULES.get(kind.module or "")
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
    module = of_blueprint(request.blueprint)
    if module is not None and not module_on(module.key):
        raise NotFound(f"{module.label} is switched off for this account.", code="MODULE_OFF", cure=CURE)


def init_app(app: Flask) -> None:
    """Close what is switched off. Comes after sign-in is bound."""
    app.before_request(_refuse_pages)
    app.jinja_env.globals["module_on"] = module_on
    guards.add("run.start", refuse_run)
    guards.add("run.work", refuse_run)
