"""Names in which there is nothing to see are none."""

import pytest
from flask.testing import FlaskClient

from app.accounts.models import Account
from app.accounts.services import check_name
from app.core.blank import visible_line
from app.core.errors import DomainError
from app.identity.models import User
from app.planner.clusters.services import clean_cluster_name
from app.sites import services as sites
from app.sites.models import Site
from app.thinker.sets import checked_name

INVISIBLE = ["", "  ", "\u200b", "\u202e", "\u2060\ufe0f", "\u3164", "\0"]


@pytest.mark.parametrize("name", INVISIBLE)
def test_what_cannot_be_seen_is_no_name(app: object, site: Site, name: str) -> None:
    for check in (check_name, clean_cluster_name, checked_name):
        with pytest.raises(DomainError):
            check(name)
    with pytest.raises(DomainError):
        sites.add_sector(site, name)


def test_a_name_keeps_its_letters_and_loses_double_spaces() -> None:
    assert visible_line("  Moka \n pots 👩‍🍳 ") == "Moka pots 👩‍🍳"


@pytest.mark.parametrize(
    "address", ["/account/profile/", "/account/ai/providers/new/", "/automation/rules/new/", "/sites/new/"]
)
@pytest.mark.parametrize("name", ["\u200b", "\u202e"])
def test_forms_refuse_an_invisible_name_in_words(
    owner_client: FlaskClient, owner: User, account: Account, address: str, name: str
) -> None:
    answer = owner_client.post(address, data={"name": name, "url": "https://a.test", "time_zone": "UTC"})
    assert answer.status_code == 422, answer.status_code
    assert "name" in answer.text.lower()
    assert owner.name != name
