"""The account itself: its name, its modules, and its audit log."""

from typing import Any
from zoneinfo import ZoneInfo

from flask import g
from pydantic import Field

from app.accounts import audit_list, modules, services
from app.accounts.audit_list import events_list
from app.api.endpoints import api_endpoint, expected_etag
from app.api.lists import ApiList, ListParameters, list_page
from app.api.shapes import Given, Instant, RowId, RowPage, Shown, whole_list
from app.core import features
from app.core.access import current_account_id, current_actor
from app.core.edits import etag
from app.core.languages import gettext
from app.core.permissions import Permission

MANAGE = Permission.ACCOUNT_MANAGE
UTC = ZoneInfo("UTC")
EVENTS = ApiList(
    lambda: events_list(UTC),
    {
        "group": "The beginning of an action, up to a dot: `publish`.",
        "person": "The id of a person, or `none`.",
        "since": "A day in UTC: on it or later.",
        "until": "A day in UTC: on it or earlier.",
    },
)


class AccountNameShown(Shown):
    """The account with an ETag of its name."""

    id: RowId = Field(examples=[1])
    name: str = Field(examples=["Acme"])
    etag: str = Field(examples=["1f0c4d"])


class AccountNameGiven(Given):
    """The account's name."""

    name: str = Field(min_length=1, max_length=120, examples=["Acme"])


class ModuleShown(Shown):
    """A part of the product that an account switches on and off. Off, it has no pages, no endpoints and no work."""

    module: str = Field(examples=["linker"])
    label: str = Field(examples=["Linker"])
    text: str = Field(examples=["Links between the texts of a site."])
    is_on: bool = Field(examples=[True])


class ModuleGiven(Given):
    """Whether it is on."""

    is_on: bool = Field(examples=[True])


class AuditEventShown(Shown):
    """What somebody did. `actor` is the person or token by name; `before` and `after` are what was changed."""

    id: RowId = Field(examples=[90])
    action: str = Field(examples=["site.added"])
    actor: str = Field(examples=["Ada Lovelace <ada@example.com>"])
    actor_id: int | None = Field(examples=[2])
    subject: str = Field(examples=["My blog"])
    before: dict[str, Any] | None = Field(examples=[None])
    after: dict[str, Any] | None = Field(examples=[None])
    ip: str = Field(examples=["203.0.113.7"])
    created_at: Instant


@api_endpoint("GET", "/account/", MANAGE)
def show_account_name() -> AccountNameShown:
    """The account, with the ETag that a change of its name needs."""
    return AccountNameShown(id=g.account.id, name=g.account.name, etag=etag({"name": g.account.name}))


@api_endpoint("PUT", "/account/", MANAGE, matches=True)
def rename_account(body: AccountNameGiven) -> AccountNameShown:
    """Give the account another name."""
    services.rename(g.account, current_actor(), body.name, expected=expected_etag())
    return show_account_name()


@api_endpoint("GET", "/account/modules/", MANAGE)
def show_account_modules() -> RowPage[ModuleShown]:
    """List the modules, and which of them are on. All of them are on one page."""
    return whole_list([_module(key) for key in features.modules()])


def _module(key: str) -> ModuleShown:
    own, is_on = features.modules()[key], modules.is_module_on(current_account_id(), key)
    return ModuleShown(module=key, label=gettext(own.label), text=gettext(own.text), is_on=is_on)


@api_endpoint("PUT", "/account/modules/<module>/", MANAGE)
def switch_account_module(module: str, body: ModuleGiven) -> ModuleShown:
    """Switch a module on or off. What is in it is kept."""
    modules.switch(current_account_id(), current_actor(), module, body.is_on)
    return _module(module)


@api_endpoint("GET", "/account/audit/", MANAGE, listed=EVENTS)
def show_audit_events(query: ListParameters) -> RowPage[AuditEventShown]:
    """List who did what, the newest first."""
    EVENTS.read(query)
    page = audit_list.list_events(current_account_id(), query.values, UTC)
    return list_page(page, AuditEventShown.model_validate)
