"""What rules can do in the Linker: look for internal links, put in those that are good enough, and plan a site's."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from app.automation.action_kinds import CHOICE, ActionCall, ActionKind, Parameter, Started
from app.automation.models import RuleExecution
from app.automation.subjects import YES_NO, contents_with_text
from app.content.models import Content
from app.core.actor import Actor
from app.core.errors import Conflict, Refused
from app.core.extensions import db
from app.core.languages import N_
from app.core.tenancy import owned
from app.core.wording import many
from app.linker.actions import start_linking, undo_link_batch
from app.linker.batches import batch_figures
from app.linker.models import LinkBatch
from app.linker.permissions import LinkerPermission
from app.linker.plan.actions import start_link_plan
from app.linker.plan.listing import link_plan_of
from app.linker.prices import linking_credits
from app.linker.searches import was_searched
from app.sites.models import Site


def _link(call: ActionCall) -> Started:
    is_applied = call.parameters.get("apply", "yes") == "yes"
    started = start_linking(call.account_id, call.actor, call.site_id, call.subjects, apply=is_applied)
    count = len(call.subjects)
    return Started(count, (started.run.id,), f"Looking for links for {many(count, 'content')}")


def _is_unlinked(_kind: str) -> Sequence[ColumnElement[bool]]:
    """Contents with a text that the Linker has put no link into, and that it did not look for any for."""
    return [Content.linker_version == 0, ~was_searched(), func.length(Content.content_html) > 0]


def _undo_linking(actor: Actor, execution: RuleExecution, step: Mapping[str, Any]) -> str:
    """Start taking out the links of its batch."""
    mine = (LinkBatch.account_id == execution.account_id, LinkBatch.run_id.in_(map(UUID, step["run_ids"])))
    batches = db.session.scalars(select(LinkBatch).where(*mine)).all()
    figures, count = batch_figures([batch.id for batch in batches]), 0
    for batch in batches:
        try:
            undo_link_batch(execution.account_id, actor, batch.id)
        except Conflict:
            continue  # a person has undone it
        count += figures[batch.id].added - figures[batch.id].removed
    return f"{many(count, 'link')} being taken out"


LINK_CONTENT = ActionKind(
    "link_content",
    N_("Put in internal links"),
    ("content",),
    LinkerPermission.WRITE,
    "linker",
    (_link,),
    _is_unlinked,
    linking_credits,
    at_once=200,
    usual=20,
    parameters=(Parameter("apply", N_("Put in those that are good enough"), CHOICE, "yes", choices=YES_NO),),
    undo=_undo_linking,
    picked=contents_with_text,
    done_says=N_("Links were looked for in these texts already, or are being looked for"),
    undo_says=N_("Links are taken out of the texts."),
)


def _plan(call: ActionCall) -> Started:
    """Have the link plan of the site made anew; one that is being made already is waited for."""
    try:
        run = start_link_plan(call.account_id, call.actor, call.site_id)
    except Conflict as error:  # changes of the last plan are being made: nothing has failed
        raise Refused(error.message, code=error.code, cure=error.cure) from error
    return Started(1, (run.id,), "Making the link plan")


def _tell_of_plan(call: ActionCall) -> Started:
    """Say what the plan found, once it is made."""
    plan = link_plan_of(owned(Site, call.site_id, call.account_id))
    return Started(1, (), findings_in_words(plan.figures) if plan else "")


def findings_in_words(figures: Mapping[str, Any]) -> str:
    """What a link plan found, in English: `The link plan: 2 orphans, 1 broken link`."""
    counts = [(_now(figures.get(name)), noun) for name, noun in FINDINGS]
    findings = ", ".join(many(count, noun) for count, noun in counts if count)
    return f"The link plan: {findings or 'nothing found'}"


def _now(figure: Any) -> int:
    """A figure of a plan, of those that are before and after it the one before."""
    return int((figure[0] if isinstance(figure, list) else figure) or 0)


FINDINGS = (
    ("orphans", "orphan"),
    ("deep", "deep page"),
    ("broken", "broken link"),
    ("moved", "redirected link"),
    ("hub_links", "missing hub link"),
    ("overlinked", "over-linked page"),
)
PLAN_LINKS = ActionKind(
    "plan_links",
    N_("Make the link plan of the site"),
    ("site",),
    LinkerPermission.WRITE,
    "linker",
    (_plan, _tell_of_plan),
    lambda _kind: (),
    lambda _account_id, _count: 0,
    at_once=1,
    usual=1,
    stays=N_("The link plan stays: it changes no text."),
)


def linking_actions(_account_id: int) -> Sequence[ActionKind]:
    """The Linker's actions."""
    return (LINK_CONTENT, PLAN_LINKS)
