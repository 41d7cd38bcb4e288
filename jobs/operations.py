"""The sign of life. RQ enters by `ping`."""

from app.operations import pings
from jobs import the_app


def ping() -> None:
    """Tell the address of HEALTHCHECK_PING_URL that scheduler, Redis, database and workers work."""
    with the_app().app_context():
        pings.ping()
