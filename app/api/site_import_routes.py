"""Importing what a site's WordPress has."""

from uuid import UUID

from pydantic import Field

from app.api.endpoints import api_endpoint
from app.api.runs import RunShown
from app.api.shapes import Given, Instant, RowPage, ShortText, Shown, whole_list
from app.core.access import current_account_id, current_actor
from app.core.permissions import Permission
from app.core.runs import Run
from app.core.tenancy import owned
from app.sites.models import Site
from app.sync.imports import actions, site_imports
from app.sync.imports.models import SiteImport

READ, WRITE = Permission.SITES_READ, Permission.CONTENT_WRITE
OF_SITE = "/sites/<int:site_id>/imports/"
ONE = "/sites/imports/<uuid:import_run_id>/"


class SiteImportGiven(Given):
    """Which post types are imported, and of posts that are not here yet those in which statuses."""

    types: list[ShortText] = Field(min_length=1, max_length=100, examples=[["post", "page"]])
    statuses: list[ShortText] = Field(min_length=1, max_length=20, examples=[["publish"]])


class SiteImportShown(Shown):
    """An import: `done` of `total` posts were read. `run` is its work, `problems` what could not be imported as it is.

    `kept` were changed on both sides and left as they are here.
    """

    run: RunShown
    types: list[str] = Field(examples=[["post", "page"]])
    statuses: list[str] = Field(examples=[["publish"]])
    phase: str = Field(examples=["posts"])
    paused: bool = Field(examples=[False])
    done: int = Field(examples=[40])
    total: int | None = Field(examples=[120])
    terms: int = Field(examples=[12])
    created: int = Field(examples=[38])
    updated: int = Field(examples=[0])
    unchanged: int = Field(examples=[2])
    kept: int = Field(examples=[0])
    passed_over: int = Field(examples=[0])
    gone: int = Field(examples=[0])
    problems: int = Field(examples=[0])
    finished_at: Instant | None

    @classmethod
    def of(cls, site_import: SiteImport, run: Run) -> "SiteImportShown":
        """The import as it is answered."""
        own = {name: getattr(site_import, name) for name in cls.model_fields if name != "run"}
        return cls(**own, run=RunShown.of(run))


def _import(run_id: UUID) -> SiteImportShown:
    return SiteImportShown.of(*site_imports.import_of(current_account_id(), run_id))


@api_endpoint("GET", OF_SITE, READ)
def show_site_imports(site_id: int) -> RowPage[SiteImportShown]:
    """List the newest imports of a site, on one page."""
    site = owned(Site, site_id, current_account_id())
    return whole_list([SiteImportShown.of(*row) for row in site_imports.recent(site.account_id, site.id)])


@api_endpoint("POST", OF_SITE, WRITE, status=202)
def import_from_site(site_id: int, body: SiteImportGiven) -> RunShown:
    """Import what the WordPress of a site has: a run. One that is under way is given back."""
    account_id, actor = current_account_id(), current_actor()
    run = actions.start_site_import(account_id, actor, site_id, types=body.types, statuses=body.statuses)
    return RunShown.of(run)


@api_endpoint("GET", ONE, READ)
def show_site_import(import_run_id: UUID) -> SiteImportShown:
    """One import, as it stands."""
    return _import(import_run_id)


@api_endpoint("POST", f"{ONE}pause/", WRITE)
def pause_import_of_site(import_run_id: UUID) -> SiteImportShown:
    """Stop an import at its next page, to go on later. 409 when it is not under way."""
    actions.pause_import(current_account_id(), current_actor(), import_run_id)
    return _import(import_run_id)


@api_endpoint("POST", f"{ONE}resume/", WRITE)
def resume_import_of_site(import_run_id: UUID) -> SiteImportShown:
    """Go on with an import from where it stopped. 409 when it cannot."""
    actions.resume_import(current_account_id(), current_actor(), import_run_id)
    return _import(import_run_id)


@api_endpoint("POST", f"{ONE}cancel/", WRITE)
def cancel_import_of_site(import_run_id: UUID) -> SiteImportShown:
    """Stop an import for good. What was imported stays."""
    actions.cancel_import(current_account_id(), current_actor(), import_run_id)
    return _import(import_run_id)
