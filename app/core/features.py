"""Features: what each domain brings to the product. A domain is entered once, in its `feature.py`.

`app/features.py` lists them and `create_app` registers them; menu, modules, permissions, schedule, costs, audit words
and kinds of run are read from here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from flask import Blueprint

from app.core import hooks, media, own_jobs
from app.core.costs import Cost
from app.core.events import subscribers
from app.core.events.subscribers import Subscriber
from app.core.languages import N_
from app.core.listing.kinds import ListKind
from app.core.permissions import AnyPermission, Permission
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
class Action:
    """Something that a person can begin from anywhere (Ctrl+K).

    `permission` is needed to be offered it; `query` is added to its address, `place` orders the actions.
    """

    label: str
    endpoint: str
    icon: str
    place: int
    permission: AnyPermission
    query: str = ""


MOST_FOUND = 6


@dataclass(frozen=True, slots=True)
class FoundItem:
    """An item that was found: its page is `endpoint` with `values`. `state` shows as a badge, `site` where there are
    several."""

    label: str
    endpoint: str
    values: Mapping[str, Any]
    state: str = ""
    site: str = ""


@dataclass(frozen=True, slots=True)
class Finder:
    """Finds items by their words from anywhere (Ctrl+K); `place` orders them.

    `find` gets account, site and words, and gives at most MOST_FOUND.
    """

    label: str
    icon: str
    place: int
    find: Callable[[int, int, str], Sequence[FoundItem]]
    permission: AnyPermission = Permission.CONTENT_READ


@dataclass(frozen=True, slots=True)
class SettingsPage:
    """A page of the account's settings. `group` is its heading in their menu, `permission` is needed to see it."""

    label: str
    endpoint: str
    place: int
    permission: AnyPermission
    group: str = N_("Account")


@dataclass(frozen=True, slots=True)
class Module:
    """A switch with which an account turns a feature off as a whole; `is_on` is how it stands at first."""

    key: str
    label: str
    text: str
    icon: str
    is_on: bool = True


@dataclass(frozen=True, slots=True)
class AuditGroup:
    """A choice of the audit page: the actions that begin with `key` and a dot. `place` orders them."""

    key: str
    label: str
    place: int


# Brought by several features: each that records such actions has it.
BULK_CHANGES = AuditGroup("bulk", N_("Bulk changes"), 100)
DELETIONS = AuditGroup("deleted", N_("Deletions"), 110)


@dataclass(frozen=True, slots=True)
class SettingsTab:
    """A tab of a site's settings; `permission` is needed to see it.

    `endpoint` gives its region for a `site_id`, an element with the id `region`, which is fetched once the page is
    there; `waiting` is shown meanwhile, `link` is for browsers without scripts. Tabs without one are in the template.
    """

    key: str
    label: str
    place: int
    permission: AnyPermission = Permission.SITES_READ
    endpoint: str = ""
    region: str = ""
    waiting: str = N_("One moment.")
    link: str = N_("Show this part")


@dataclass(frozen=True, slots=True)
class EditorPanel:
    """A part of the editor that a feature above content brings: `endpoint` gives its region for a `content_id`.

    It is asked for when its tab is seen and again after each save, so that it makes no page slower; always at once when
    it `is_always_asked`, as what it says stands in other places too. `permission` is needed to see it; `shows` says of
    which contents it has something to say, of all by default. `tab` is where it stands: publish, seo, links, images,
    details or history. `follows` are the milliseconds after a change in the editor at which it is asked for what is not
    saved yet (POST, the fields of the form); 0 for one that does not follow.
    """

    key: str
    label: str
    endpoint: str
    place: int
    permission: AnyPermission = Permission.CONTENT_READ
    shows: Callable[[Any], bool] | None = None
    tab: str = "publish"
    follows: int = 0
    is_always_asked: bool = False


class AIOperation(Protocol):
    """What can be asked of a model, as far as this layer knows it: an Operation or DirectOperation of `app.ai`."""

    @property
    def key(self) -> str:
        """Its name where things are stored."""

    @property
    def title(self) -> str:
        """Its name for people."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of the way from keyword to live post, as dashboards show it; `place` orders them.

    `figure` names the number, of those that the database keeps of a site (`SiteFigures`), of rows that the list at
    `endpoint` has under `filters`. `every_site` says that the list can show all sites at once.
    """

    label: str
    figure: str
    endpoint: str
    place: int
    filters: Mapping[str, str] = field(default_factory=dict)
    every_site: bool = False

    def count(self, figures: Any) -> int:
        """How many rows the stage has."""
        return int(getattr(figures, self.figure))


@dataclass(frozen=True, slots=True)
class Feature:
    """All that the rest of the product has to know of a domain; `place` orders the features, as the pipeline does.

    What is in each field is described at its class. These are not described elsewhere:

    - `machines` are blueprints for callers without a browser: their errors are JSON, they bound their bodies and their
      rates themselves. `json_paths` are beginnings of addresses at which other errors are JSON too, such as 404.
    - `permissions` gives the roles of each permission that the feature brings, `scopes` the words under which a token
      may be given one.
    - `direct_jobs` are the functions that RQ calls by themselves, without a run: workers call no other.
    - `audit_words` and `credit_operations` are by action and by operation.
    - `ai_operations` are what it asks of models, `shelves` where it keeps files.
    - `item_links` gives the page of one item by its kind, as (endpoint, name of the id in its address).
    - `settings_parent` is the endpoint of the page of the settings that its own pages belong to.
    - `frame` gives variables for every page of an account; one that is read from the database is `templating.Later`.
    - `error_dialogs` are templates by error code: HTMX gets the dialog in place of a message.
    - `connect` adds the feature to hooks. Where an account has its module switched off, its subscribers and what it
      adds to an `Offer` are not called for that account. Every other hook is: it keeps rows true whatever is shown
      (a cascade of a merge, a name that changed), refuses what would harm them, or says what is decided already
      (docs/decisions/0040 has each of them).
    - `guide` names the topic of the user guide (`docs/guide`), with `#` and a section, of each page by endpoint, or of
      all pages of a blueprint by its name.
    """

    key: str
    place: int
    blueprints: tuple[Blueprint, ...] = ()
    machines: tuple[Blueprint, ...] = ()
    json_paths: tuple[str, ...] = ()
    navigation: tuple[Entry, ...] = ()
    actions: tuple[Action, ...] = ()
    finders: tuple[Finder, ...] = ()
    module: Module | None = None
    permissions: Mapping[AnyPermission, frozenset[str]] = field(default_factory=dict)
    scopes: Mapping[AnyPermission, str] = field(default_factory=dict)
    run_kinds: tuple[RunKind, ...] = ()
    direct_jobs: tuple[str, ...] = ()
    periodic: tuple[Periodic, ...] = ()
    audit_words: Mapping[str, str] = field(default_factory=dict)
    audit_groups: tuple[AuditGroup, ...] = ()
    credit_operations: Mapping[str, Cost] = field(default_factory=dict)
    settings_pages: tuple[SettingsPage, ...] = ()
    settings_parent: str = ""
    settings_tabs: tuple[SettingsTab, ...] = ()
    editor_panels: tuple[EditorPanel, ...] = ()
    subscribers: tuple[Subscriber, ...] = ()
    lists: tuple[ListKind, ...] = ()
    ai_operations: tuple[AIOperation, ...] = ()
    shelves: tuple[media.Shelf, ...] = ()
    stages: tuple[Stage, ...] = ()
    item_links: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    frame: Callable[[], Mapping[str, Any]] | None = None
    error_dialogs: Mapping[str, str] = field(default_factory=dict)
    connect: Callable[[], None] | None = None
    guide: Mapping[str, str] = field(default_factory=dict)

    @property
    def switch(self) -> str | None:
        """The key of its module, if it has one."""
        return self.module.key if self.module else None


_features: list[Feature] = []


def register(features: Sequence[Feature]) -> None:
    """Make these the features of this process, in place of any before."""
    _features[:] = features
    own_jobs.register([path for feature in features for path in feature.direct_jobs])
    media.register([shelf for feature in features for shelf in feature.shelves])
    kinds.register([kind for feature in features for kind in feature.run_kinds])
    subscribers.register([(subscriber, feature.switch) for feature in features for subscriber in feature.subscribers])
    hooks.disconnect_all()
    for feature in features:
        if feature.connect is not None:
            with hooks.connecting(feature.switch):
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


def actions() -> list[Action]:
    """What can be begun from anywhere, in order."""
    return sorted((action for feature in _features for action in feature.actions), key=lambda action: action.place)


def finders() -> list[tuple[str | None, Finder]]:
    """What finds items from anywhere, in order, each with the key of the module that switches it off, if any."""
    every = [(feature.switch, finder) for feature in _features for finder in feature.finders]
    return sorted(every, key=lambda entry: entry[1].place)


def is_for_machines(blueprint: str | None) -> bool:
    """Whether callers of this blueprint have no browser."""
    return any(blueprint == machine.name for feature in _features for machine in feature.machines)


def json_paths() -> tuple[str, ...]:
    """Beginnings of the addresses at which every error is JSON."""
    return tuple(path for feature in _features for path in feature.json_paths)


def error_dialogs() -> dict[str, str]:
    """Templates of the dialogs that HTMX gets in place of a message, by error code."""
    return {code: template for feature in _features for code, template in feature.error_dialogs.items()}


def settings_pages() -> list[SettingsPage]:
    """The pages of the account's settings, in order."""
    return sorted((page for feature in _features for page in feature.settings_pages), key=lambda page: page.place)


def settings_parent(blueprint: str | None) -> str:
    """The endpoint of the page of the settings that pages of this blueprint belong to; empty for most."""
    for feature in _features:
        if blueprint in {one.name for one in feature.blueprints}:
            return feature.settings_parent
    return ""


def settings_tabs() -> list[SettingsTab]:
    """The tabs of a site's settings, in order."""
    return sorted((tab for feature in _features for tab in feature.settings_tabs), key=lambda tab: tab.place)


def editor_panels() -> list[EditorPanel]:
    """The parts that features bring to the editor, in order."""
    return sorted((panel for feature in _features for panel in feature.editor_panels), key=lambda panel: panel.place)


def periodic() -> list[Periodic]:
    """Every periodic job."""
    return [job for feature in _features for job in feature.periodic]


def lists() -> dict[str, ListKind]:
    """The lists that people arrange, by name."""
    return {kind.name: kind for feature in _features for kind in feature.lists}


def ai_operations() -> list[AIOperation]:
    """All that is asked of models."""
    return [operation for feature in _features for operation in feature.ai_operations]


def stages() -> list[Stage]:
    """The stages from keyword to live post, in order."""
    return sorted((stage for feature in _features for stage in feature.stages), key=lambda stage: stage.place)


def item_links() -> dict[str, tuple[str, str]]:
    """The page of one item of each kind: (endpoint, name of the id)."""
    return {kind: link for feature in _features for kind, link in feature.item_links.items()}


def permissions() -> dict[AnyPermission, frozenset[str]]:
    """The roles of each permission that features bring."""
    return {name: roles for feature in _features for name, roles in feature.permissions.items()}


def scopes() -> dict[AnyPermission, str]:
    """The words of each permission that a token may be given."""
    return {name: words for feature in _features for name, words in feature.scopes.items()}


def audit_words() -> dict[str, str]:
    """What the audit log calls each action."""
    return {action: words for feature in _features for action, words in feature.audit_words.items()}


def audit_groups() -> list[AuditGroup]:
    """The choices of the audit page, in order."""
    groups = {group for feature in _features for group in feature.audit_groups}
    return sorted(groups, key=lambda group: group.place)


def guide_of(endpoint: str | None) -> str | None:
    """The topic of the user guide for a page, with `#` and a section if one is meant."""
    if endpoint is None:
        return None
    topics = {name: topic for feature in _features for name, topic in feature.guide.items()}
    return topics.get(endpoint) or topics.get(endpoint.partition(".")[0])


def credit_operations() -> dict[str, Cost]:
    """What each operation costs."""
    return {name: cost for feature in _features for name, cost in feature.credit_operations.items()}
