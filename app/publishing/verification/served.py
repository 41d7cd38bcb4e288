"""The head and the visible words of a page that was served (pure)."""

import re
from functools import cached_property
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from app.core.http import HttpResponse
from app.core.markup import cut_at_unclosed
from app.publishing.passages import squash
from app.publishing.verification.hidden import Hidden

CACHE_HEADERS = [
    "Age",
    "X-Cache",
    "CF-Cache-Status",
    "X-LiteSpeed-Cache",
    "X-Proxy-Cache",
    "X-Varnish",
    "X-Cache-Status",
    "X-Nginx-Cache",
    "X-FastCGI-Cache",
    "X-Kinsta-Cache",
]
REFRESH = re.compile(r"\s*[\d.]+\s*[;,\s]\s*(?:url\s*=\s*)?[\"']?([^\"'>]+)", re.IGNORECASE)
ROBOTS = ("robots", "googlebot")
POST_CLASS = re.compile(r"(?:postid|page-id)-(\d{1,18})", re.ASCII)
SHORT = re.compile(r"[?&](?:p|page_id)=(\d{1,18})$", re.ASCII)
NOT_SHOWN = frozenset(("noscript", "script", "style", "template"))


class ServedPage(HTMLParser):
    """Title, canonical address, meta elements and visible words of an answer."""

    def __init__(self, answer: HttpResponse) -> None:
        super().__init__(convert_charrefs=True)
        self.answer = answer
        self.title: str | None = None
        self.canonical: str | None = None
        self.short_link = ""
        self.body_classes: frozenset[str] = frozenset()
        self.meta: dict[str, str] = {}
        self.asks_password = False
        self.asks_post_password = False
        self._words: list[str] = []
        self._in_title = False
        self._hidden = 0
        self._unseen = Hidden()
        self._refresh = ""
        self.feed(cut_at_unclosed(answer.text))
        self.close()

    @cached_property
    def words(self) -> str:
        """The visible text, squashed."""
        return squash("".join(self._words))

    @property
    def robots(self) -> str:
        """What search engines are sent by header and head, in lower case."""
        directives = [self.answer.headers.get("X-Robots-Tag", ""), *(self.meta.get(name, "") for name in ROBOTS)]
        return ", ".join(part for part in directives if part).lower()

    @property
    def sends_on_to(self) -> str:
        """The other address that it sends visitors to by a `refresh` in its head or header; empty for none."""
        match = REFRESH.match(self._refresh or self.answer.headers.get("Refresh", ""))
        try:
            address = urljoin(self.answer.url, match[1].strip()) if match else ""
            return "" if same_place(address, self.answer.url) else address
        except ValueError:
            return ""  # no address

    @property
    def cache_says(self) -> str:
        """The headers of caches on the way."""
        headers = ((name, self.answer.headers.get(name)) for name in CACHE_HEADERS)
        return ", ".join(f"{name}: {value[:60]}" for name, value in headers if value)

    def is_at(self, address: str) -> bool:
        """Whether it came from this address, but for scheme, `www.` and the slash at the end."""
        return same_place(self.answer.url, address)

    def is_of(self, permalink: str, post_id: int, *, is_term: bool = False) -> bool:
        """Whether it is some version of the page of a post or term."""
        names = {f"term-{post_id}", f"tag-{post_id}", f"category-{post_id}"}
        names = names if is_term else {f"postid-{post_id}", f"page-id-{post_id}"}
        canonical = self.canonical or ""
        short = not is_term and self.short_link.endswith(f"?p={post_id}")
        return bool(names & self.body_classes) or same_place(canonical, permalink) or short

    def other_of(self, post_id: int, content_id: str) -> str | None:
        """The page that it says it is, if not the post's; None when it names none or the post's.

        `post_id` is 0 for a term, whose own page names no post.
        """
        marker, ids = self.meta.get("igny8-content", ""), self._post_ids
        if not ids and not marker:
            return None
        if marker == content_id or post_id in ids:
            return None
        return f"post {min(ids)}" if ids else "another content of the app"

    @property
    def _post_ids(self) -> set[int]:
        """The posts and pages that the body's classes and the short link name."""
        named = {match[1] for name in self.body_classes if (match := POST_CLASS.fullmatch(name))}
        if match := SHORT.search(self.short_link):
            named.add(match[1])
        return {int(post_id) for post_id in named}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect what the head says; the first of each counts, as for search engines."""
        values = {name: value or "" for name, value in attrs}
        self._hidden += tag in NOT_SHOWN
        self._unseen.begins(tag, values)
        if tag == "title" and self.title is None:
            self._in_title, self.title = True, ""
        elif tag == "meta" and values.get("name"):
            self.meta.setdefault(values["name"].lower(), values.get("content", ""))
        elif tag == "meta" and values.get("http-equiv", "").lower() == "refresh" and not self._hidden:
            self._refresh = self._refresh or values.get("content", "")
        elif tag == "link":
            self._record_link(values.get("rel", "").lower(), values.get("href", ""))
        elif tag == "body" and not self.body_classes:
            self.body_classes = frozenset(values.get("class", "").split())
        elif tag == "input" and values.get("type", "").lower() == "password":
            self.asks_password = True
            self.asks_post_password |= values.get("name") == "post_password"

    def _record_link(self, rel: str, href: str) -> None:
        if rel == "canonical" and self.canonical is None:
            self.canonical = href
        elif rel == "shortlink":
            self.short_link = href

    def handle_endtag(self, tag: str) -> None:
        """The title or a hidden element ends."""
        self._hidden = max(0, self._hidden - (tag in NOT_SHOWN))
        self._unseen.ends(tag)
        if tag == "title":
            self._in_title = False

    def handle_data(self, data: str) -> None:
        """Text."""
        if self._in_title:
            self.title = (self.title or "") + data
        elif not self._hidden and not self._unseen:
            self._words.append(data)


def same_place(first: str, second: str) -> bool:
    """Whether two addresses lead to the same page, but for scheme, `www.` and the slash at the end."""
    return _place(first) == _place(second)


def _place(address: str) -> tuple[str, str, str]:
    parts = urlsplit(address)
    return (parts.hostname or "").removeprefix("www."), parts.path.rstrip("/"), parts.query
