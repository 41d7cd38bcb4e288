"""Accounts with few and many rows, odd titles and work in every state, for pictures and audits of pages."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from itertools import cycle, islice
from typing import Any, TypeVar

from app.accounts.services import accounts_of, sign_up
from app.content.models import Content
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.row_security import act_for
from app.core.runs import Run
from app.optimizer.scoring import keep_scores
from app.planner.models import Cluster, Idea, Keyword
from app.publishing.run_kinds import PUBLISH
from app.sites.models import Site
from app.sites.services import add_site
from app.writer.models import Task
from benchmarks.rule_rows import fill_rules

PASSWORD = "correct horse battery"
LONG = "The art of roasting in small batches, and Rindfleischetikettierungsüberwachungsaufgaben " * 2
ARABIC = "دليل تحضير القهوة المختصة في المنزل خطوة بخطوة"
TITLES = ("Cold brew ratio", LONG.strip(), ARABIC, "Which grinder for which coffee", "Moka pot", "Descaling in an hour")
INTENTS = ("informational", "commercial", "transactional")
TEXT = "<h2>The ratio</h2><p>One part of coffee to eight of water makes a concentrate.</p>" * 5
ERROR = {
    "code": "MEDIA_TOO_LARGE",
    "message": "WordPress refused an image: it is larger than the site allows.",
    "cure": "Use a smaller image, or raise the limit of the site.",
    "details": {},
}
R = TypeVar("R")


@dataclass(frozen=True)
class Filled:
    """Who sees an account of so many rows, and the ids of one row of each kind; 0 where there is none."""

    email: str
    cluster_id: int
    keyword_id: int
    idea_id: int
    task_id: int
    content_id: int
    failed_run: str
    rule_id: int = 0
    execution_id: int = 0


def fill(sizes: tuple[int, ...]) -> dict[int, Filled]:
    """An account for each number of rows."""
    return {rows: _account(rows) for rows in sizes}


def _account(rows: int) -> Filled:
    email = f"rows-{rows}@example.com"
    user = sign_up(email=email, name="Anna Editor", password=PASSWORD, account_name=f"{rows} rows")
    account_id = accounts_of(user.id)[0].id
    act_for(account_id)
    url = f"https://rows-{rows}.example.com"
    site = add_site(account_id, name="Northside Coffee", url=url, time_zone="Europe/London", sectors=[])
    titles = [f"{title} {number}" if number >= len(TITLES) else title for number, title in _numbered(rows)]
    clusters = _saved(Cluster(**_of(site), name=title[:200]) for title in titles[: max(rows // 20, min(rows, 3))])
    keywords = _saved(_keyword(site, title, number, clusters) for number, title in enumerate(titles))
    ideas = _saved(_idea(site, title, number, clusters) for number, title in enumerate(titles))
    tasks = _saved(_task(site, title, number, clusters) for number, title in enumerate(titles))
    contents = _saved(_content(site, title, number, clusters) for number, title in enumerate(titles))
    keep_scores(account_id, [content.id for content in contents])
    runs = _saved(_run(content, number, user.id) for number, content in enumerate(contents))
    db.session.commit()
    failed = next((str(run.id) for run in runs if run.state == "failed"), "")
    firsts = (rows_of[0].id if rows_of else 0 for rows_of in (clusters, keywords, ideas, tasks, contents))
    rule_id, execution_id = fill_rules(site, titles, clusters)
    db.session.commit()
    return Filled(email, *firsts, failed, rule_id, execution_id)


def _numbered(rows: int) -> list[tuple[int, str]]:
    return list(enumerate(islice(cycle(TITLES), rows)))


def _saved(made: Iterable[R]) -> list[R]:
    rows = list(made)
    db.session.add_all(rows)
    db.session.flush()
    return rows


def _of(site: Site) -> dict[str, Any]:
    return {"account_id": site.account_id, "site_id": site.id}


def _written(site: Site, title: str, number: int, clusters: list[Cluster]) -> dict[str, Any]:
    """What ideas, tasks and contents have alike."""
    kinds = {"content_type": ("Article", "Page", "Product")[number % 3], "content_structure": "Guide"}
    return {**_of(site), "cluster_id": clusters[number % len(clusters)].id, "title": title, **kinds}


def _keyword(site: Site, title: str, number: int, clusters: list[Cluster]) -> Keyword:
    figures = {"volume": number * 7919 % 5000 * 10, "difficulty": number % 101, "intent": INTENTS[number % 3]}
    cluster_id = clusters[number % len(clusters)].id if number % 5 else None
    keyword = f"{title[:200]} {number}".casefold()
    return Keyword(**_of(site), keyword=keyword, normalised=keyword, cluster_id=cluster_id, **figures)


def _idea(site: Site, title: str, number: int, clusters: list[Cluster]) -> Idea:
    written = _written(site, title, number, clusters)
    return Idea(**written, normalised_title=title.casefold(), primary_keyword="cold brew", description=LONG)


def _task(site: Site, title: str, number: int, clusters: list[Cluster]) -> Task:
    status = ("queued", "completed")[number % 2]
    return Task(**_written(site, title, number, clusters), primary_keyword="cold brew", status=status)


def _content(site: Site, title: str, number: int, clusters: list[Cluster]) -> Content:
    content = Content(**_written(site, title, number, clusters), content_html=TEXT, excerpt=LONG[:150])
    content.slug = f"post-{number}"
    content.focus_keywords = ["cold brew"] if number % 2 == 0 else []
    if number % 3:
        content.status, content.external_id = "published", number + 1
        content.external_url = f"{site.url}/post-{number}/"
        content.remote_status, content.sync_state = "publish", "in_step"
    return content


def _run(content: Content, number: int, user_id: int) -> Run:
    """A publish: most succeeded over the last weeks, some failed, some are scheduled for the next days."""
    now = utcnow()
    state = "failed" if number % 11 == 1 else "succeeded" if number % 3 else "queued"
    about = {"subject_type": "content", "subject_id": content.id, "actor_id": user_id}
    run = Run(
        account_id=content.account_id, site_id=content.site_id, kind=PUBLISH.name, job=PUBLISH.job, state=state, **about
    )
    run.title = f"Publish “{content.title}”"[:300]
    if state == "queued":
        run.due_at, run.params = now + timedelta(days=number % 25, hours=1), {"mode": "scheduled"}
        run.exclusive_key = f"publish:{content.id}"
        return run
    run.ended_at = now - timedelta(hours=number * 5 % 700)
    run.created_at = run.started_at = run.ended_at - timedelta(seconds=20 + number % 40)
    run.error, run.message = (ERROR, None) if state == "failed" else (None, f"It is live at {content.external_url}.")
    run.subject_kind, run.data = content.content_type, {"verdict": "verified"}
    return run
