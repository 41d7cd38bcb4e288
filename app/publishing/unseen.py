"""Why visitors do not get a page that was published, told by what they get instead (pure)."""

from typing import Any

from app.core.http import Answer
from app.publishing.issues import issue
from app.publishing.passages import squash
from app.publishing.served import Page, same_place
from app.sites.barriers import challenge_error, firewall_error, refusal_error, site_password_error
from app.sites.gates import login_gate_error
from app.sites.server_pages import server_page_error

NOT_FOR_VISITORS = (401, 403, 406, 429, 451, 503)
# Statuses of a post, and what they mean for visitors.
HIDDEN = {
    "private": "The post is private in WordPress: visitors are not shown it.",
    "future": "WordPress has the post scheduled for later: visitors are not shown it yet.",
    "pending": "The post waits for a review in WordPress: visitors are not shown it.",
    "draft": "The post is a draft in WordPress: visitors are not shown it.",
}
FEW_LETTERS = 4_000  # a page of notice, not of content
# Products, by what their page has, and what each calls itself.
COMING_SOON = (
    ("woo-coming-soon-page", "WooCommerce's “Coming soon” page (WooCommerce, Settings, Site visibility)"),
    ("woocommerce-coming-soon", "WooCommerce's “Coming soon” page (WooCommerce, Settings, Site visibility)"),
    ("woocommerce/coming-soon", "WooCommerce's “Coming soon” page (WooCommerce, Settings, Site visibility)"),
    ("seedprod", "a “coming soon” page of SeedProd"),
    ("sp-coming-soon", "a “coming soon” page of SeedProd"),
    ("cmp-coming-soon", "a page of CMP – Coming Soon & Maintenance"),
    ("ucp-under-construction", "a page of Under Construction"),
    ("under-construction-page", "a page of Under Construction"),
    ("wp-maintenance-mode", "a page of LightStart (WP Maintenance Mode)"),
    ("wpmm-", "a page of LightStart (WP Maintenance Mode)"),
    ("elementor-maintenance-mode", "Elementor's maintenance page (Elementor, Tools, Maintenance Mode)"),
    ("nfd-coming-soon", "the host's “coming soon” page"),
    ("mojo-coming-soon", "the host's “coming soon” page"),
)
WORDS = (
    "comingsoon",
    "underconstruction",
    "undermaintenance",
    "maintenancemode",
    "launchingsoon",
    "openingsoon",
    "wartungsmodus",
    "bientot",
    "proximamente",
)


def barrier_issue(answer: Answer, result: dict[str, Any]) -> dict[str, Any] | None:
    """The issue when no page of the site came at all; None when one did."""
    if answer.status == 200 and "igny8-content" in answer.text:
        return None
    if message := HIDDEN.get(str(result.get("post_status"))):
        return issue("NOT_SEEN", message, cause="NOT_PUBLIC")
    if not same_place(answer.url, result["permalink"]) and (gate := login_gate_error(answer)):
        message = "Visitors are sent to a log-in page: the site is for members only."
        message = message if gate.code == "MEMBERS_ONLY" else gate.message
        return issue("NOT_SEEN", message, served=answer.url, cause=gate.code)
    if (
        barrier := site_password_error(answer)
        or server_page_error(answer)
        or firewall_error(answer)
        or refusal_error(answer)
    ):
        return issue("NOT_SEEN", f"{barrier.message} {barrier.cure}", cause=barrier.code, **barrier.details)
    if answer.status in NOT_FOR_VISITORS:
        message = "maintenance" if answer.status == 503 else "a password, a members' area or a firewall"
        return issue("NOT_SEEN", f"Visitors get status {answer.status} ({message}).", status=answer.status)
    if answer.status == 202 and (barrier := challenge_error(answer)):
        return issue("NOT_SEEN", f"{barrier.message} {barrier.cure}", cause=barrier.code)
    return None


def substitute_issue(page: Page, result: dict[str, Any], *, in_doubt: bool) -> dict[str, Any] | None:
    """The issue when another page came in its place: a log-in page, a notice; None when it is none of these.

    Some of them keep the head of the post. `in_doubt`: nothing of the post was found, so that words count too.
    """
    html = page.answer.text.lower()
    is_short = len(page.words) < FEW_LETTERS
    product = next((name for mark, name in COMING_SOON if mark in html and (in_doubt or mark.startswith("woo"))), None)
    if product:
        return issue("NOT_SEEN", f"Visitors get {product} instead.", cause="COMING_SOON")
    if not in_doubt:
        return None
    if page.asks_post_password:
        return issue("NOT_SEEN", "The post asks visitors for a password, which was set in WordPress.", cause="PASSWORD")
    if page.asks_password and (is_short or not page.is_at(result["permalink"])):
        return issue("NOT_SEEN", "Visitors are asked for a password before they see it.", cause="PASSWORD")
    title = squash(page.title or "")
    if is_short and any(word in page.words or word in title for word in WORDS):
        return issue("NOT_SEEN", "Visitors get a “coming soon” or maintenance page instead.", cause="COMING_SOON")
    if is_short and (challenge := challenge_error(page.answer)):
        return issue("NOT_SEEN", f"{challenge.message} {challenge.cure}", cause=challenge.code)
    return None
