"""Rows of the Linker and the Optimizer, as their pages show them."""

from collections.abc import Sequence

from app.content.models import Content
from app.core.extensions import db
from app.linker import indexing
from app.linker.models import LinkBatch, LinkProposal
from app.optimizer.rewrite.changes import ProposedChange
from app.optimizer.rewrite.task_models import OptimizationTask
from app.sites.models import Site

STATES = ("proposed", "outdated", "accepted", "rejected")
DECISIONS = ("open", "accepted", "rejected", "applied", "outdated")


def fill_links(site: Site, pieces: Sequence[Content], long: str) -> int:
    """The pages read, and a batch with a link of the first to each other; its id."""
    batch = LinkBatch(account_id=site.account_id, site_id=site.id, actor_name=long[:100], mode="apply", contents=1)
    db.session.add(batch)
    db.session.flush()
    for number, target in enumerate(pieces[1:]):
        link = {"content_id": pieces[0].id, "target_id": target.id, "batch_id": batch.id, "score": 70}
        words = {"url": "https://example.com/there/", "anchor": long[:60], "before": long, "after": long}
        state = STATES[number % len(STATES)]
        db.session.add(LinkProposal(account_id=site.account_id, site_id=site.id, **link, **words, state=state))
    db.session.commit()
    indexing.refresh(site)
    return batch.id


def fill_optimizations(content: Content, long: str) -> int:
    """A task of a content with a change in each state, of which the model did not finish; its id."""
    changes = [
        ProposedChange(number, "seo_title", long, f"{long} and more", field="seo_title", by_model=True, state=state)
        for number, state in enumerate(DECISIONS, 1)
    ]
    scores = {"overall": 51, "seo": 62, "readability": None, "engagement": 40}
    task = OptimizationTask(
        account_id=content.account_id,
        site_id=content.site_id,
        content_id=content.id,
        entry_point="manual",
        status="completed",
        content_version=content.version,
        scores_before=scores,
        scores_after=scores | {"overall": 75},
        changes=[change.stored() for change in changes],
        waiting=1,
        used=1,
        error=long,
        details={"parts": {"0": {"changes": [], "refused": 2}}},
    )
    db.session.add(task)
    db.session.commit()
    return task.id
