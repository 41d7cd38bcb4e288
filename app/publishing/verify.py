"""Is what a visitor gets what was sent? The served page decides, not what WordPress stored."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from app.core.http import Answer
from app.sites.wordpress import visit
from app.sites.wordpress_errors import WordPressError

SPACES = re.compile(r"\s+")
NOT_FOR_VISITORS = (401, 403, 429, 503)


@dataclass
class Verdict:
    """`verified`, `published_with_issues` or `not_seen_from_outside`, with what was found."""

    name: str
    issues: list[dict[str, Any]] = field(default_factory=list)


class Head(HTMLParser):
    """Title, description, canonical and our marker of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.title: str | None = None
        self.canonical: str | None = None
        self.meta: dict[str, str] = {}
        self._in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect what the head says; the first of each counts, as for search engines."""
        values = {name: value or "" for name, value in attrs}
        if tag == "title" and self.title is None:
            self._in_title, self.title = True, ""
        elif tag == "meta" and values.get("name"):
            self.meta.setdefault(values["name"].lower(), values.get("content", ""))
        elif tag == "link" and values.get("rel", "").lower() == "canonical" and self.canonical is None:
            self.canonical = values.get("href", "")

    def handle_endtag(self, tag: str) -> None:
        """The title ends."""
        if tag == "title":
            self._in_title = False

    def handle_data(self, data: str) -> None:
        """The title's text."""
        if self._in_title:
            self.title = (self.title or "") + data


def look(result: dict[str, Any], payload: dict[str, Any], allowed_private_hosts: list[str]) -> Verdict:
    """Visit the permalink and the featured image as a visitor, at once, and judge what comes back."""
    issues = _readback_issues(result)
    with ThreadPoolExecutor(max_workers=1) as second:
        image = second.submit(_image_issues, result.get("featured_image_url"), allowed_private_hosts)
        try:
            page = visit(result["permalink"], allowed_private_hosts)
        except WordPressError as error:
            return _unseen(issues, f"The page could not be fetched: {error.message}")
    if page.status in NOT_FOR_VISITORS:
        return _unseen(issues, f"Visitors get status {page.status} (maintenance, a password or a firewall).")
    issues += judge_page(page, payload) + image.result()
    return Verdict("published_with_issues" if issues else "verified", issues)


def sentence(verdict: Verdict, url: str) -> str:
    """The verdict in words."""
    if verdict.name == "verified":
        return f"Published. It is live at {url}."
    if verdict.name == "published_with_issues":
        count = "one issue" if len(verdict.issues) == 1 else f"{len(verdict.issues)} issues"
        return f"Published at {url}, with {count}: " + " ".join(issue["message"] for issue in verdict.issues)
    return f"Published at {url}, but not seen from outside yet. {verdict.issues[-1]['message']}"


def judge_page(page: Answer, payload: dict[str, Any]) -> list[dict[str, Any]]:
    """What differs between the served page and what was sent (pure)."""
    if page.status != 200:
        return [
            _issue("PERMALINK_STATUS", f"The page answers with status {page.status}.", sent=200, served=page.status)
        ]
    head = Head()
    head.feed(page.text)
    issues = []
    if head.meta.get("igny8-content") != payload["content_id"]:
        issues.append(_issue("MARKER_MISSING", "The page served is not the one that was published (a cache?)."))
    seo = payload["seo"]
    wanted = (
        ("SEO_TITLE", "title", seo["title"], head.title),
        ("SEO_DESCRIPTION", "meta description", seo["description"], head.meta.get("description")),
        ("SEO_CANONICAL", "canonical address", seo["canonical"], head.canonical),
    )
    for code, what, sent, served in wanted:
        if sent and _squeeze(sent) != _squeeze(served or ""):
            issues.append(_issue(code, f"The {what} that visitors get is not the one sent.", sent=sent, served=served))
    return issues


def _readback_issues(result: dict[str, Any]) -> list[dict[str, Any]]:
    read = dict(result.get("readback") or {})
    intended, stored = result.get("intended_date_utc"), result.get("post_date_utc")
    if intended and stored != intended:
        read["date"] = False
    return [
        _issue("READBACK_" + name.upper(), f"WordPress did not keep the {name.replace('_', ' ')} as sent.")
        for name, same in read.items()
        if same is False
    ]


def _image_issues(url: str | None, allowed_private_hosts: list[str]) -> list[dict[str, Any]]:
    if not url:
        return []
    try:
        answer = visit(url, allowed_private_hosts)
    except WordPressError as error:
        return [_issue("FEATURED_IMAGE", f"The featured image could not be fetched: {error.message}")]
    if answer.status != 200 or not answer.headers.get("Content-Type", "").startswith("image/"):
        return [_issue("FEATURED_IMAGE", f"The featured image answers with status {answer.status}.")]
    return []


def _unseen(issues: list[dict[str, Any]], message: str) -> Verdict:
    return Verdict("not_seen_from_outside", [*issues, _issue("NOT_SEEN", message)])


def _issue(code: str, message: str, **details: Any) -> dict[str, Any]:
    return {"code": code, "message": message, "details": details}


def _squeeze(text: str) -> str:
    return SPACES.sub(" ", text).strip()
