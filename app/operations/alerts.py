"""What the operator should be told, decided from figures alone. `deploy/prometheus/alerts.yml` has the same rules."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from app.operations.figures import Figures, late_schedules

MINUTE, HOUR = 60.0, 3600.0
OLDEST_JOB = {"interactive": 2 * MINUTE, "default": 30 * MINUTE, "bulk": 2 * HOUR}
MOST_LATE, MOST_LAG = 5 * MINUTE, 15 * MINUTE
FEWEST_CALLS, FEWEST_RUNS = 5, 5
TIMEOUT_PART, FAILED_PART, LEAST_FREE = 0.2, 0.25, 0.1
STRIPE_FAILURES = 3
OLDEST_BACKUP = {"database": 12 * HOUR, "media": 48 * HOUR, "configuration": 48 * HOUR, "drill": 35 * 24 * HOUR}
GUIDE = "docs/operating.md"


@dataclass(frozen=True)
class Alert:
    """Something that is wrong: a title, what was seen, and what to do about it."""

    key: str
    title: str
    cause: str
    cure: str


def find_alerts(figures: Figures, *, backs_up: bool) -> list[Alert]:
    """What is wrong by these figures; `backs_up` says whether a folder for backups is set."""
    alerts = [alert for rule in RULES.values() for alert in rule(figures)]
    return alerts + list(_old_backups(figures) if backs_up else _no_backups())


def _redis_missing(figures: Figures) -> Iterator[Alert]:
    if figures.queues is None:
        yield Alert(
            "redis_missing",
            "Redis does not answer",
            "No work is handed to workers. Nothing is lost: it waits in the database.",
            "Start Redis, or look whether REDIS_URL still leads to it. Work goes on by itself then.",
        )


def _worker_missing(figures: Figures) -> Iterator[Alert]:
    if figures.workers is None:
        return
    queues = figures.queues or {}
    idle = [name for name in queues if not any(name in worker.queues for worker in figures.workers)]
    if idle:
        yield Alert(
            "worker_missing",
            "No worker takes jobs",
            f"Nobody works on the queue {', '.join(idle)}.",
            "Start workers: python -m app.cli worker interactive default bulk. Their log says why they ended.",
        )


def _queue_old(figures: Figures) -> Iterator[Alert]:
    queues = figures.queues or {}
    old = [name for name, queue in queues.items() if queue.oldest_seconds > OLDEST_JOB[name]]
    if old:
        waits = ", ".join(f"{name} {queues[name].oldest_seconds / MINUTE:.0f} minutes" for name in old)
        yield Alert(
            "queue_old",
            "Work waits too long",
            f"The first job of these queues has waited: {waits}.",
            "Add workers, or give one worker the queue interactive alone.",
        )


def _ai_timeouts(figures: Figures) -> Iterator[Alert]:
    calls = sum(figures.of("calls").values())
    timeouts = sum(n for (_, code), n in figures.of("call_errors").items() if code == "AI_TIMEOUT")
    if timeouts >= FEWEST_CALLS and timeouts > calls * TIMEOUT_PART:
        yield Alert(
            "ai_timeouts",
            "Models do not answer in time",
            f"{timeouts:.0f} of {calls:.0f} calls of the last hour ran into their time limit.",
            "Look at the state page of the provider, or choose a quicker model (OPENAI_MODEL). Runs try again.",
        )


def _failed_work(figures: Figures) -> Iterator[Alert]:
    ended, failed = dict.fromkeys(figures.by_label("ended"), 0.0), dict[str, float]()
    for (kind, state), count in figures.of("ended").items():
        ended[kind] += count
        if state == "failed":
            failed[kind] = count
    many = [kind for kind, n in failed.items() if n >= FEWEST_RUNS and n > ended[kind] * FAILED_PART]
    many += [kind for kind in figures.by_label("crashed") if kind not in many]
    if many:
        listed = ", ".join(f"{kind} {failed.get(kind, 0):.0f} of {ended.get(kind, 0):.0f}" for kind in sorted(many))
        yield Alert(
            "failed_work",
            "Work fails",
            f"Failed in the last hour: {listed}.",
            "Search the logs for run_crashed and run_failed: each line has the run's id and the code of its error.",
        )


def _stripe_failing(figures: Figures) -> Iterator[Alert]:
    if (figures.stripe_failures or 0) >= STRIPE_FAILURES:
        yield Alert(
            "stripe_failing",
            "Stripe fails",
            f"{figures.stripe_failures} requests to Stripe or webhooks of it failed in the last hour.",
            "Look whether STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET hold, and at Developers → Webhooks in Stripe, "
            "which sends again what was refused.",
        )


def _cron_lag(figures: Figures) -> Iterator[Alert]:
    late = {name: seconds for name, seconds in late_schedules(figures).items() if seconds > MOST_LATE}
    if late:
        listed = ", ".join(f"{name} {seconds / MINUTE:.0f} minutes" for name, seconds in sorted(late.items())[:10])
        yield Alert(
            "cron_lag",
            "Periodic work is late",
            f"These should have run before: {listed}.",
            "Search the scheduler's log for periodic_job_failed. Two schedulers may run beside each other.",
        )


def _outbox_lag(figures: Figures) -> Iterator[Alert]:
    old = {name: seconds for name, seconds in figures.by_label("lag").items() if seconds > MOST_LAG}
    if old:
        listed = ", ".join(f"{name} {seconds / MINUTE:.0f} minutes" for name, seconds in sorted(old.items()))
        yield Alert(
            "outbox_lag",
            "What should be sent waits",
            f"The oldest that is due has waited: {listed}.",
            "For mails look at SMTP_HOST and the log lines mail_settled; for the others, whether workers keep up.",
        )


def _events_given_up(figures: Figures) -> Iterator[Alert]:
    given_up = {name: n for (name, state), n in figures.of("events").items() if state == "given_up"}
    if given_up:
        listed = ", ".join(f"{name} {count:.0f}" for name, count in sorted(given_up.items()))
        yield Alert(
            "events_given_up",
            "Events were given up",
            f"A part of the application failed on them ten times: {listed}.",
            "Search the logs for event_delivery_failed. When mended: python -m app.cli redeliver-events.",
        )


def _webhooks_given_up(figures: Figures) -> Iterator[Alert]:
    count, accounts = figures.number("webhooks_given_up"), figures.number("webhook_accounts")
    if count:
        yield Alert(
            "webhooks_given_up",
            "Events for webhooks were given up",
            f"In the last day {count:.0f} of {accounts:.0f} account{'' if accounts == 1 else 's'} were tried for three "
            "days and not taken.",
            "Of one account: its receiver is broken, and its owners were told. Of several: look whether this machine "
            "reaches the internet (DNS, firewall, proxy). It can be sent again under Settings, Webhooks.",
        )


def _disk_full(figures: Figures) -> Iterator[Alert]:
    full = [name for name, disk in figures.disks.items() if disk.free < disk.total * LEAST_FREE]
    if full:
        listed = ", ".join(f"{name} {figures.disks[name].free / 1e9:.1f} GB free" for name in full)
        yield Alert(
            "disk_full",
            "A disk fills up",
            f"Less than a tenth is free: {listed}.",
            "Make room or add space. Pictures, exports and backups take most.",
        )


def _old_backups(figures: Figures) -> Iterator[Alert]:
    ages = figures.by_label("backup")
    old = [kind for kind, most in OLDEST_BACKUP.items() if ages.get(kind, most + 1) > most]
    if old and figures.rows:
        listed = ", ".join(f"{kind} {_age(ages.get(kind))}" for kind in old)
        yield Alert(
            "backup_old",
            "A backup is too old",
            f"The last good one: {listed} (a drill is a restore that was tried).",
            f"Run python -m app.cli backup, for a drill python -m app.cli restore --drill, and read what it says; "
            f"{GUIDE} says how both are scheduled.",
        )


def _no_backups() -> Iterator[Alert]:
    yield Alert(
        "backup_missing",
        "Nothing is backed up",
        "BACKUP_FOLDER is not set.",
        f"Set BACKUP_FOLDER and BACKUP_RECIPIENTS as {GUIDE} says.",
    )


def _age(seconds: float | None) -> str:
    return "never" if seconds is None else f"{timedelta(seconds=int(seconds))} ago"


RULES: dict[str, Callable[[Figures], Iterator[Alert]]] = {
    "redis_missing": _redis_missing,
    "worker_missing": _worker_missing,
    "queue_old": _queue_old,
    "ai_timeouts": _ai_timeouts,
    "failed_work": _failed_work,
    "stripe_failing": _stripe_failing,
    "cron_lag": _cron_lag,
    "outbox_lag": _outbox_lag,
    "events_given_up": _events_given_up,
    "webhooks_given_up": _webhooks_given_up,
    "disk_full": _disk_full,
}
KEYS = (*RULES, "backup_old", "backup_missing")
