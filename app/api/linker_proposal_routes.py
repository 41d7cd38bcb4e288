"""Proposed links: reading and deciding on them, and the batches that they came in."""

from typing import Any, Literal

from pydantic import Field

from app.api.endpoints import api_endpoint
from app.api.lists import ApiList, SiteListParameters, list_page
from app.api.rates import Rate
from app.api.runs import RunShown
from app.api.shapes import Done, Given, Instant, Parameters, QueryId, RowId, RowIds, RowPage, Shown, whole_list
from app.content.models import Content
from app.core.access import current_account_id, current_actor
from app.core.tenancy import owned, owned_many
from app.linker import actions, proposals
from app.linker.batches import batch_figures
from app.linker.listing import LINK_BATCH_LIST, batch_links, list_link_batches
from app.linker.models import LinkBatch, LinkProposal
from app.linker.permissions import LinkerPermission

READ, WRITE = LinkerPermission.READ, LinkerPermission.WRITE
BATCHES = ApiList(LINK_BATCH_LIST, {})
ONE = "/linker/proposals/<int:link_id>/"
READERS = {
    "open": proposals.open_links,
    "accepted": proposals.accepted_links,
    "rejected": proposals.rejected_links,
    "incoming": proposals.incoming_links,
}


class LinkShown(Shown):
    """A link from a phrase of one content to another (`target_id`), proposed or decided on.

    `anchor` are the words that lead there, between `before` and `after` in the text; `sentence` is text that would be
    added, empty where the words stand there already. `state` is `proposed`, `outdated`, `accepted`, `rejected` or
    `undone`.
    """

    id: RowId = Field(examples=[23])
    site_id: int = Field(examples=[1])
    batch_id: int | None = Field(examples=[4])
    content_id: int = Field(examples=[11])
    target_id: int = Field(examples=[12])
    state: str = Field(examples=["proposed"])
    score: int = Field(examples=[83])
    url: str = Field(examples=["https://blog.example/trail-shoes/"])
    anchor: str = Field(examples=["trail shoes"])
    before: str = Field(examples=["Good "])
    after: str = Field(examples=[" are light."])
    sentence: str = Field(examples=[""])
    rel: str = Field(examples=[""])
    decided_at: Instant | None
    created_at: Instant


class LinksParameters(Parameters):
    """Whose links, and which of them."""

    content_id: QueryId = Field(description="The content whose links are listed.", examples=[11])
    show: Literal["open", "accepted", "rejected", "incoming"] = Field(
        "open",
        description="Those that wait for a decision, were put into the text, rejected, or wait to lead to it.",
        examples=["open"],
    )


class LinkIds(Given):
    """Proposed links; to accept them, of one content."""

    link_ids: RowIds = Field(examples=[[23]])


class LinkChanges(Given):
    """Other words for a proposed link, and whether search engines are told not to follow it."""

    anchor: str = Field(min_length=1, max_length=500, examples=["trail shoes"])
    nofollow: bool = Field(False, examples=[False])


class LinkBatchShown(Shown):
    """What one run of the Linker did."""

    id: RowId = Field(examples=[4])
    site_id: int = Field(examples=[1])
    mode: str = Field(examples=["propose"])
    actor_name: str = Field(examples=["Ada Lovelace"])
    contents: int = Field(examples=[1])
    proposed: int = Field(examples=[3])
    added: int = Field(examples=[0])
    removed: int = Field(examples=[0])
    mended: int = Field(examples=[0])
    undone_at: Instant | None
    created_at: Instant


class LinkBatchShownWhole(LinkBatchShown):
    """A batch with how many of its links wait for a decision (`waiting`), and how many can be undone (`left`)."""

    waiting: int = Field(examples=[3])
    left: int = Field(examples=[3])


@api_endpoint("GET", "/linker/proposals/", READ, module="linker")
def show_links(query: LinksParameters) -> RowPage[LinkShown]:
    """List the links of a content. All of them are on one page."""
    content = owned(Content, query.content_id, current_account_id())
    return whole_list([LinkShown.model_validate(link) for link in READERS[query.show](content.account_id, content.id)])


@api_endpoint("GET", ONE, READ, module="linker")
def show_link(link_id: int) -> LinkShown:
    """One proposed link."""
    return _link(link_id)


def _link(link_id: int) -> LinkShown:
    return LinkShown.model_validate(owned(LinkProposal, link_id, current_account_id()))


@api_endpoint("PATCH", ONE, WRITE, module="linker", rate=Rate.LINKER)
def change_link(link_id: int, body: LinkChanges) -> LinkShown:
    """Choose other words of the text for a proposed link. 409 when it was decided on."""
    actions.edit_link(current_account_id(), current_actor(), link_id, anchor=body.anchor, nofollow=body.nofollow)
    return _link(link_id)


def _decided(link_id: int, decide: Any, argument: Any) -> LinkShown:
    decide(current_account_id(), current_actor(), argument)
    return _link(link_id)


@api_endpoint("POST", f"{ONE}accept/", WRITE, module="linker", rate=Rate.LINKER)
def accept_link(link_id: int) -> LinkShown:
    """Put a proposed link into the text. 409 when it was decided on."""
    return _decided(link_id, actions.accept_links, [link_id])


@api_endpoint("POST", f"{ONE}reject/", WRITE, module="linker", rate=Rate.LINKER)
def reject_link(link_id: int) -> LinkShown:
    """Keep a proposed link out of the text: it is not proposed again. 409 when it was decided on."""
    return _decided(link_id, actions.reject_links, [link_id])


@api_endpoint("POST", f"{ONE}again/", WRITE, module="linker", rate=Rate.LINKER)
def propose_link_again(link_id: int) -> LinkShown:
    """Let a link that was rejected or taken out wait for a decision again."""
    return _decided(link_id, actions.propose_again, link_id)


@api_endpoint("POST", f"{ONE}undo/", WRITE, module="linker", rate=Rate.LINKER)
def undo_link(link_id: int) -> LinkShown:
    """Take a link that was put in out of the text again. 409 when it is not in it."""
    return _decided(link_id, actions.take_out_link, link_id)


@api_endpoint("POST", "/linker/proposals/accept/", WRITE, module="linker", rate=Rate.LINKER, rehearses=True)
def accept_many_links(body: LinkIds) -> Done:
    """Put proposed links of one content into its text. What cannot be put in is said."""
    return _done(actions.accept_links, body)


@api_endpoint("POST", "/linker/proposals/reject/", WRITE, module="linker", rate=Rate.LINKER, rehearses=True)
def reject_many_links(body: LinkIds) -> Done:
    """Keep proposed links out of the texts."""
    return _done(actions.reject_links, body)


def _done(decide: Any, body: LinkIds) -> Done:
    account_id, ids = current_account_id(), list(dict.fromkeys(body.link_ids))
    owned_many(LinkProposal, ids, account_id)
    return Done.of(decide(account_id, current_actor(), ids))


@api_endpoint("GET", "/linker/batches/", READ, module="linker", listed=BATCHES)
def show_link_batches(query: SiteListParameters) -> RowPage[LinkBatchShown]:
    """List what runs of the Linker did on a site, the newest first."""
    BATCHES.read(query)
    page = list_link_batches(current_account_id(), query.site_id, query.values)
    return list_page(page, LinkBatchShown.model_validate)


@api_endpoint("GET", "/linker/batches/<int:linking_id>/", READ, module="linker")
def show_link_batch(linking_id: int) -> LinkBatchShownWhole:
    """One batch with its figures."""
    batch = owned(LinkBatch, linking_id, current_account_id())
    figures = batch_figures([batch.id])[batch.id]
    own = {name: getattr(batch, name) for name in LinkBatchShown.model_fields}
    return LinkBatchShownWhole(**own, waiting=figures.proposed, left=figures.left)


@api_endpoint("GET", "/linker/batches/<int:linking_id>/proposals/", READ, module="linker")
def show_links_of_batch(linking_id: int) -> RowPage[LinkShown]:
    """List the links of a batch by content: 200 at most, on one page."""
    batch = owned(LinkBatch, linking_id, current_account_id())
    return whole_list([LinkShown.model_validate(link) for link, _serves in batch_links(batch.account_id, batch)])


@api_endpoint("POST", "/linker/batches/<int:linking_id>/undo/", WRITE, module="linker", status=202, rate=Rate.LINKER)
def undo_link_batch(linking_id: int) -> RunShown:
    """Take all links of a batch out of the texts: a run. What waits for a decision is withdrawn at once."""
    return RunShown.of(actions.undo_link_batch(current_account_id(), current_actor(), linking_id))
