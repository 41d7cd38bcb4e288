"""A sign of life to an address that notices when none comes: the scheduler hands out a job, a worker sends it.

So it comes only as long as scheduler, Redis, a worker and the database work. Services like healthchecks.io tell the
operator when it is missing, which nothing on these machines could.
"""

from flask import current_app
from sqlalchemy import text

from app.core import http, own_hosts
from app.core.extensions import db
from app.core.logs import get_logger
from app.core.queue import enqueue_now, new_job_id

ENTRY = "jobs.operations.ping"
SECONDS = 10.0
log = get_logger(__name__)


def hand_out_ping() -> None:
    """Have a worker send a sign of life, where an address for it is set."""
    if current_app.config["HEALTHCHECK_PING_URL"]:
        enqueue_now("interactive", ENTRY, new_job_id(), seconds=60)


def ping(ending: str = "") -> bool:
    """Send it now; `ending` is `/fail` or `/start`, as healthchecks has them. False when it was not taken."""
    db.session.execute(text("select 1"))
    db.session.rollback()  # no transaction while the address is asked
    url = current_app.config["HEALTHCHECK_PING_URL"]
    return bool(url) and send_ping(url + ending)


def send_ping(url: str) -> bool:
    """Ask this address; False, with a log line, when it does not answer with success."""
    allowed = own_hosts.private_hosts_for_url(url, current_app.config["ALLOWED_PRIVATE_HOSTS"])
    try:
        answer = http.fetch(http.make_session(allowed), "GET", url, read_seconds=SECONDS)
    except http.OutboundError as error:
        log.warning("ping_not_sent", reason=error.kind)
        return False
    if answer.status >= 300:
        log.warning("ping_refused", status=answer.status)
    return answer.status < 300
