"""Contents that differ from what WordPress has of them: both versions, and which of them holds."""

from typing import Any, Literal

from pydantic import Field

from app.api.endpoints import api_endpoint, expected_etag
from app.api.refusals import field_unknown
from app.api.shapes import Given, RowId, ShortText, Shown
from app.content.models import Content
from app.core.access import current_account_id, current_actor
from app.core.edits import check_etag, etag
from app.core.permissions import Permission
from app.core.side_by_side import DiffLine
from app.core.tenancy import owned
from app.sync.conflicts import actions
from app.sync.conflicts.comparison import (
    RemoteVersion,
    fetch_remote_version,
    not_published_error,
    present_differences,
)
from app.sync.conflicts.differences import LABELS, Difference

ONE = "/content/<int:content_id>/conflict/"
ACTS = Literal["apply", "apply_publish", "take_all", "publish_ours", "link", "create"]


class DifferenceShown(Shown):
    """A field that differs. `verdict` says who changed it since both were the same; `may_take` that there is a choice.

    `lines` are both texts beside each other: `same`, `changed`, or `skip` for lines that are left out.
    """

    name: str = Field(examples=["title"])
    label: str = Field(examples=["Title"])
    verdict: str = Field(examples=["theirs"])
    may_take: bool = Field(examples=[True])
    note: str = Field(examples=[""])
    lines: list[dict[str, Any]] = Field(examples=[[{"kind": "changed", "theirs": "Shoes", "ours": "Boots"}]])

    @classmethod
    def of(cls, difference: Difference) -> "DifferenceShown":
        """The difference as it is answered."""
        own = {name: getattr(difference, name) for name in cls.model_fields if name != "lines"}
        return cls(**own, lines=[_line(line) for line in difference.lines])


def _line(line: DiffLine) -> dict[str, Any]:
    theirs, ours = ("".join(text for text, _marked in parts) for parts in (line.theirs, line.ours))
    return {"kind": line.kind, "theirs": theirs, "ours": ours}


class ConflictShown(Shown):
    """A content beside what WordPress has of it now, with an ETag of both.

    `remote` is `present`, `trash`, `deleted`, or `none` for a content that was never in WordPress; `is_doubtful` says
    that the post may be another one. Without `fields` both are the same.
    """

    id: RowId = Field(examples=[11])
    state: str = Field(examples=["conflict"])
    version: int = Field(examples=[4])
    remote: str = Field(examples=["present"])
    external_id: int | None = Field(examples=[77])
    is_doubtful: bool = Field(examples=[False])
    fields: list[DifferenceShown]
    etag: str = Field(examples=["1f0c4d"])

    @classmethod
    def of(cls, content: Content, remote: RemoteVersion | None) -> "ConflictShown":
        """Both versions as they are answered. A stored state that is out of date is corrected."""
        differences = [] if remote is None or remote.is_doubtful else present_differences(content, remote)
        content = owned(Content, content.id, content.account_id)
        return cls(
            id=content.id,
            state=content.state,
            version=content.version,
            remote=(remote.where or "present") if remote else "none",
            external_id=remote.external_id if remote else None,
            is_doubtful=remote is not None and remote.is_doubtful,
            fields=[DifferenceShown.of(difference) for difference in differences],
            etag=etag(_versions(content, remote)),
        )


class ConflictDecision(Given):
    """`apply` takes the `choices`, by field `theirs` or `ours`, and leaves other fields undecided; `take_all` takes
    WordPress's version.

    These publish too: `apply_publish` what was chosen, `publish_ours` the version here over WordPress's, `link` over
    the post of that number although it may be another, `create` as a new post.
    """

    act: ACTS = Field(examples=["apply"])
    choices: dict[ShortText, Literal["theirs", "ours"]] = Field(
        default_factory=dict, max_length=40, examples=[{"title": "theirs"}]
    )


class ResolutionShown(Shown):
    """By field: what was taken from WordPress, what was kept as it is here, and what nobody has decided yet.

    Where it `publishes`, the run of that is among the runs.
    """

    id: RowId = Field(examples=[11])
    taken: list[str] = Field(examples=[["title"]])
    kept: list[str] = Field(examples=[[]])
    undecided: list[str] = Field(examples=[[]])
    publishes: bool = Field(examples=[False])
    version: int = Field(examples=[5])


def _versions(content: Content, remote: RemoteVersion | None) -> dict[str, Any]:
    return {"version": content.version, "remote": remote.state if remote else ""}


def _content(content_id: int) -> Content:
    return owned(Content, content_id, current_account_id())


def _check_names(choices: dict[str, Any]) -> None:
    """Raise DomainError for a choice of no field: what was meant would stay undecided."""
    unknown = sorted(set(choices) - set(LABELS))
    if unknown:
        raise field_unknown(unknown[0], "choices")


@api_endpoint("GET", ONE, Permission.SITES_READ)
def show_conflict_of_content(content_id: int) -> ConflictShown:
    """A content beside what its WordPress has of it, which is asked now. 502 when it does not answer."""
    remote = fetch_remote_version(_content(content_id))
    return ConflictShown.of(_content(content_id), remote)


@api_endpoint("POST", ONE, Permission.CONTENT_WRITE, matches=True)
def decide_conflict_of_content(content_id: int, body: ConflictDecision) -> ResolutionShown:
    """Decide which version holds. What publishes needs that permission besides. 412 when either side has changed."""
    _check_names(body.choices)
    remote = fetch_remote_version(_content(content_id))
    content = _content(content_id)
    if remote is None:
        raise not_published_error(content)
    check_etag(_versions(content, remote), expected_etag())
    actor, state = current_actor(), remote.state
    resolution = actions.resolve_conflict(
        actor, content, remote, body.act, body.choices, shown_state=state, version=content.version
    )
    return ResolutionShown(
        id=content_id,
        taken=list(resolution.taken),
        kept=list(resolution.kept),
        undecided=list(resolution.undecided),
        publishes=body.act in actions.PUBLISHES,
        version=_content(content_id).version,
    )
