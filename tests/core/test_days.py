"""Lists by days say so when the days of an address are the wrong way round."""

import pytest
from flask.testing import FlaskClient

from app.sites.models import Site

LISTS = {
    "/account/audit/": "No day is between them.",
    "/runs/": "No day is between them.",
    "/account/billing/usage/": "Only 1 March 2026 is shown.",
    "/account/ai/calls/": "Only 1 March 2026 is shown.",
    "/account/ai/spending/": "Only 1 March 2026 is shown.",
}


@pytest.mark.parametrize("address", LISTS)
def test_days_the_wrong_way_round_are_told(owner_client: FlaskClient, site: Site, address: str) -> None:
    page = owner_client.get(f"{address}?since=2026-03-02&until=2026-03-01").text
    assert "“From” is after “To”." in page
    assert LISTS[address] in page
    for right in ("since=2026-03-01&until=2026-03-01", "since=2026-03-02", "since=x&until=2026-03-01", ""):
        assert "is after" not in owner_client.get(f"{address}?{right}").text
