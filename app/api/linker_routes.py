"""The Linker: links are looked for by a run, which fills a batch of proposals."""

from pydantic import Field

from app.api.endpoints import api_endpoint
from app.api.rates import Rate
from app.api.runs import RunShown
from app.api.shapes import Given, RowId, RowIds, Shown
from app.content.models import Content
from app.core.access import current_account_id, current_actor
from app.core.tenancy import owned_many
from app.linker import actions
from app.linker.permissions import LinkerPermission


class ProcessGiven(Given):
    """A content. With `apply` links that are good enough are put into it; else they are only proposed."""

    content_id: RowId = Field(examples=[11])
    apply: bool = Field(False, examples=[False])


class BatchProcessGiven(Given):
    """Contents of one site."""

    content_ids: RowIds = Field(examples=[[11]])
    apply: bool = Field(False, examples=[False])


class LinkingShown(Shown):
    """The run, and the batch that it fills. `left_out` are being worked on by another run already."""

    run: RunShown
    batch_id: int = Field(examples=[4])
    left_out: int = Field(examples=[0])


@api_endpoint("POST", "/linker/process/", LinkerPermission.WRITE, module="linker", status=202, rate=Rate.LINKER)
def process_content(body: ProcessGiven) -> LinkingShown:
    """Look for links from and to a content: a run."""
    return _start([body.content_id], apply=body.apply)


@api_endpoint("POST", "/linker/batch_process/", LinkerPermission.WRITE, module="linker", status=202, rate=Rate.LINKER)
def process_contents(body: BatchProcessGiven) -> LinkingShown:
    """Look for links from and to contents of one site: a run."""
    return _start(body.content_ids, apply=body.apply)


def _start(ids: list[int], *, apply: bool) -> LinkingShown:
    account_id = current_account_id()
    site_id = owned_many(Content, ids, account_id)[0].site_id
    start = actions.start_linking(account_id, current_actor(), site_id, ids, apply=apply)
    return LinkingShown(run=RunShown.of(start.run), batch_id=start.batch.id, left_out=start.left_out)
