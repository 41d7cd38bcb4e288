"""Many drafts of two accounts at once, by a model and with workers that are killed: started, and what came of them."""

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import func, select

from app.accounts.models import Account
from app.ai.calls.models import AiSettings
from app.ai.charging import count_words
from app.billing.costs import costs
from app.billing.models import CreditUsage
from app.content.models import Content
from app.core.actor import THE_APP
from app.core.extensions import db
from app.core.listing.selection import Selection
from app.core.runs import Run
from app.writer import actions
from app.writer.briefs import services
from app.writer.briefs.models import Brief
from app.writer.briefs.sections import Section
from app.writer.models import Task
from tests.factories.stripe import give_credits, ledger_agrees
from tests.factories.things import make_cluster, make_site, make_task
from tests.fakes.openai_server import FakeOpenAI

# The limits of calls run on a quicker clock: a model's requests of a minute are those of a second, and the places of
# the dead are free soon.
WORKER = (
    "from app.ai.limits import slots; slots.WINDOW_SECONDS = 1; slots.LEASE_SECONDS = 3; "
    "import sys; from app.cli import main; sys.exit(main(['worker', 'default']))"
)
AT_ONCE = 4
NAMES = ("Sizes", "Care")


@dataclass(frozen=True)
class Drafts:
    """How many drafts one account has written, and another beside it."""

    many: int
    few: int


IN_TESTS, IN_BENCHMARK = Drafts(30, 15), Drafts(500, 50)


def write_drafts(account: Account, drafts: int) -> Run:
    """Starts so many drafts: half have a brief of two sections, the others nobody has planned."""
    give_credits(account, plan=drafts * 100)
    db.session.add(AiSettings(account_id=account.id, concurrency=AT_ONCE))
    cluster = make_cluster(make_site(account))
    tasks = [make_task(cluster, f"{account.name} {number}") for number in range(drafts)]
    for task in tasks[::2]:
        services.brief_of(task).outline = [Section(f"s{at}", name).stored() for at, name in enumerate(NAMES)]
    ids = [task.id for task in tasks]
    started = actions.start_drafts(account.id, THE_APP, cluster.site_id, Selection(ids=ids))
    assert started.run is not None
    db.session.commit()
    return started.run


def count_drafts(account: Account) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Content).where(Content.account_id == account.id)) or 0


def parts_asked(openai: FakeOpenAI) -> Counter[tuple[str, str]]:
    """How often each part of each draft was asked for."""

    def part(data: dict[str, object]) -> str:
        section = data.get("section")
        if isinstance(section, dict):
            return str(section["heading"])
        return "finish" if "headings" in data else "outline"

    return Counter((str(seen.data["title"]), part(seen.data)) for seen in openai.requests)


def parts_needed() -> set[tuple[str, str]]:
    """The parts of all drafts: the outlines that nobody had planned, their sections, and what stands around them."""
    parts = set[tuple[str, str]]()
    for brief in db.session.scalars(select(Brief)):
        headings = [row["heading"] for row in brief.outline]
        outline = [] if headings == [*NAMES] else ["outline"]
        parts |= {(brief.title, part) for part in (*headings, *outline, "finish")}
    return parts


def faults_of(accounts: list[Account], openai: FakeOpenAI, kills: int) -> list[str]:
    """What is wrong once all has ended: drafts that are lost or there twice, parts asked too often, wrong charges.

    A worker that is killed leaves what was under way, and so does the other one, whose run is put back with it.
    """
    db.session.rollback()
    written, tasks = Counter(db.session.scalars(select(Content.task_id))), set(db.session.scalars(select(Task.id)))
    times, needed = parts_asked(openai), parts_needed()
    repeated, most = sum(times.values()) - len(times), 2 * AT_ONCE * kills
    faults = {
        f"{len(tasks - set(written))} drafts are lost": tasks - set(written),
        f"{sum(number > 1 for number in written.values())} drafts are there twice": set(written.values()) - {1},
        f"{len(needed - set(times))} parts were not asked for": needed - set(times),
        f"{len(set(times) - needed)} parts were asked for that nobody needs": set(times) - needed,
        f"{repeated} calls were repeated; {most} are the most": repeated > most,
        f"a part was asked for {max(times.values())} times": max(times.values()) > kills + 1,
        "what was charged is not what was written": paid_by_title() != prices_by_title(),
        "the ledger does not agree": not all(ledger_agrees(account) for account in accounts),
    }
    return [words for words, is_wrong in faults.items() if is_wrong]


def paid_by_title() -> dict[str, int]:
    """Credits that were paid for each draft."""
    sums = select(CreditUsage.object_title, func.sum(CreditUsage.credits)).group_by(CreditUsage.object_title)
    return dict(db.session.execute(sums).all())


def prices_by_title() -> dict[str, int]:
    """Credits that each draft costs."""
    contents = db.session.scalars(select(Content))
    return {content.title: costs()["content"].of(count_words(content.content_html)) for content in contents}
