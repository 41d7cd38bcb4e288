"""Merges what WordPress sends into what we have: pure decisions for each content, written for all at once.

The rules are in docs/decisions/0009: a field that only WordPress changed is updated from it, one that was changed here
stays, and terms are added and removed one by one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from app.mirror import drift
from app.mirror.address import columns_of_address
from app.mirror.drift_state import Drift, merged_drift, ours_of_row
from app.mirror.incoming import Incoming, content_columns, of_relation
from app.mirror.references import References

TEXTS = frozenset({"title", "content", "excerpt"})
REMOTE_COLUMNS = ("remote_type", "status", "permalink", "content_hash", "state_hash", "modified_utc", "gone_at")


@dataclass
class MergedContent:
    """The changes to one content: columns, links, its new remote state, and the fields updated or kept."""

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


def merge_remote(
    state: Any,
    row: Row[Any],
    html: str | None,
    featured: str,
    incoming: Incoming,
    references: References,
    now: datetime,
) -> MergedContent:
    """Decide for one content (pure). `html` may be omitted if the version is the one that both sides agreed on."""
    merged = MergedContent(row.id)
    fields = dict(state.fields)
    theirs = theirs_of(incoming, fields, references)
    ours = drift.digests(ours_of_row(row, html, featured))
    if html is None and "content" in theirs:
        ours["content"] = str((state.base.get("content") or [""])[0])
    verdicts = drift.drift(state.base, ours, stored := drift.digests(theirs))
    ahead = _fields(merged, state, theirs, verdicts)
    _merge_terms(merged, incoming, fields, references)
    _keywords(merged, incoming, fields, references)
    agrees = row.version == state.agreed_version or set(verdicts) >= set(drift.FIELDS) - {"featured_image"}
    merged.in_step = agrees and all(
        verdict == drift.IN_STEP or name in merged.taken or name in drift.NOT_TAKEN
        for name, verdict in verdicts.items()
    )
    _merge_place(merged, row, incoming)
    fields.update({name: value for name, value in theirs.items() if name != "content"}, **incoming.shown)
    knows_texts = bool(incoming.remote.get("content_hash")) and not TEXTS & set(ahead)
    merged.needs_no_publish = merged.in_step and knows_texts and row.published_at is not None
    version = row.version + (1 if merged.is_edit else 0)
    merged.state = {
        **_remote_state(state, incoming, references),
        "fields": fields,
        "base": drift.agreed(state.base, ours, stored, verdicts),
        "ahead": ahead,
        "agreed_version": version if merged.in_step else 0,
        "external_id": incoming.external_id,
        "seen_at": now,
    }
    merged.stands = _drift_after(merged, row.drift, verdicts)
    merged.moves = merged.stands != (row.drift, row.sync_state)
    return merged


def _fields(merged: MergedContent, state: Any, theirs: dict[str, Any], verdicts: dict[str, str]) -> list[str]:
    """Store what only WordPress changed.

    Returns the fields in which WordPress is ahead, those not reported now first.
    """
    merged.taken = [
        name for name, verdict in verdicts.items() if verdict == drift.THEIRS and name not in drift.NOT_TAKEN
    ]
    merged.columns = content_columns({name: theirs[name] for name in merged.taken})
    ahead = [name for name, verdict in verdicts.items() if verdict in (drift.THEIRS, drift.BOTH)]
    ahead = [name for name in ahead if name not in merged.taken]
    merged.kept = [name for name in ahead if name not in state.ahead]
    return [*(name for name in state.ahead if name not in verdicts), *ahead]


def _remote_state(state: Any, incoming: Incoming, references: References) -> dict[str, Any]:
    """The new remote state: what was known, updated by what was sent."""
    remote = {**{name: getattr(state, name) for name in REMOTE_COLUMNS}, **incoming.remote}
    if incoming.status is not None:
        remote["gone_at"] = None
    if _has_unknown_terms(incoming, references):
        remote["state_hash"] = ""  # look at it again when its terms are known
    return remote


def _drift_after(merged: MergedContent, before: Drift, verdicts: dict[str, str]) -> tuple[Drift, str]:
    """How the content differs after the merge: by field, and as a whole."""
    after_merge = {name: drift.IN_STEP if name in merged.taken else verdict for name, verdict in verdicts.items()}
    after = merged_drift(before, after_merge)
    return after, drift.overall(after.values(), is_gone=merged.state["gone_at"] is not None)


def theirs_of(incoming: Incoming, fields: dict[str, Any], references: References) -> dict[str, Any]:
    """The fields with the cluster and sector that meta and terms mean together; both are stored in `fields`."""
    theirs = dict(incoming.fields)
    for name, terms, ids in (
        ("cluster", incoming.cluster_terms, references.clusters),
        ("sector", incoming.sector_terms, references.sectors),
    ):
        if name not in theirs and terms is None:
            continue
        before, told_before = fields.get(name), fields.get(f"{name}_told", fields.get(name))
        now = theirs.get(name, told_before)
        if now is not None and now not in ids:
            now = told_before  # an id that is none of this site's says nothing
        theirs[name] = of_relation(
            (now, told_before), (terms, fields.get(f"{name}_terms") or []), references.standing_for(name), before
        )
        fields[f"{name}_told"] = now
        if terms is not None:
            fields[f"{name}_terms"] = terms
    return theirs


def _merge_terms(merged: MergedContent, incoming: Incoming, fields: dict[str, Any], references: References) -> None:
    """Add the terms that were added in WordPress and remove those that were removed there; nothing else."""
    if incoming.terms is None:
        return
    before: dict[str, list[int]] = dict(fields.get("terms") or {})
    for taxonomy, ids in incoming.terms.items():
        had = set(before.get(taxonomy) or [])
        now = {term_id for term_id in ids if term_id in had or (taxonomy, term_id) in references.terms}
        merged.attach += [references.terms[taxonomy, term_id] for term_id in sorted(now - had)]
        merged.detach += [
            references.terms[taxonomy, term_id]
            for term_id in sorted(had - now)
            if (taxonomy, term_id) in references.terms
        ]
        before[taxonomy] = sorted(now)
    fields["terms"] = before
    if merged.attach or merged.detach:
        merged.taken.append("terms")


def _keywords(merged: MergedContent, incoming: Incoming, fields: dict[str, Any], references: References) -> None:
    if incoming.keyword_ids is None:
        return
    before = set(fields.get("keyword_ids") or [])
    now = {keyword_id for keyword_id in incoming.keyword_ids if keyword_id in references.keywords}
    merged.add_keywords, merged.drop_keywords = sorted(now - before), sorted(before - now)
    fields["keyword_ids"] = sorted(now)
    if merged.add_keywords or merged.drop_keywords:
        merged.taken.append("keywords")


def _has_unknown_terms(incoming: Incoming, references: References) -> bool:
    return any(
        (taxonomy, term_id) not in references.terms
        for taxonomy, ids in (incoming.terms or {}).items()
        for term_id in ids
    )


def _merge_place(merged: MergedContent, row: Row[Any], incoming: Incoming) -> None:
    """Take over where it is and whether it is live: facts about WordPress, not edits."""
    if incoming.status is None:
        return
    url = incoming.remote.get("permalink") or row.external_url
    facts = columns_of_address(incoming.external_id, url, incoming.status, was_published=row.published_at is not None)
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


def change_message(taken_fields: Sequence[str], kept_fields: Sequence[str]) -> str:
    """The message about the fields that were updated from WordPress and those that were kept (pure)."""
    sentences = []
    if taken_fields:
        sentences.append(f"Updated from WordPress: {', '.join(LABELS[name] for name in taken_fields)}.")
    if kept_fields:
        sentences.append(f"Changed in WordPress and not applied: {', '.join(LABELS[name] for name in kept_fields)}.")
    return " ".join(sentences)
