"""Checking a content against the brief that it was written from: gathers the values, which `draft_checks` judges."""

from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from sqlalchemy import func, select

from app.content.links.services import verdicts_on_text
from app.content.listing import IS_LIVE
from app.content.models import Content
from app.core.extensions import db
from app.core.tenancy import owned
from app.writer.briefs import services
from app.writer.briefs.models import Brief
from app.writer.briefs.sections import Section
from app.writer.drafting.bodies import copied_sentences, remaining_notes
from app.writer.drafting.draft_checks import (
    Asked,
    Check,
    SimilarContent,
    SiteAddresses,
    check_draft,
    search_result,
    written_by_rule,
)
from app.writer.drafting.draft_text import read_text
from app.writer.models import Task


@dataclass(frozen=True, slots=True)
class CheckedDraft:
    """A content with the results of checking it against its brief.

    Without one, `brief` is None and nothing is checked.
    """

    content: Content
    brief: Brief | None
    checks: list[Check]
    has_task: bool = False

    @property
    def open(self) -> list[Check]:
        """The checks that need attention."""
        return [check for check in self.checks if check.state == "open"]


def is_of_a_task(content: Content) -> bool:
    """Whether a content was written from a brief."""
    return content.task_id is not None


def checked_draft(account_id: int, content_id: int) -> CheckedDraft:
    """A content of the account, checked against its brief. Reads only; raises NotFound."""
    content = owned(Content, content_id, account_id)
    brief = services.find_brief(account_id, content.task_id) if content.task_id is not None else None
    if brief is None:
        return CheckedDraft(content, None, [])
    url, html = content.site.url, content.content_html
    verdicts = verdicts_on_text(account_id, content.site_id, html, url)
    site = SiteAddresses(url, live_pages(content, html), verdicts)
    alike, notes = _similar_contents(content, brief), remaining_notes(content)
    checks = check_draft(
        content.title, content.content_html, asked_of(brief), site, alike, notes, copied_sentences(content)
    )
    checks.append(search_result(content.seo_title, content.seo_description))
    checks += written_by_rule(_made_by_rule(content, brief))
    return CheckedDraft(content, brief, checks, db.session.get(Task, brief.task_id) is not None)


def _made_by_rule(content: Content, brief: Brief) -> list[str]:
    """The fields that are still as they were made from the text.

    The introduction counts while the text begins with a heading.
    """
    fields = [name for name, made in brief.by_rule.items() if name != "introduction" and getattr(content, name) == made]
    blocks = read_text(content.content_html).blocks[:1] if "introduction" in brief.by_rule else []
    return [*fields, *("introduction" for block in blocks if block.level)]


def asked_of(brief: Brief) -> Asked:
    """What the text can be checked against."""
    sections = [Section.of(row) for row in brief.outline]
    links = services.linkable(brief.account_id, brief.site_id, brief.link_ids)
    return Asked(
        length_words=brief.length_words,
        primary_keyword=brief.primary_keyword,
        secondary_keywords=brief.secondary_keywords,
        sections=[(section.heading, section.keywords) for section in sections],
        language=brief.language,
        links={content.external_url or "": content.title for content in links},
    )


def live_pages(content: Content, html: str) -> list[str]:
    """Of the addresses that a text for this content links to, those that are live pages of its site."""
    base = f"{content.site.url}/"
    addresses: set[str] = set()
    for link in read_text(html).links:
        try:
            parts = urlsplit(urljoin(base, link.address))
        except ValueError:
            continue
        host = (parts.netloc or "").removeprefix("www.")
        rest = parts.path.rstrip("/") + (f"?{parts.query}" if parts.query else "")
        addresses |= {f"{scheme}://{www}{host}{rest}" for scheme in ("http", "https") for www in ("", "www.")}
    if not addresses:
        return []
    stmt = select(Content.external_url).where(
        Content.account_id == content.account_id,
        Content.site_id == content.site_id,
        IS_LIVE,
        Content.trashed_at.is_(None),
        func.rtrim(Content.external_url, "/").in_(addresses),
    )
    return [address for address in db.session.scalars(stmt) if address]


def _similar_contents(content: Content, brief: Brief) -> list[SimilarContent] | None:
    """What was found to be like it, if it still exists; None when no search was made."""
    if brief.nearest_at is None:
        return None
    ids = [row["id"] for row in brief.nearest if row["id"] != content.id]
    stmt = select(Content.id, Content.title).where(Content.account_id == content.account_id, Content.id.in_(ids))
    titles = {row.id: row.title for row in db.session.execute(stmt)}
    return [
        SimilarContent(row["id"], titles[row["id"]], row["likeness"]) for row in brief.nearest if row["id"] in titles
    ]
