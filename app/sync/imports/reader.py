"""Reading a site page by page: one request at a time, after publishes, and ahead of what stores the pages."""

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from pydantic import ValidationError
from sqlalchemy import Engine

from app.core.clock import utcnow
from app.core.extensions import db
from app.core.runs import RunContext
from app.mirror.site_locks import read_lock
from app.mirror.wire import PostItem, TermItem, Wire
from app.sites.connection import open_client
from app.sites.wordpress import Credentials, WordPressClient
from app.sync.imports.limits import MAX_PAGE_BYTES, READ_SECONDS

IDS_AT_ONCE = 100
ROUTES: dict[str, tuple[str, type[Wire], str]] = {
    "terms": ("taxonomies", TermItem, "term_id"),
    "posts": ("posts", PostItem, "id"),
}
T = TypeVar("T")


class Stopped(Exception):
    """The reader was closed while it waited for its turn."""


@dataclass(frozen=True)
class Unreadable:
    """An item that does not follow the contract."""

    object_id: int | None
    title: str
    message: str


@dataclass(frozen=True)
class Trashed:
    """A post that was asked for and is in the trash."""

    id: int


@dataclass(frozen=True)
class ReadPage:
    """The items after the id `after`, up to `last`; `has_more` when more follow.

    `ids` are all that came, readable or not; `checked` will have the readable and the unreadable items, validated while
    the next page is on its way. `total` counts from `after` on, when it was asked for. `taxonomies` are those that the
    site knows (of terms).
    """

    after: int
    last: int
    has_more: bool
    ids: frozenset[int]
    checked: Future[tuple[list[Any], list[Unreadable]]]
    mended: frozenset[int]
    taxonomies: frozenset[str]
    total: int | None
    read_at: datetime
    seconds: float

    @property
    def items(self) -> list[Any]:
        """The readable items."""
        return self.checked.result()[0]

    @property
    def unreadable(self) -> list[Unreadable]:
        """The unreadable items."""
        return self.checked.result()[1]


@dataclass
class Reader:
    """Asks one site. Calls are made in a thread of their own, one after the other; make it by `open_reader`."""

    client: WordPressClient
    site_id: int
    engine: Engine
    types: Sequence[str]
    _pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "reader"))
    _checks: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "checks"))
    _stop: threading.Event = field(default_factory=threading.Event)

    def ask_page(self, phase: str, after: int, limit: int, *, count: bool = False) -> Future[ReadPage]:
        """Ask for the page of ``terms`` or ``posts`` after `after`."""
        return self._pool.submit(self._page, phase, after, limit, count)

    def ask_items(self, phase: str, ids: Sequence[int]) -> Future[list[Any]]:
        """Ask for these items, as far as they exist; `Trashed` or `Unreadable` when that is all that is known."""
        return self._pool.submit(self._items, phase, ids)

    def ask_total(self) -> Future[int]:
        """How many posts there are."""
        query = {"types": ",".join(self.types), "fields": "hashes", "limit": "1", "count": "1"}
        return self._pool.submit(lambda: int(self._get("posts", query).get("total") or 0))

    def ask_next_id(self, phase: str, after: int) -> Future[int | None]:
        """Ask for the id after `after`, without its texts; None at the end."""
        return self._pool.submit(self._next_id, phase, after)

    def close(self) -> None:
        """Cancel what is waiting; a request under way is left to end by itself."""
        self._stop.set()
        for pool in (self._pool, self._checks):
            pool.shutdown(wait=False, cancel_futures=True)

    def _get(self, route: str, query: dict[str, str]) -> dict[str, Any]:
        with read_lock(self.engine, self.site_id, self._stop) as has_lock:
            if not has_lock:
                raise Stopped
            return self.client.get(route, query, read_seconds=READ_SECONDS)

    def _page(self, phase: str, after: int, limit: int, count: bool) -> ReadPage:
        route, model, key = ROUTES[phase]
        query = {"after": str(after), "limit": str(limit)} | ({"count": "1"} if count else {})
        if phase == "posts":
            query["types"] = ",".join(self.types)
        started, read_at = time.monotonic(), utcnow()
        answer = self._get(route, query)
        seconds = time.monotonic() - started
        raw = answer.pop("items", None)
        raw = raw if isinstance(raw, list) else []
        ids = frozenset(object_id for object_id in (item_id(item, key) for item in raw) if object_id is not None)
        last = _positive_int(answer.get("next")) or max(ids, default=after)
        mended = frozenset(item[key] for item in raw if isinstance(item, dict) and item.get("mended") is True)
        return ReadPage(
            after=after,
            last=max(last, after),
            has_more=answer.get("next") is not None and last > after,
            ids=ids,
            checked=self._checks.submit(_validated, raw, model, key),
            mended=mended,
            taxonomies=_names(answer.get("taxonomies")),
            total=_positive_int(answer.get("total")),
            read_at=read_at,
            seconds=seconds,
        )

    def _items(self, phase: str, ids: Sequence[int]) -> list[Any]:
        route, model, key = ROUTES[phase]
        items: list[Any] = []
        for start in range(0, len(ids), IDS_AT_ONCE):
            after = 0
            part = ",".join(map(str, ids[start : start + IDS_AT_ONCE]))
            while True:
                answer = self._get(route, {"ids": part, "after": str(after)})
                for some in _validated(answer.get("items") or [], model, key):
                    items += some
                items += [Trashed(post_id) for post_id in trashed_of(answer)] if not after else []
                following = _positive_int(answer.get("next"))
                if following is None or following <= after:
                    break
                after = following
        return items

    def _next_id(self, phase: str, after: int) -> int | None:
        query = {"after": str(after), "limit": "1"}
        if phase == "posts":
            query |= {"types": ",".join(self.types), "fields": "hashes"}
        items = self._get(ROUTES[phase][0], query).get("items") or []
        return item_id(items[0], ROUTES[phase][2]) if items else None


@contextmanager
def open_reader(credentials: Credentials, types: Sequence[str]) -> Iterator[Reader]:
    """A reader of the site; within an application context."""
    with open_client(credentials, max_bytes=MAX_PAGE_BYTES) as client:
        reader = Reader(client, credentials.site_id, db.engine, types)
        try:
            yield reader
        finally:
            reader.close()


def wait_for(future: Future[T], context: RunContext) -> T:
    """Wait for the result; meanwhile the run may be cancelled. Raises WordPressError, Cancelled, LeaseLost."""
    while True:
        try:
            return future.result(timeout=1)
        except NotYet:
            if future.done():  # it ended with a time-out of its own
                raise
            context.check()


def _validated(raw: list[Any], model: type[Wire], key: str) -> tuple[list[Any], list[Unreadable]]:
    items: list[Any] = []
    unreadable: list[Unreadable] = []
    for entry in raw:
        try:
            items.append(model.model_validate(entry))
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False, include_context=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            title = str(entry.get("title") or entry.get("name") or "") if isinstance(entry, dict) else ""
            message = f"The plugin sent something that cannot be read ({where}: {first['msg']})."
            unreadable.append(Unreadable(item_id(entry, key), title, message[:500]))
    return items, unreadable


def item_id(entry: Any, key: str) -> int | None:
    """The id of an item, or of `[id, hash, hash, content]` (pure)."""
    value = entry.get(key) if isinstance(entry, dict) else entry[0] if isinstance(entry, list) and entry else None
    return _positive_int(value)


def trashed_of(answer: dict[str, Any]) -> list[int]:
    """Those of the posts asked for by their ids that are in the trash (pure)."""
    listed = answer.get("trashed")
    post_ids = [_positive_int(post_id) for post_id in listed] if isinstance(listed, list) else []
    return [post_id for post_id in post_ids if post_id is not None]


def _names(described: Any) -> frozenset[str]:
    listed = described if isinstance(described, list) else []
    return frozenset(str(taxonomy.get("name")) for taxonomy in listed if isinstance(taxonomy, dict))


def _positive_int(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63 else None
