"""Contents whose texts say the same in the same words, whatever their titles.

Signatures are kept up to date as title vectors are: for saved contents when their events arrive, for all others by runs
that start when somebody compares. Services flush; callers commit.
"""

from collections.abc import Collection, Sequence

from sqlalchemy import BigInteger, Select, column, delete, func, or_, select, true
from sqlalchemy.dialects.postgresql import array, insert

from app.accounts.models import Account
from app.ai.builtin.outline_notes import notes_left_in
from app.content.events import ContentChanged
from app.content.models import Content
from app.content.trash.services import LISTED
from app.core import events
from app.core.actor import THE_APP
from app.core.clock import utcnow
from app.core.events.subscribers import Subscriber
from app.core.extensions import db
from app.core.html_scan import scan
from app.core.runs import Outcome, Run, RunContext, start_run
from app.core.runs.passes import work_in_passes
from app.core.wording import many
from app.meaning.same_wording import same_sentences, signature
from app.sites.models import Site
from app.writer.drafting.body_models import BodyBand, BodySignature
from app.writer.drafting.draft_checks import SimilarContent, written_text
from app.writer.events import DraftsWritten
from app.writer.run_kinds import READ_BODIES

MOST_SAVED, PART = 200, 100
MOST_COMPARED, MOST_NAMED = 10, 3
MOST_OF_A_BAND = 200
LEAST_SAME = 30  # of 100


def remaining_notes(content: Content) -> list[str]:
    """The notes to the writer that an outline still holds."""
    return notes_left_in(scan(content.content_html), content.outline_notes, True) if content.is_outline else []


def _sentences_of(content: Content) -> list[str]:
    """The sentences of a content, without headings: those of outlines and catalogues are alike in any case."""
    blocks = written_text(content.content_html, remaining_notes(content)).blocks
    return [sentence for block in blocks if not block.level for sentence in block.sentences()]


def copied_sentences(content: Content) -> list[SimilarContent]:
    """The contents of the site that have most of the same sentences, the most alike first. Reads only.

    At most MOST_COMPARED that share bands are read, however many contents there are.
    """
    sentences = _sentences_of(content)
    bands = signature(content.site_id, sentences)
    if not bands:
        return []
    alike = [
        SimilarContent(other.id, other.title, same_sentences(sentences, _sentences_of(other)))
        for other in _contents_like(content, bands)
    ]
    alike.sort(key=lambda other: (-other.likeness, other.id))
    return [other for other in alike if other.likeness >= LEAST_SAME][:MOST_NAMED]


def sharing_bands(content: Content, bands: Sequence[int], most: int) -> Select[int]:
    """Ids of other contents of the site that are shown and share bands, those that share most first.

    An index finds them, at most MOST_OF_A_BAND for each band: however many bodies are the same, no more are counted.
    """
    wanted = (
        func.unnest(array(bands, type_=BigInteger)).table_valued(column("band", BigInteger)).render_derived("wanted")
    )
    shown = (
        Content.account_id == content.account_id,
        Content.site_id == content.site_id,
        Content.id != content.id,
        Content.remote_status.not_in(("trash", "deleted")),
        LISTED,
    )
    in_band = (
        select(BodyBand.content_id)
        .join(Content, Content.id == BodyBand.content_id)
        .where(BodyBand.account_id == content.account_id, BodyBand.band == wanted.c.band, *shown)
        .order_by(BodyBand.content_id)
        .limit(MOST_OF_A_BAND)
        .lateral("in_band")
    )
    stmt = select(in_band.c.content_id).select_from(wanted).join(in_band, true()).group_by(in_band.c.content_id)
    return stmt.order_by(func.count().desc(), in_band.c.content_id).limit(most)


def _contents_like(content: Content, bands: Sequence[int]) -> Sequence[Content]:
    """The contents of the site that share most bands with this one, without those in the trash here or in WordPress."""
    ids = db.session.scalars(sharing_bands(content, bands, MOST_COMPARED)).all()
    return db.session.scalars(select(Content).where(Content.id.in_(ids)).order_by(Content.id)).all()


def keep_signatures(account_id: int, content_ids: Collection[int]) -> int:
    """Store the signatures of these contents' texts. Returns how many were stored. Flushes.

    Safe to race: a newer version stays, and a content that is gone is left out.
    """
    contents = _contents_to_read(account_id, content_ids)
    written = _store_versions(contents)
    old = delete(BodyBand).where(BodyBand.content_id.in_(written))
    db.session.execute(old.execution_options(synchronize_session=False))
    bands = [
        {"account_id": content.account_id, "band": band, "content_id": content.id}
        for content in contents
        if content.id in written
        for band in dict.fromkeys(signature(content.site_id, _sentences_of(content)))
    ]
    if bands:
        db.session.execute(insert(BodyBand), bands)
    return len(written)


def _contents_to_read(account_id: int, content_ids: Collection[int]) -> Sequence[Content]:
    """Those of these contents that exist, locked: deleting one, its site or its account waits until the caller commits.

    The rows to be stored refer to all three, so they are locked first, from the account down, as a delete does.
    """
    mine = (Content.account_id == account_id, Content.id.in_(content_ids))
    sites = select(Site.id).where(Site.account_id == account_id, Site.id.in_(select(Content.site_id).where(*mine)))
    db.session.scalars(
        select(Account.id).where(Account.id == account_id).with_for_update(read=True, key_share=True)
    ).all()
    db.session.scalars(sites.order_by(Site.id).with_for_update(read=True, key_share=True)).all()
    locked = select(Content).where(*mine).order_by(Content.id).with_for_update(read=True, key_share=True)
    return db.session.scalars(locked.execution_options(populate_existing=True)).all()


def _store_versions(contents: Sequence[Content]) -> set[int]:
    """Record which versions are being read. Returns the ids of the contents for which no newer one was recorded."""
    if not contents:
        return set()
    now = utcnow()
    rows = [
        {
            "account_id": content.account_id,
            "site_id": content.site_id,
            "content_id": content.id,
            "content_version": content.version,
            "created_at": now,
            "updated_at": now,
        }
        for content in contents
    ]
    stmt = insert(BodySignature).values(rows)
    set_ = {name: getattr(stmt.excluded, name) for name in ("site_id", "content_version", "updated_at")}
    is_newer = stmt.excluded.content_version >= BodySignature.content_version
    stmt = stmt.on_conflict_do_update(index_elements=["content_id"], set_=set_, where=is_newer)
    return set(db.session.scalars(stmt.returning(BodySignature.content_id)))


def start_reading(account_id: int, site_id: int) -> Run | None:
    """Start reading the texts of the site that have no signature, or an old one; None when there are none. Flushes."""
    if db.session.scalar(_stale(account_id, site_id).limit(1)) is None:
        return None
    return start_run(
        account_id=account_id,
        kind=READ_BODIES,
        title="Reading texts to compare them",
        actor=THE_APP,
        site_id=site_id,
        exclusive_key=f"{READ_BODIES.name}:{site_id}",
        lane=f"bodies:{account_id}",
    )


def read_bodies(context: RunContext) -> Outcome:
    """Read all bodies of the site that have no signature, or an old one, the newest first. Commits as it goes.

    Passes repeat until one has nothing to store, so what changes meanwhile is read too. Other runs get their turn
    between two parts.
    """
    run = context.run
    assert run.site_id is not None
    account_id, stale = run.account_id, _stale(run.account_id, run.site_id)

    def find(before: int) -> Sequence[int]:
        return db.session.scalars(stale.where(Content.id < before).limit(PART)).all()

    total = work_in_passes(context, find, lambda ids: keep_signatures(account_id, ids), "Reading texts")
    return Outcome(f"Read {many(total, 'text')}.")


def _stale(account_id: int, site_id: int) -> Select[int]:
    """Contents whose body was changed since it was read, the newest first."""
    is_stale = or_(BodySignature.id.is_(None), BodySignature.content_version != Content.version)
    mine = (Content.account_id == account_id, Content.site_id == site_id, LISTED)
    stmt = select(Content.id).outerjoin(BodySignature, BodySignature.content_id == Content.id)
    return stmt.where(*mine, is_stale).order_by(Content.id.desc())


def _saved(event: events.Event) -> None:
    """Read the contents that were saved; changes by the hundred are left to a run. Raises Refused."""
    if len(event.subjects) > MOST_SAVED:
        start_reading(event.account_id, event.site_id)
        return
    keep_signatures(event.account_id, event.subjects)


SUBSCRIBERS = (
    Subscriber("writer.bodies_saved", ContentChanged, _saved),
    Subscriber("writer.bodies_written", DraftsWritten, _saved),
)
