"""Looking after a site: its health, who may see it, its publishing rules, and what its server asks everybody for."""

from typing import Any

from pydantic import Field

from app.accounts import members
from app.api.endpoints import api_endpoint, expected_etag
from app.api.runs import RunShown
from app.api.shapes import Given, Instant, RowId, ShortText, Shown
from app.core.access import current_account_id, current_actor
from app.core.edits import etag
from app.core.errors import Conflict
from app.core.extensions import limiter
from app.core.languages import gettext
from app.core.permissions import Permission
from app.core.tenancy import owned
from app.sites import actions, connection, health
from app.sites.models import Site
from app.sites.rules import Rules, SiteRules, fetch_rules
from app.sync.reconcile.health import check_site_now
from app.sync.reconcile.site_comparison import start_comparison

READ, MANAGE = Permission.SITES_READ, Permission.SITES_MANAGE
ONE = "/sites/<int:site_id>/"
CHECKS = "20 per minute"


class HealthShown(Shown):
    """How the WordPress of a site was when it was looked at last, at `checked_at`; null before.

    `problems` have a cure each. `notice` is a change that nobody has read yet.
    """

    id: RowId = Field(examples=[1])
    checked_at: Instant | None
    since: Instant | None
    failures: int = Field(examples=[0])
    error: dict[str, Any] | None = Field(examples=[None])
    problems: list[dict[str, str]] = Field(examples=[[]])
    notice: dict[str, Any] | None = Field(examples=[None])

    @classmethod
    def of(cls, site: Site) -> "HealthShown":
        """The site's health as it is answered."""
        link = site.connection
        if link is None:
            return cls(id=site.id, checked_at=None, since=None, failures=0, error=None, problems=[], notice=None)
        return cls(
            id=site.id,
            checked_at=link.health_at,
            since=link.health_since,
            failures=link.health_failures,
            error=link.health_error,
            problems=health.report_problems(link.health_report),
            notice=link.health_notice,
        )


class AccessShown(Shown):
    """The editors and viewers who see a site: ids of members. Owners and admins see all sites."""

    id: RowId = Field(examples=[1])
    member_ids: list[int] = Field(examples=[[4]])
    etag: str = Field(examples=["1f0c4d"])

    @classmethod
    def of(cls, site: Site) -> "AccessShown":
        """The access as it is answered."""
        granted = members.granted_sites(site.account_id)
        ids = [member_id for member_id, site_ids in granted.items() if site.id in site_ids]
        return cls(id=site.id, member_ids=sorted(ids), etag=etag(members.access_to(site.account_id, site.id)))


class AccessGiven(Given):
    """The editors and viewers who are to see a site; no others do."""

    member_ids: list[RowId] = Field(max_length=1000, examples=[[4]])


class LoginShown(Shown):
    """The user name that the server of a site asks everybody for; null where it asks for none. Its password is kept."""

    id: RowId = Field(examples=[1])
    user: str | None = Field(examples=["stage"])
    origin: str | None = Field(examples=["https://stage.shop.example"])
    etag: str = Field(examples=["1f0c4d"])

    @classmethod
    def of(cls, site: Site) -> "LoginShown":
        """The login as it is answered."""
        tag = etag(connection.stored_login(site))
        return cls(id=site.id, user=site.password_user, origin=site.password_origin, etag=tag)


class LoginGiven(Given):
    """User name and password (HTTP Basic). Without a password the one that is kept stays."""

    user: str = Field(min_length=1, max_length=200, examples=["stage"])
    password: str = Field("", max_length=200, repr=False, examples=["secret"])


class RulesGiven(Given):
    """What a site wants of a publish. `gallery_overflow` is `skip`, `separate_post` or `inline_grid`."""

    post_types: list[ShortText] = Field(max_length=100, examples=[["post", "page"]])
    auto_create_terms: bool = Field(examples=[True])
    fallback_category: RowId | None = Field(examples=[None])
    gallery_limit: int = Field(ge=1, le=20, examples=[5])
    gallery_overflow: ShortText = Field(examples=["skip"])
    default_author: ShortText | None = Field(examples=[None])
    seo_meta_tags: bool = Field(examples=[True])


class RulesShown(Shown):
    """The publishing rules that the plugin of a site keeps, and what there is to choose from."""

    rules: dict[str, Any] = Field(examples=[{"gallery_limit": 5}])
    changed_at: str | None = Field(examples=["2027-01-31T08:00:00Z"])
    changed_by: str | None = Field(examples=["Ada Lovelace"])
    post_types: list[dict[str, Any]] = Field(examples=[[]])
    categories: list[dict[str, Any]] = Field(examples=[[]])
    authors: list[dict[str, Any]] = Field(examples=[[]])
    etag: str = Field(examples=["1f0c4d"])

    @classmethod
    def of(cls, kept: SiteRules) -> "RulesShown":
        """The rules as they are answered."""
        names = ("changed_at", "changed_by", "post_types", "categories", "authors")
        values = kept.rules.model_dump()
        return cls(**{name: getattr(kept, name) for name in names}, rules=values, etag=etag(values))


def _site(site_id: int) -> Site:
    return owned(Site, site_id, current_account_id())


@api_endpoint("GET", f"{ONE}health/", READ)
def show_site_health(site_id: int) -> HealthShown:
    """How the WordPress of a site was when it was looked at last."""
    return HealthShown.of(_site(site_id))


@api_endpoint("POST", f"{ONE}health/check/", MANAGE)
@limiter.limit(CHECKS)
def check_site_health_now(site_id: int) -> HealthShown:
    """Look at the WordPress of a site now. 409 while somebody else does, or before it was connected."""
    problem = check_site_now(current_account_id(), site_id)
    if problem:
        raise Conflict(problem, code="SITE_BUSY", retryable=True)
    return HealthShown.of(_site(site_id))


@api_endpoint("POST", f"{ONE}health/read/", MANAGE)
def dismiss_site_notice(site_id: int) -> HealthShown:
    """Say that the notice of a change was read: pages do not show it again."""
    site = _site(site_id)
    health.dismiss_notice(site.account_id, site.id)
    return HealthShown.of(_site(site_id))


@api_endpoint("POST", f"{ONE}compare/", MANAGE, status=202)
def compare_site(site_id: int) -> RunShown:
    """Compare all contents of a site with its WordPress: a run. One that is under way is given back."""
    return RunShown.of(start_comparison(_site(site_id), current_actor(), "default"))


@api_endpoint("GET", f"{ONE}access/", Permission.TEAM_MANAGE)
def show_site_access(site_id: int) -> AccessShown:
    """The editors and viewers who see a site, with an ETag."""
    return AccessShown.of(_site(site_id))


@api_endpoint("PUT", f"{ONE}access/", Permission.TEAM_MANAGE, matches=True)
def change_site_access(site_id: int, body: AccessGiven) -> AccessShown:
    """Let these editors and viewers see a site, and no others."""
    site, ids = _site(site_id), list(dict.fromkeys(body.member_ids))
    for member_id in ids:
        members.get_member(site.account_id, member_id)
    members.grant_site(site.account_id, current_actor(), site.id, ids, expected=expected_etag())
    return AccessShown.of(site)


@api_endpoint("GET", f"{ONE}login/", MANAGE)
def show_site_login(site_id: int) -> LoginShown:
    """The user name that the server of a site asks everybody for, with an ETag."""
    return LoginShown.of(_site(site_id))


@api_endpoint("PUT", f"{ONE}login/", MANAGE, matches=True)
def change_site_login(site_id: int, body: LoginGiven) -> LoginShown:
    """Keep what the server of a site asks everybody for, such as a site that is not open yet."""
    account_id, actor = current_account_id(), current_actor()
    site = actions.change_login(account_id, actor, site_id, body.user, body.password, expected=expected_etag())
    return LoginShown.of(site)


@api_endpoint("DELETE", f"{ONE}login/", MANAGE, matches=True)
def forget_site_login(site_id: int) -> LoginShown:
    """Forget it: the server asks for none any more."""
    site = actions.forget_login(current_account_id(), current_actor(), site_id, expected=expected_etag())
    return LoginShown.of(site)


@api_endpoint("GET", f"{ONE}rules/", READ)
def show_site_rules(site_id: int) -> RulesShown:
    """The publishing rules of a site, which its plugin is asked for now."""
    return RulesShown.of(fetch_rules(current_account_id(), site_id))


@api_endpoint("PUT", f"{ONE}rules/", MANAGE, matches=True)
def change_site_rules(site_id: int, body: RulesGiven) -> RulesShown:
    """Change the publishing rules of a site, in its plugin. 409 when they were changed there since."""
    account_id, wanted = current_account_id(), Rules(**body.model_dump())
    if not actions.change_rules(account_id, current_actor(), site_id, wanted, expected=expected_etag()):
        raise Conflict(gettext("Somebody changed these rules in WordPress just now."), code="EDIT_CONFLICT")
    return RulesShown.of(fetch_rules(account_id, site_id))
