"""Is what a visitor gets what was sent? The served page decides, not what WordPress stored."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from app.core.http import HttpResponse
from app.core.languages import N_
from app.publishing.passages import missing_of
from app.publishing.verification.issues import OLD_VERSION, OTHER_PAGE, make_issue
from app.publishing.verification.robots import unavailable_since
from app.publishing.verification.served import ServedPage
from app.publishing.verification.served_addresses import address_issues
from app.publishing.verification.served_seo import seo_issues
from app.publishing.verification.unseen import barrier_issue, substitute_issue
from app.sites.wordpress_errors import WordPressError

NOINDEX = re.compile(r"(?:^|,)\s*(?:(?:googlebot|bingbot|robots|\*)\s*:\s*)?(?:noindex|none)\s*(?:,|$)")
FEW = 0.05  # of a long text; a glossary or an advertisement may stand in between
Visit = Callable[[str], HttpResponse]


@dataclass
class Verdict:
    """`verified`, `published_with_issues` or `not_seen_from_outside`, with what was found.

    `notes` are worth knowing though the page is as sent.
    """

    name: str
    issues: list[dict[str, Any]] = field(default_factory=list)
    notes: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_old(self) -> bool:
        """Whether visitors are served the version before this one."""
        return any(problem["code"] == OLD_VERSION for problem in self.issues)

    @property
    def in_short(self) -> str:
        """The label in lists for a page that is not verified."""
        if self.name != "not_seen_from_outside" or not self.issues:
            return N_("With issues")
        if self.issues[-1]["details"].get("cause") == "NOT_PUBLIC":
            return N_("Not public")
        return {OLD_VERSION: N_("Old version"), OTHER_PAGE: N_("Another page")}.get(
            self.issues[-1]["code"], N_("Not seen yet")
        )

    @property
    def may_pass(self) -> bool:
        """Whether a later check may give another verdict: what WordPress stored will not change."""
        return any(not problem["code"].startswith("READBACK_") for problem in self.issues)

    @property
    def may_pass_soon(self) -> bool:
        """Whether a second or two may be enough: the page was there, and a plugin or a cache was not ready yet."""
        at_once = ("OLD_VERSION", "MARKER_MISSING", "TEXT_NOT_SHOWN", "PERMALINK_STATUS", "FEATURED_IMAGE")
        return any(problem["code"] in at_once or problem["code"].startswith("SEO_") for problem in self.issues)


def check_page(result: dict[str, Any], visit: Visit) -> Verdict:
    """Visit the permalink and the featured image as a visitor, at once, and judge what comes back.

    `result` is what the plugin answered, with what was `sent`.
    """
    issues = _readback_issues(result)
    with ThreadPoolExecutor(max_workers=1) as second:
        image = second.submit(_image_issues, result.get("featured_image_url"), visit)
        try:
            answer = visit(result["permalink"])
        except WordPressError as error:
            return _unseen(issues, make_issue("NOT_SEEN", f"The page could not be fetched: {error.message}"))
    verdict = judge(answer, result)
    verdict.issues = issues + verdict.issues
    if verdict.name != "not_seen_from_outside":
        verdict.issues += image.result()
        verdict.name = "published_with_issues" if verdict.issues else "verified"
    return verdict


def verdict_message(verdict: Verdict, url: str) -> str:
    """The verdict as sentences for a person."""
    notes = "".join(f" {note['message']}" for note in verdict.notes)
    if verdict.name == "verified":
        return f"Published. It is live at {url}.{notes}"
    if verdict.name == "published_with_issues":
        count = "one issue" if len(verdict.issues) == 1 else f"{len(verdict.issues)} issues"
        problems = " ".join(problem["message"] for problem in verdict.issues)
        return f"Published at {url}, with {count}: {problems}{notes}"
    last = verdict.issues[-1]
    others = "".join(f" {problem['message']}" for problem in verdict.issues[:-1])
    if last["details"].get("cause") == "NOT_PUBLIC":
        return f"Sent to WordPress, but it is not public. {last['message']}{others}{notes}"
    if last["code"] == OLD_VERSION:
        return f"Published at {url}, but visitors still see the old version (cache). {last['message']}{others}{notes}"
    if last["code"] == OTHER_PAGE:
        return f"Published at {url}, but another page answers there. {last['message']}{others}{notes}"
    return f"Published at {url}, but not seen from outside yet. {last['message']}{others}{notes}"


def judge(answer: HttpResponse, result: dict[str, Any]) -> Verdict:
    """The verdict on a served page, compared with what was sent (pure)."""
    if why := barrier_issue(answer, result):
        return _unseen([], why)
    if answer.status != 200:
        message = f"The page answers with status {answer.status}."
        return Verdict(
            "published_with_issues", [make_issue("PERMALINK_STATUS", message, sent=200, served=answer.status)]
        )
    page, sent = ServedPage(answer), result["sent"]
    passages = sent.get("passages") or []
    is_ours = page.meta.get("igny8-content") == sent["content_id"]
    missing = missing_of(passages, page.words)
    if is_ours and page.meta.get("igny8-version", sent.get("marker")) != sent.get("marker"):
        return _unseen([], _old(page))
    nothing = len(missing) == len(passages)
    if nothing and (why := substitute_issue(page, result, in_doubt=bool(missing) or not is_ours)):
        return _unseen([], why)
    if not is_ours and page.is_at(result["permalink"]) and (other := _other(page, result)):
        return _unseen([], other)
    is_its_page = page.is_of(result["permalink"], _id_of(result), is_term=bool(result.get("term_id")))
    if not is_ours and is_its_page and (missing or not passages):
        return _unseen([], _old(page))
    issues = [] if is_ours else [_not_ours(page, result)]
    if elsewhere := page.sends_on_to:
        message = f"The page sends visitors on to another address (refresh): {elsewhere[:300]}."
        issues.append(make_issue("SENT_ON", message, served=elsewhere[:300]))
    issues += [*_text_issues(missing, result), *_head_issues(page, result), *address_issues(answer.text)]
    return Verdict("published_with_issues" if issues else "verified", issues, _notes(page, result, nothing=nothing))


def _id_of(result: dict[str, Any]) -> int:
    return int(result.get("term_id") or result.get("post_id") or 0)


def _old(page: ServedPage) -> dict[str, Any]:
    message = "A cache keeps the page as it was before: clear the cache of the site, the host and the CDN if it stays."
    return make_issue(OLD_VERSION, message, cache=page.cache_says)


def _other(page: ServedPage, result: dict[str, Any]) -> dict[str, Any] | None:
    other = page.other_of(int(result.get("post_id") or 0), result["sent"]["content_id"])
    if other is None:
        return None
    title = f", “{' '.join(page.title.split())[:120]}”" if page.title else ""
    return make_issue(OTHER_PAGE, f"Visitors get another page of the site there ({other}{title}).", served=other)


def _not_ours(page: ServedPage, result: dict[str, Any]) -> dict[str, Any]:
    if not page.is_at(result["permalink"]):
        elsewhere = page.answer.url
        return make_issue("MARKER_MISSING", f"Visitors are led to another address: {elsewhere}.", served=elsewhere)
    return make_issue("MARKER_MISSING", "The page served is not the one that was published (a cache?).")


def _text_issues(missing: list[str], result: dict[str, Any]) -> list[dict[str, Any]]:
    passages = result["sent"].get("passages") or []
    builder = result.get("page_builder")
    untouched = builder and result.get("text_changed") is False
    nothing = len(missing) == len(passages)
    if not missing or _is_scattered(passages, missing) or untouched or (nothing and _is_empty_term(result)):
        return []
    if nothing:
        what = "The page does not show the text that was sent"
    else:
        what = f"The page does not show all of the text that was sent: “{missing[0]}” is not there"
        what += f", and {len(missing) - 1} more" if len(missing) > 1 else ""
    why = f": {builder} shows its own." if builder else "."
    if result.get("term_id") and nothing:
        why = ": the theme may not show the descriptions of terms."
    return [make_issue("TEXT_NOT_SHOWN", what + why, missing=missing[:10], of=len(passages))]


def _is_scattered(passages: list[str], missing: list[str]) -> bool:
    """Whether so few passages of a long text are missing, each alone, that something was only inserted there."""
    if len(missing) > FEW * len(passages):
        return False
    missing_set = set(missing)
    is_shown = [True, *(passage not in missing_set for passage in passages), True]
    return (
        is_shown[1]
        and is_shown[-2]
        and all(is_seen or (is_shown[number - 1] and is_shown[number + 1]) for number, is_seen in enumerate(is_shown))
    )


def _head_issues(page: ServedPage, result: dict[str, Any]) -> list[dict[str, Any]]:
    served = {"title": page.title, "description": page.meta.get("description"), "canonical": page.canonical}
    return seo_issues(result, result["sent"]["seo"], served)


def _is_empty_term(result: dict[str, Any]) -> bool:
    """Themes have a page of their own for a term without posts, and few of them show its description there."""
    return bool(result.get("term_id")) and result.get("posts") == 0


def _notes(page: ServedPage, result: dict[str, Any], *, nothing: bool) -> list[dict[str, Any]]:
    notes = []
    if NOINDEX.search(page.robots):
        notes.append(
            make_issue("NOINDEX", "Search engines are asked not to list it (noindex).", robots=page.robots[:200])
        )
    elif since := unavailable_since(page.robots):
        message = f"Search engines are asked not to list it since {since:%-d %B %Y} (unavailable_after)."
        notes.append(make_issue("NOINDEX", message, robots=page.robots[:200]))
    if nothing and result["sent"].get("passages") and _is_empty_term(result):
        message = "The theme does not show the description while the term has no posts."
        notes.append(make_issue("TEXT_NOT_SHOWN", message))
    if result["sent"].get("has_text") and not result["sent"].get("passages"):
        message = "Its text was not checked: it has no words that its page must show as they are."
        notes.append(make_issue("TEXT_NOT_LOOKED_AT", message))
    return notes


def _readback_issues(result: dict[str, Any]) -> list[dict[str, Any]]:
    read = dict(result.get("readback") or {})
    intended, stored = result.get("intended_date_utc"), result.get("post_date_utc")
    if intended and stored != intended:
        read["date"] = False
    return [
        make_issue("READBACK_" + name.upper(), f"WordPress did not keep the {name.replace('_', ' ')} as sent.")
        for name, same in read.items()
        if same is False
    ]


def _image_issues(url: str | None, visit: Visit) -> list[dict[str, Any]]:
    if not url:
        return []
    try:
        answer = visit(url)
    except WordPressError as error:
        return [make_issue("FEATURED_IMAGE", f"The featured image could not be fetched: {error.message}")]
    if answer.status != 200 or not answer.headers.get("Content-Type", "").startswith("image/"):
        return [make_issue("FEATURED_IMAGE", f"The featured image answers with status {answer.status}.")]
    return []


def _unseen(issues: list[dict[str, Any]], why: dict[str, Any]) -> Verdict:
    return Verdict("not_seen_from_outside", [*issues, why])
