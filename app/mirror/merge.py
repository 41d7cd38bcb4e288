"""Bringing what WordPress tells into what we have: decided purely for each content, written for all at once.

The rules are in docs/decisions/0009: a field that only WordPress changed is taken over, one that was changed here
stays, and terms are added and taken away one by one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from app.mirror import drift
from app.mirror.address import columns_of_address
from app.mirror.drift_state import Drift, merged_drift, ours_of_row
from app.mirror.incoming import Incoming, columns_of, of_relation
from app.mirror.references import Known

TEXTS = frozenset({"title", "content", "excerpt"})


@dataclass
class Merged:
    """What becomes of one content: columns, links, its new remote state, and what there is to tell."""

    content_id: int
    columns: dict[str, Any] = field(default_factory=dict)
    state: dict[str, Any] = field(default_factory=dict)
    attach: list[int] = field(default_factory=list)
    detach: list[int] = field(default_factory=list)
    add_keywords: list[int] = field(default_factory=list)
    drop_keywords: list[int] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    in_step: bool = False
    needs_no_publish: bool = False
    stands: tuple[Drift, str] | None = None
    moves: bool = False

    @property
    def is_edit(self) -> bool:
        """True when the content itself changed."""
        return bool(self.taken)


def merge(
    state: Any, row: Row[Any], html: str | None, featured: str, told: Incoming, known: Known, now: datetime
) -> Merged:
    """Decide for one content (pure). `html` may be left out when the version is the one both sides agreed on."""
    merged = Merged(row.id)
    seen = dict(state.fields)
    theirs = theirs_of(told, seen, known)
    ours = drift.digests(ours_of_row(row, html, featured))
    if html is None and "content" in theirs:
        ours["content"] = str((state.base.get("content") or [""])[0])
    found = drift.drift(state.base, ours, stored := drift.digests(theirs))
    merged.taken = [name for name, verdict in found.items() if verdict == drift.THEIRS and name not in drift.NOT_TAKEN]
    merged.columns = columns_of({name: theirs[name] for name in merged.taken})
    ahead = [name for name, verdict in found.items() if verdict in (drift.THEIRS, drift.BOTH)]
    ahead = [name for name in ahead if name not in merged.taken]
    merged.kept = [name for name in ahead if name not in state.ahead]
    _terms(merged, told, seen, known)
    _keywords(merged, told, seen, known)
    agrees = row.version == state.agreed_version or set(found) >= set(drift.FIELDS) - {"featured_image"}
    merged.in_step = agrees and all(
        verdict == drift.IN_STEP or name in merged.taken or name in drift.NOT_TAKEN for name, verdict in found.items()
    )
    _place(merged, row, told)
    seen.update({name: value for name, value in theirs.items() if name != "content"}, **told.shown)
    left = [name for name in state.ahead if name not in found]
    knows_texts = bool(told.remote.get("content_hash")) and not TEXTS & {*ahead, *left}
    merged.needs_no_publish = merged.in_step and knows_texts and row.published_at is not None
    version = row.version + (1 if merged.is_edit else 0)
    merged.state = {
        **{
            name: getattr(state, name)
            for name in ("remote_type", "status", "permalink", "content_hash", "state_hash", "modified_utc", "gone_at")
        },
        **told.remote,
        "fields": seen,
        "base": drift.agreed(state.base, ours, stored, found),
        "ahead": [*left, *ahead],
        "agreed_version": version if merged.in_step else 0,
        "external_id": told.external_id,
        "seen_at": now,
    }
    if told.status is not None:
        merged.state["gone_at"] = None
    merged.stands = _stands(merged, row.drift, found)
    merged.moves = merged.stands != (row.drift, row.sync_state)
    if _left_over(told, known):
        merged.state["state_hash"] = ""  # look at it again when its terms are known
    return merged


def _stands(merged: Merged, before: Drift, found: dict[str, str]) -> tuple[Drift, str]:
    """How the content stands after this: by field, and as a whole."""
    verdicts = {name: drift.IN_STEP if name in merged.taken else verdict for name, verdict in found.items()}
    after = merged_drift(before, verdicts)
    return after, drift.overall(after.values(), is_gone=merged.state["gone_at"] is not None)


def theirs_of(told: Incoming, seen: dict[str, Any], known: Known) -> dict[str, Any]:
    """The fields with the cluster and sector that meta and terms mean together; `seen` learns both."""
    theirs = dict(told.fields)
    for name, terms, ids in (
        ("cluster", told.cluster_terms, known.clusters),
        ("sector", told.sector_terms, known.sectors),
    ):
        if name not in theirs and terms is None:
            continue
        before, told_before = seen.get(name), seen.get(f"{name}_told", seen.get(name))
        now = theirs.get(name, told_before)
        if now is not None and now not in ids:
            now = told_before  # an id that is none of this site's says nothing
        theirs[name] = of_relation(
            (now, told_before), (terms, seen.get(f"{name}_terms") or []), known.standing_for(name), before
        )
        seen[f"{name}_told"] = now
        if terms is not None:
            seen[f"{name}_terms"] = terms
    return theirs


def _terms(merged: Merged, told: Incoming, seen: dict[str, Any], known: Known) -> None:
    """What was added there is added here, what was taken away there is taken away here; nothing else."""
    if told.terms is None:
        return
    before: dict[str, list[int]] = dict(seen.get("terms") or {})
    for taxonomy, ids in told.terms.items():
        had = set(before.get(taxonomy) or [])
        now = {one for one in ids if one in had or (taxonomy, one) in known.terms}
        merged.attach += [known.terms[taxonomy, one] for one in sorted(now - had)]
        merged.detach += [known.terms[taxonomy, one] for one in sorted(had - now) if (taxonomy, one) in known.terms]
        before[taxonomy] = sorted(now)
    seen["terms"] = before
    if merged.attach or merged.detach:
        merged.taken.append("terms")


def _keywords(merged: Merged, told: Incoming, seen: dict[str, Any], known: Known) -> None:
    if told.keyword_ids is None:
        return
    before = set(seen.get("keyword_ids") or [])
    now = {one for one in told.keyword_ids if one in known.keywords}
    merged.add_keywords, merged.drop_keywords = sorted(now - before), sorted(before - now)
    seen["keyword_ids"] = sorted(now)
    if merged.add_keywords or merged.drop_keywords:
        merged.taken.append("keywords")


def _left_over(told: Incoming, known: Known) -> bool:
    return any((taxonomy, one) not in known.terms for taxonomy, ids in (told.terms or {}).items() for one in ids)


def _place(merged: Merged, row: Row[Any], told: Incoming) -> None:
    """Where it is and whether it is live: facts of WordPress, no edits."""
    if told.status is None:
        return
    url = told.remote.get("permalink") or row.external_url
    facts = columns_of_address(told.external_id, url, told.status, was_published=row.published_at is not None)
    merged.columns.update({name: value for name, value in facts.items() if getattr(row, name) != value})


LABELS = {
    "title": "title",
    "content": "text",
    "excerpt": "excerpt",
    "slug": "slug",
    "seo_title": "SEO title",
    "seo_description": "SEO description",
    "seo_canonical": "canonical address",
    "focus_keywords": "focus keywords",
    "author_email": "author",
    "parent": "parent page",
    "template": "template",
    "cluster": "cluster",
    "sector": "sector",
    "featured_image": "featured image",
    "terms": "terms",
    "keywords": "keywords",
}


def sentence(taken: Sequence[str], kept: Sequence[str]) -> str:
    """What happened, in words (pure)."""
    said = []
    if taken:
        said.append(f"Taken over from WordPress: {', '.join(LABELS[name] for name in taken)}.")
    if kept:
        said.append(f"Changed in WordPress and not taken over: {', '.join(LABELS[name] for name in kept)}.")
    return " ".join(said)
