"""A sentence with a link, written by the account's model where no words of a text fit. Only ever proposed."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.ai import gateway
from app.ai.call_context import Answered, CallContext
from app.content.models import Content
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.runs import RunContext
from app.linker.ai_sentence import LINK_SENTENCE, SentenceRequest, SentenceResult
from app.linker.candidates import Candidate, find_candidates, source_text
from app.linker.models import LinkProposal, LinkSettings
from app.linker.pages import address_of
from app.linker.planning import decided_targets
from app.linker.settings import rel_for
from app.linker.texts import ReadText
from app.sites.models import Site

LEAST_SCORE = 50
SHOWN = 600  # characters of a page that the model is told


def propose_sentence(
    context: RunContext,
    site: Site,
    settings: LinkSettings,
    batch_id: int,
    content_id: int,
    linked: Collection[int],
) -> Answered[SentenceResult] | None:
    """Ask for one sentence about the best page that no words of the text fit, and store it as a proposal. Flushes.

    None without a model, or without such a page or paragraph. Commits before it asks. Raises DomainError when the
    model fails, or says what neither text says.
    """
    account_id = site.account_id
    if not gateway.has_model(account_id, LINK_SENTENCE.key):
        return None
    source = source_text(site, content_id)
    excluded = {*settings.never_to, *linked, *decided_targets(content_id)}
    candidates_found = [
        candidate for candidate in find_candidates(site, source, 5, excluded=excluded) if candidate.score >= LEAST_SCORE
    ]
    ends = paragraph_ends(source.page.read, source.page.source.html)
    if not candidates_found or not ends:
        return None
    request = _request(source.page.source.title, candidates_found[0], ends)
    db.session.commit()
    answered = gateway.run(account_id, LINK_SENTENCE, request, call=_call(context, source.page.source.title))
    before = ends[answered.result.paragraph - 1][-60:]
    row = _row(site, settings, candidates_found[0], answered.result, before)
    _store_sentence(row | {"batch_id": batch_id, "content_id": content_id})
    return answered


def _call(context: RunContext, title: str) -> CallContext:
    return CallContext(context.run_id, subject=title, cancelled=context.should_stop)


def _request(title: str, target: Candidate, ends: list[str]) -> SentenceRequest:
    content = db.session.scalar(select(Content.excerpt).where(Content.id == target.content_id)) or ""
    return SentenceRequest(
        title=title, paragraphs=[end[-SHOWN:] for end in ends], target_title=target.title, target_about=content[:SHOWN]
    )


def paragraph_ends(read: ReadText, html: str, most: int = 12) -> list[str]:
    """The last run of text of each paragraph that a sentence may be added to."""
    ends = []
    for run in read.runs:
        text = run.text.rstrip()
        if run.is_open and html.startswith("</p>", run.offsets[-1]) and len(text) > 40 and text[-1] in ".!?。":
            ends.append(text)
    return ends[:most]


def _row(site: Site, settings: LinkSettings, target: Candidate, result: SentenceResult, before: str) -> dict[str, Any]:
    return {
        "account_id": site.account_id,
        "site_id": site.id,
        "target_id": target.content_id,
        "state": "proposed",
        "score": target.score,
        "reasons": [["sentence", None], *(list(reason) for reason in target.reasons)],
        "url": target.url,
        "rel": rel_for(settings, address_of(target.url, site.url)),
        "anchor": result.anchor,
        "before": before,
        "after": "",
        "sentence": result.sentence,
        "tag": "",
    }


def _store_sentence(row: dict[str, Any]) -> None:
    now = utcnow()
    stmt = insert(LinkProposal).values({**row, "created_at": now, "updated_at": now})
    kept = ("account_id", "site_id", "content_id", "target_id")
    new = {name: value for name, value in row.items() if name not in kept} | {"updated_at": now}
    is_open = LinkProposal.state.in_(("proposed", "outdated"))
    stmt = stmt.on_conflict_do_update(index_elements=["content_id", "target_id"], set_=new, where=is_open)
    db.session.execute(stmt)
