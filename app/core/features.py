"""Features: what each domain brings to the product. A domain is entered once, in its `feature.py`.

`app/features.py` lists them and `create_app` registers them; menu, modules, permissions, schedule, costs, audit words
and kinds of run are read from here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from flask import Blueprint

from app.core.costs import Cost
from app.core.events import subscribers
from app.core.events.subscribers import Subscriber
from app.core.runs import kinds
from app.core.runs.kinds import RunKind
from app.core.scheduler import Periodic


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the side navigation; `place` orders the lines, `children` are (label, endpoint)."""

    label: str
    endpoint: str
    icon: str
    place: int
    children: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Module:
    """A switch with which an account turns a feature off as a whole; `is_on` is how it stands at first."""

    key: str
    label: str
    text: str
    icon: str
    is_on: bool = True


@dataclass(frozen=True, slots=True)
class SettingsTab:
    """A tab of a site's settings; `permission` is needed to see it."""

    key: str
    label: str
    place: int
    permission: str = "sites:read"


@dataclass(frozen=True, slots=True)
class Feature:
    """All that the rest of the product has to know of a domain.

    `permissions` gives the roles of each permission that the feature brings, `scopes` the words under which a token
    may be given one. `periodic` are functions, or dotted names of functions in `jobs/`. `audit_words` and
    `credit_operations` are by action and by operation. `subscribers` are told of events, `connect` adds the feature to
    hooks.
    """

    key: str
    blueprints: tuple[Blueprint, ...] = ()
    navigation: tuple[Entry, ...] = ()
    module: Module | None = None
    permissions: Mapping[str, frozenset[str]] = field(default_factory=dict)
    scopes: Mapping[str, str] = field(default_factory=dict)
    run_kinds: tuple[RunKind, ...] = ()
    periodic: tuple[Periodic, ...] = ()
    audit_words: Mapping[str, str] = field(default_factory=dict)
    credit_operations: Mapping[str, Cost] = field(default_factory=dict)
    settings_tabs: tuple[SettingsTab, ...] = ()
    subscribers: tuple[Subscriber, ...] = ()
    connect: Callable[[], None] | None = None


_features: list[Feature] = []


def register(features: Sequence[Feature]) -> None:
    """Make these the features of this process, in place of any before."""
    _features[:] = features
    kinds.register([kind for feature in features for kind in feature.run_kinds])
    subscribers.register([subscriber for feature in features for subscriber in feature.subscribers])
    for feature in features:
        if feature.connect is not None:
            feature.connect()


def all_features() -> tuple[Feature, ...]:
    """Every registered feature, in the order of the pipeline."""
    return tuple(_features)


def modules() -> dict[str, Module]:
    """The switches, by key."""
    return {feature.module.key: feature.module for feature in _features if feature.module is not None}


def module_of_blueprint(name: str | None) -> Module | None:
    """The switch that turns this blueprint's pages and API off."""
    for feature in _features:
        if feature.module is not None and name in {blueprint.name for blueprint in feature.blueprints}:
            return feature.module
    return None


def navigation() -> list[Entry]:
    """The lines of the side navigation, in order."""
    return sorted((entry for feature in _features for entry in feature.navigation), key=lambda entry: entry.place)


def settings_tabs() -> list[SettingsTab]:
    """The tabs of a site's settings, in order."""
    return sorted((tab for feature in _features for tab in feature.settings_tabs), key=lambda tab: tab.place)


def periodic() -> list[Periodic]:
    """Every periodic job."""
    return [job for feature in _features for job in feature.periodic]


def permissions() -> dict[str, frozenset[str]]:
    """The roles of each permission that features bring."""
    return {name: roles for feature in _features for name, roles in feature.permissions.items()}


def scopes() -> dict[str, str]:
    """The words of each permission that a token may be given."""
    return {name: words for feature in _features for name, words in feature.scopes.items()}


def audit_words() -> dict[str, str]:
    """What the audit log calls each action."""
    return {action: words for feature in _features for action, words in feature.audit_words.items()}


def credit_operations() -> dict[str, Cost]:
    """What each operation costs."""
    return {name: cost for feature in _features for name, cost in feature.credit_operations.items()}
