"""All that stands in the way of a publish or is worth knowing before it: the app's checks and the plugin's."""

import secrets
from dataclasses import dataclass, field
from typing import Any

from app.ai.markup.block_html import plain_text
from app.content.images.shelves import IMAGES
from app.core.blank import is_blank
from app.core.errors import Conflict, NotFound
from app.core.extensions import db
from app.core.languages import NN_, gettext
from app.core.wording import counted
from app.mirror.payload import ContentSnapshot
from app.publishing import conflicts
from app.publishing.checks import preflight
from app.publishing.checks.text import TextScan, scripts_key
from app.publishing.reading import LiveVersion, content_to_publish, live_version, snapshot_of
from app.sites.connection import credentials_for, open_client
from app.sites.error_codes import error_for
from app.sites.wordpress import Credentials
from app.sites.wordpress_errors import WordPressError

SECONDS = 30
ADDRESSES = ("ADDRESS_NOT_PUBLIC", "SCRIPT_ADDRESS")


@dataclass
class Findings:
    """`problems` as `{code, message, field, cure, details?}`, `warnings` as `{code, message, field}`.

    `existing` is what a publish would update: `{post_id or term_id, permalink, …}`. `asked`: WordPress answered.
    """

    problems: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[dict[str, Any]] = field(default_factory=list)
    existing: dict[str, Any] | None = None
    asked: bool = False


def examine(account_id: int, content_id: int) -> Findings:
    """Check the saved content here and in WordPress; nothing is changed anywhere.

    Commits before WordPress is called. A site that cannot be asked is one of the problems. Raises NotFound.
    """
    live = live_version(content_id)
    content = content_to_publish(account_id, content_id)
    snapshot = snapshot_of(content)
    findings = own_findings(snapshot, live)
    away = conflicts.away_problems(content.state, content_id)
    findings.problems += away
    if not snapshot.site_active:
        return findings
    try:
        credentials = credentials_for(content.site)
        db.session.commit()
        ask_wordpress(snapshot, credentials, findings, live)
        if live and not away:
            findings.warnings += _edits(snapshot, live, credentials)
    except WordPressError as error:
        findings.problems.append({"code": error.code, "message": error.message, "field": "", "cure": error.cure})
    return findings


def _edits(snapshot: ContentSnapshot, live: LiveVersion, credentials: Credentials) -> list[dict[str, Any]]:
    """What somebody did in WordPress since the last publish, and what publishing makes of it."""
    try:
        with open_client(credentials) as client:
            conflicts.refuse_edited(client, snapshot, live)
    except Conflict as edit:
        is_hidden = live.is_gone and not live.base.get("gone")
        ends = "Publishing puts it live again." if is_hidden else "Publishing stops there until you decide."
        return [{"code": edit.code, "message": f"{edit.message} {ends}", "field": "", "link": edit.details["link"]}]
    return []


def own_findings(snapshot: ContentSnapshot, live: LiveVersion | None = None) -> Findings:
    """What the app finds without asking WordPress."""
    missing = {image["sha256"] for image in snapshot.images if not _is_stored(snapshot.account_id, image["sha256"])}
    is_empty_there = live is not None and live.matches_or_is_empty(snapshot.payload["post"]["content"])
    texts = TextScan(snapshot)
    problems = preflight.preflight_problems(snapshot, missing, is_empty_there=is_empty_there, texts=texts)
    return Findings(problems, preflight.warnings(snapshot, texts))


def refuse_problems(
    snapshot: ContentSnapshot, credentials: Credentials, live: LiveVersion | None = None
) -> list[dict[str, Any]]:
    """The app's warnings for content that can be published.

    When the app finds a problem, raises DomainError with all problems, including WordPress's if it can be asked.
    """
    findings = own_findings(snapshot, live)
    own_warnings = [*findings.warnings]
    if not findings.problems:
        return own_warnings
    if snapshot.site_active:
        try:
            ask_wordpress(snapshot, credentials, findings, live)
        except WordPressError as error:
            findings.problems.append({"code": error.code, "message": error.message, "field": "", "cure": error.cure})
        if not findings.problems:
            return own_warnings
    stand = NN_("One thing stands in the way of publishing.", "%(num)s things stand in the way of publishing.")
    raise error_for(
        "PREFLIGHT_FAILED",
        message=counted(len(findings.problems), stand),
        cure=gettext("Nothing was changed in WordPress."),
        details={"problems": findings.problems},
    )


def ask_wordpress(
    snapshot: ContentSnapshot, credentials: Credentials, findings: Findings, live: LiveVersion | None = None
) -> None:
    """Add what the plugin finds, each thing once. Raises WordPressError when it cannot be asked."""
    body = {
        **snapshot.payload,
        "images": snapshot.sent_images,
        "action": "preflight",
        "run_id": f"check-{secrets.token_hex(16)}",
        "mode": "manual",
    }
    body["base"] = live.base if live else {}
    if live and live.keeps_address(str(body["post"]["slug"])):
        body["post"] = {**body["post"], "slug": ""}
    try:
        with open_client(credentials) as client:
            answer = client.post("import-content", body, read_seconds=SECONDS)
    except WordPressError as error:
        their_problems = error.details.get("problems")
        if error.code != "PREFLIGHT_FAILED" or not isinstance(their_problems, list):
            raise
        _leave_emptiness_to_wordpress(snapshot, findings, their_problems)
        known_subjects = {_subject(problem) for problem in findings.problems}
        findings.problems += [problem for problem in their_problems if _subject(problem) not in known_subjects]
        findings.asked = True
        return
    _leave_emptiness_to_wordpress(snapshot, findings, [])
    known_warnings = {_subject(warning) for warning in findings.warnings}
    findings.warnings += [
        warning for warning in answer.get("warnings") or [] if _subject(warning) not in known_warnings
    ]
    findings.existing = answer.get("existing")
    findings.asked = True


def _leave_emptiness_to_wordpress(
    snapshot: ContentSnapshot, findings: Findings, their_problems: list[dict[str, Any]]
) -> None:
    """Drop the app's finding that a term has no text: the term in WordPress may have one, and only it knows."""
    is_bare = is_blank(plain_text(snapshot.payload["post"]["content"]))  # what is hidden, WordPress takes for a text
    if snapshot.is_term and is_bare and not any(problem.get("code") == "CONTENT_EMPTY" for problem in their_problems):
        findings.problems = [problem for problem in findings.problems if problem["code"] != "CONTENT_EMPTY"]


def _subject(problem: dict[str, Any]) -> tuple[str, str]:
    """A key by which the app's and the plugin's findings are matched.

    `title` here is `post.title` there, and images are counted differently. The plugin has one code and one place for
    all addresses that visitors cannot open.
    """
    if problem.get("code") in ADDRESSES:
        return "ADDRESS_NOT_PUBLIC", ""
    place = str(problem.get("field") or "").removeprefix("post.")
    return str(problem.get("code")), place.split(".")[0] if place.startswith("images") else place


def _is_stored(account_id: int, sha256: str) -> bool:
    try:
        IMAGES.path_of(account_id, sha256)
    except NotFound:
        return False
    return True


def scripts_key_of(account_id: int, content_id: int) -> str:
    """The key of a person's permission for the scripts in the text of a content as it is now. Raises NotFound."""
    return scripts_key(snapshot_of(content_to_publish(account_id, content_id)).payload["post"])
