"""Why visitors do not get a page that was published, judged by what they get instead (pure)."""

import re
from typing import Any
from urllib.parse import urljoin

from app.core.http import HttpResponse
from app.publishing.verification.issues import make_issue
from app.publishing.verification.served import ServedPage, same_place
from app.sites.barriers import challenge_error, firewall_error, refusal_error, site_password_error
from app.sites.login_pages import is_login, login_gate_error, sign_in_error
from app.sites.notices import COMING_SOON, IN_MAINTENANCE, MAINTENANCE, WOOCOMMERCE, notice_error, product_of, says
from app.sites.server_pages import server_page_error, status_error
from app.sites.wordpress_errors import WordPressError

NOT_FOR_VISITORS = (401, 403, 406, 429, 451, 503)
# Statuses of a post, and what they mean for visitors.
HIDDEN = {
    "private": "The post is private in WordPress: visitors are not shown it.",
    "future": "WordPress has the post scheduled for later: visitors are not shown it yet.",
    "pending": "The post waits for a review in WordPress: visitors are not shown it.",
    "draft": "The post is a draft in WordPress: visitors are not shown it.",
}
SENDS_ON = re.compile(r"location(?:\.href)?\s*(?:=|\.(?:replace|assign)\()\s*[\"']([^\"']{1,2000})[\"']")
FEW_LETTERS = 4_000  # a page of notice, not of content


def barrier_issue(answer: HttpResponse, result: dict[str, Any]) -> dict[str, Any] | None:
    """The issue when no page of the site came at all; None when one did."""
    if answer.status == 200 and "igny8-content" in answer.text:
        return None
    if message := HIDDEN.get(str(result.get("post_status"))):
        return make_issue("NOT_SEEN", message, cause="NOT_PUBLIC")
    is_elsewhere = not same_place(answer.url, result["permalink"])
    if (is_elsewhere or answer.status in (401, 403)) and (gate := login_gate_error(answer)):
        message = "Visitors are sent to a log-in page: the site is for members only."
        message = message if gate.code == "MEMBERS_ONLY" else gate.message
        return make_issue("NOT_SEEN", message, served=answer.url, cause=gate.code)
    if (
        barrier := site_password_error(answer)
        or server_page_error(answer)
        or firewall_error(answer)
        or refusal_error(answer)
        or status_error(answer)
        or _sign_in_error(answer)
    ):
        return make_issue("NOT_SEEN", f"{barrier.message} {barrier.cure}", cause=barrier.code, **barrier.details)
    if answer.status == 503 and (notice := notice_error(answer)):
        what = product_of(answer.text.lower()) or "a “coming soon” or maintenance page"
        return make_issue("NOT_SEEN", f"Visitors get {what} instead (503).", status=503, cause=notice.code)
    if answer.status in NOT_FOR_VISITORS:
        message = "maintenance" if answer.status == 503 else "a password, a members' area or a firewall"
        return make_issue("NOT_SEEN", f"Visitors get status {answer.status} ({message}).", status=answer.status)
    if answer.status == 202 and (barrier := challenge_error(answer)):
        return make_issue("NOT_SEEN", f"{barrier.message} {barrier.cure}", cause=barrier.code)
    return None


def _leads_to_login(page: ServedPage) -> bool:
    """Whether a refresh or a script of the page sends visitors to where one signs in."""
    script = SENDS_ON.search(page.answer.text.replace("\\/", "/"))
    address = page.sends_on_to or (script[1] if script else "")
    try:
        return bool(address) and is_login(urljoin(page.answer.url, address))
    except ValueError:
        return False  # no address


def _sign_in_error(answer: HttpResponse) -> WordPressError | None:
    error = sign_in_error(answer)
    return error if error and error.code == "SITE_PASSWORD" else None


def substitute_issue(page: ServedPage, result: dict[str, Any], *, in_doubt: bool) -> dict[str, Any] | None:
    """The issue when another page came in its place: a log-in page, a notice; None when it is none of these.

    Some of them keep the head of the post. `in_doubt`: nothing of the post was found, so that the page's words are
    taken as evidence too.
    """
    html = page.answer.text.lower()
    is_short = len(page.words) < FEW_LETTERS
    product = product_of(html)
    if product and (in_doubt or product == WOOCOMMERCE):
        return make_issue("NOT_SEEN", f"Visitors get {product} instead.", cause="COMING_SOON")
    if not in_doubt:
        return None
    if is_short and _leads_to_login(page):
        message = "Visitors are sent to a log-in page: the site is for members only."
        return make_issue("NOT_SEEN", message, served=page.answer.url, cause="MEMBERS_ONLY")
    if page.asks_post_password:
        return make_issue(
            "NOT_SEEN", "The post asks visitors for a password, which was set in WordPress.", cause="PASSWORD"
        )
    if page.asks_password and (is_short or not page.is_at(result["permalink"])):
        return make_issue("NOT_SEEN", "Visitors are asked for a password before they see it.", cause="PASSWORD")
    title = page.title or ""
    is_notice = says(title, COMING_SOON + MAINTENANCE) or says(page.words, COMING_SOON + IN_MAINTENANCE)
    if is_short and is_notice:
        return make_issue("NOT_SEEN", "Visitors get a “coming soon” or maintenance page instead.", cause="COMING_SOON")
    if is_short and (challenge := challenge_error(page.answer)):
        return make_issue("NOT_SEEN", f"{challenge.message} {challenge.cure}", cause=challenge.code)
    return None
