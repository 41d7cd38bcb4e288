"""Checking the links of contents to other sites, as the work of a run.

It may be restarted: what was asked is not asked again.
"""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from queue import Empty, SimpleQueue

from flask import current_app

from app.content.links.asking import LinkAnswer, ask_address, by_host
from app.content.links.services import addresses_in, record_answers, to_be_asked, verdicts_of
from app.content.links.verdicts import FAILING, GONE, MOVED, REFUSED, UNREACHABLE, WORKS
from app.core import http
from app.core.extensions import db
from app.core.languages import NN_
from app.core.runs import Outcome, RunContext
from app.core.tenancy import owned
from app.core.wording import counted, enumerated
from app.sites.models import Site

HOSTS_AT_ONCE = 8
PAUSE_SECONDS = 0.5  # between two questions to one host
MOST = 5000  # addresses of one run
Answers = SimpleQueue[tuple[str, LinkAnswer]]
WORDS = {
    WORKS: NN_("%(num)s works", "%(num)s work"),
    MOVED: NN_("%(num)s leads on to another address", "%(num)s lead on to another address"),
    GONE: NN_("%(num)s is not there any more", "%(num)s are not there any more"),
    UNREACHABLE: NN_("%(num)s cannot be reached", "%(num)s cannot be reached"),
    FAILING: NN_("%(num)s fails at present", "%(num)s fail at present"),
    REFUSED: NN_("%(num)s does not let programs look", "%(num)s do not let programs look"),
}
NONE = NN_("%(num)s content links to no other site.", "%(num)s contents link to no other site.")
LEFT = NN_(
    "%(num)s address was left out: one check takes no more.",
    "%(num)s addresses were left out: one check takes no more.",
)


def check_links(context: RunContext) -> Outcome:
    """Params: `content_ids`. Asks each address of another site that their texts link to, once. Commits."""
    run = context.run
    site = owned(Site, run.site_id or 0, run.account_id)
    site_id, link = site.id, run.link or "/content/"
    ids: list[int] = run.params["content_ids"]
    linked = list(dict.fromkeys(addresses_in(run.account_id, site_id, ids, site.url)))
    addresses = to_be_asked(run.account_id, site_id, linked[:MOST])
    db.session.commit()
    _ask_all(context, site_id, addresses)
    verdicts = verdicts_of(run.account_id, site_id, linked[:MOST])
    return Outcome(_sentence(len(ids), Counter(verdict.outcome for verdict in verdicts.values()), len(linked)), link)


def _sentence(contents: int, outcomes: Counter[str], links_count: int) -> str:
    if not links_count:
        return counted(contents, NONE)
    parts = [counted(outcomes[outcome], words) for outcome, words in WORDS.items() if outcomes[outcome]]
    links = counted(links_count, NN_("%(num)s link to other sites", "%(num)s links to other sites"))
    left = f" {counted(links_count - MOST, LEFT)}" if links_count > MOST else ""
    return f"{links}: {enumerated(parts)}.{left}"


def _ask_all(context: RunContext, site_id: int, addresses: Sequence[str]) -> None:
    """Ask all, several hosts at once and each host one question at a time; keep what comes as it comes."""
    stopped, answers = threading.Event(), Answers()
    work = _asking(stopped, answers)
    total, done = len(addresses), 0
    pool = ThreadPoolExecutor(HOSTS_AT_ONCE, "links")
    waiting: set[Future[None]] = {pool.submit(work, group) for group in by_host(addresses)}
    try:
        while waiting:
            context.progress(step="Checking links", done=done, total=total)
            finished, waiting = wait(waiting, timeout=1, return_when=FIRST_COMPLETED)
            done += _keep(context.run.account_id, site_id, answers)
            for future in finished:
                future.result()
    finally:
        stopped.set()
        pool.shutdown(wait=False, cancel_futures=True)
    _keep(context.run.account_id, site_id, answers)


def _asking(stopped: threading.Event, answers: Answers) -> Callable[[Sequence[str]], None]:
    allowed: Sequence[str] = current_app.config["ALLOWED_PRIVATE_HOSTS"]

    def work(addresses: Sequence[str]) -> None:
        with http.make_session(allowed) as session:
            for number, address in enumerate(addresses):
                if stopped.wait(PAUSE_SECONDS if number else 0):
                    return
                answers.put((address, ask_address(session, address)))

    return work


def _keep(account_id: int, site_id: int, answers: Answers) -> int:
    """Keep the answers that have come. Commits. Returns how many."""
    came: dict[str, LinkAnswer] = {}
    try:
        while True:
            address, answer = answers.get_nowait()
            came[address] = answer
    except Empty:
        record_answers(account_id, site_id, came)
        db.session.commit()
    return len(came)
