"""Before and after a publish: what it would run into, how visitors get the page, whether links lead anywhere."""

from typing import Any

from pydantic import Field

from app.api.endpoints import api_endpoint
from app.api.runs import RunShown
from app.api.shapes import Count, Given, RowIds, Shown
from app.content.links import actions as link_actions
from app.content.models import Content
from app.core.access import current_account_id, current_actor
from app.core.permissions import Permission
from app.core.tenancy import owned, owned_many
from app.publishing import actions
from app.publishing.checks.examination import examine, scripts_key_of
from app.publishing.verification import services as verification

READ, WRITE = Permission.CONTENT_READ, Permission.CONTENT_WRITE
ONE = "/content/<int:content_id>/"


class FindingsShown(Shown):
    """What a publish would run into: `problems`, each with its cure, stop it; `warnings` do not.

    `existing` is the post that it would update; `asked` says that WordPress answered. `scripts_key` names this very
    text where its scripts are to be allowed.
    """

    problems: list[dict[str, Any]] = Field(examples=[[]])
    warnings: list[dict[str, Any]] = Field(examples=[[]])
    existing: dict[str, Any] | None = Field(examples=[None])
    asked: bool = Field(examples=[True])
    scripts_key: str = Field(examples=["e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"])


class ScriptsGiven(Given):
    """The `scripts_key` of the text whose scripts may go live."""

    scripts_key: str = Field(
        max_length=64, examples=["e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"]
    )


class ContentsToCheck(Given):
    """Contents of one site."""

    content_ids: RowIds = Field(examples=[[11]])


@api_endpoint("GET", f"{ONE}publish_check/", READ)
def check_before_publish(content_id: int) -> FindingsShown:
    """Look at what a publish of a content would run into, here and in its WordPress. Changes nothing."""
    account_id = current_account_id()
    findings = examine(account_id, content_id)
    own = {name: getattr(findings, name) for name in FindingsShown.model_fields if name != "scripts_key"}
    return FindingsShown(**own, scripts_key=scripts_key_of(account_id, content_id))


@api_endpoint("POST", f"{ONE}allow_scripts/", Permission.CONTENT_PUBLISH)
def allow_scripts_of_content(content_id: int, body: ScriptsGiven) -> Count:
    """Let the scripts that the check named go live with this very text. 409 when it was changed since."""
    actions.allow_content_scripts(current_account_id(), current_actor(), content_id, body.scripts_key)
    return Count(count=1)


@api_endpoint("POST", f"{ONE}verify/", Permission.CONTENT_PUBLISH, status=202)
def verify_live_page(content_id: int) -> RunShown:
    """Visit the page of a published content as a visitor: a run. Refused for one that was never published from here."""
    owned(Content, content_id, current_account_id())
    return RunShown.of(verification.start_verification(current_account_id(), content_id, current_actor()))


@api_endpoint("POST", "/content/links/check/", WRITE, status=202)
def check_links_of_contents(body: ContentsToCheck) -> RunShown:
    """Ask the addresses of other sites that contents link to whether they are there: a run."""
    account_id, ids = current_account_id(), list(dict.fromkeys(body.content_ids))
    site_id = owned_many(Content, ids, account_id)[0].site_id
    return RunShown.of(link_actions.start_link_check(account_id, current_actor(), site_id, ids))
