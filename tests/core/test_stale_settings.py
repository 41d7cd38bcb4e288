"""Settings that two people change at once: the second is told what the first saved, and nothing typed is lost."""

import re
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts import members
from app.accounts.models import Account
from app.ai.calls import spending
from app.ai.providers import route_services
from app.ai.providers.models import AiProvider
from app.core.crypto import decrypt, encrypt
from app.core.edits import differing
from app.core.extensions import db
from app.planner.models import Cluster
from app.sites import connection
from app.sites.models import Sector, Site
from app.thinker.models import Persona
from tests.factories.people import make_member
from tests.factories.providers import make_provider, make_route
from tests.factories.things import make_cluster, make_sector

Stored = Callable[[], Any]
Case = tuple[str, str, dict[str, Any], dict[str, Any], Stored, Sequence[str]]


def tag_of(page: str) -> str:
    tag = re.search(r'name="etag" value="(\w+)"', page)
    assert tag is not None, page
    return tag[1]


def provider_case(account: Account, site: Site) -> Case:
    row = make_provider(account, prices={"gpt-5-mini": [250000, 2000000]})
    address = f"/account/ai/providers/{row.id}/"
    form = {"base_url": row.base_url, "model": "gpt-5-mini", "requests_per_minute": "60"}
    prices = "gpt-5-mini 0.25 2.00"
    first, second = form | {"name": "First", "prices": prices}, form | {"name": "Second", "prices": f"{prices}\r\n"}
    return address, address, first, second, lambda: db.session.get_one(AiProvider, row.id).name, ("First", "Second")


def limits_case(account: Account, site: Site) -> Case:
    form = {"cap_day": "5", "concurrency": "8", "keep_texts": "1"}
    address = "/account/ai/limits/"
    first, second = form | {"cap_run": "0.50"}, form | {"cap_run": "0.75"}
    return address, address, first, second, lambda: spending.allowance_of(account.id).cap_run_micros, (500_000, 750_000)


def models_case(account: Account, site: Site) -> Case:
    one, two = make_provider(account, "One"), make_provider(account, "Two")
    form = {"for": "ideas", "mode": "order"}
    chosen = [form | {"provider": str(row.id), "model": f"model-{row.name}"} for row in (one, two)]

    def stored() -> str:
        db.session.expire_all()
        return route_services.routes_of(account.id)["ideas"].targets[0]["model"]

    return "/account/ai/models/?for=ideas", "/account/ai/models/", *chosen, stored, ("model-One", "model-Two")


def general_case(account: Account, site: Site) -> Case:
    form = {"url": site.url, "time_zone": site.time_zone}
    address = f"/sites/{site.id}/settings/"
    stored = lambda: db.session.get_one(Site, site.id).name  # noqa: E731
    return address, address, form | {"name": "First"}, form | {"name": "Second"}, stored, ("First", "Second")


def access_case(account: Account, site: Site) -> Case:
    one, two = (
        members.membership_of(account.id, make_member(account, "editor", name=name).id) for name in ("Ada", "Bo")
    )
    stored = lambda: members.access_to(account.id, site.id)["people"]  # noqa: E731
    page, address = f"/sites/{site.id}/settings/?tab=access", f"/sites/{site.id}/access/"
    return page, address, {"members": [one.id]}, {"members": [two.id]}, stored, (["Ada"], ["Bo"])


def member_case(account: Account, site: Site) -> Case:
    row = members.membership_of(account.id, make_member(account, "editor").id)
    address = f"/account/team/{row.id}/"
    stored = lambda: members.get_member(account.id, row.id).role  # noqa: E731
    return address, address, {"role": "viewer"}, {"role": "admin"}, stored, ("viewer", "admin")


def login_case(account: Account, site: Site) -> Case:
    address, page = f"/sites/{site.id}/password/", f"/sites/{site.id}/settings/?tab=wordpress"
    site.password_user, site.password_origin, site.password_secret = "stage", site.url, encrypt("word")
    connection.make_key(site)
    db.session.commit()
    stored = lambda: db.session.get_one(Site, site.id).password_user  # noqa: E731
    return (
        page,
        address,
        {"user": "first", "password": "x"},
        {"user": "second", "password": "y"},
        stored,
        ("first", "second"),
    )


def cluster_case(account: Account, site: Site) -> Case:
    row = make_cluster(site)
    address = f"/planner/clusters/{row.id}/"
    stored = lambda: db.session.get_one(Cluster, row.id).description  # noqa: E731
    first, second = ({"name": row.name, "description": words} for words in ("First words", "Second"))
    return address, address, first, second, stored, ("First words", "Second")


def sector_case(account: Account, site: Site) -> Case:
    row = make_sector(site, "Tea")
    page, address = f"/sites/{site.id}/settings/?tab=sectors", f"/sites/sectors/{row.id}/rename/"
    stored = lambda: db.session.get_one(Sector, row.id).name  # noqa: E731
    return page, address, {"name": "First"}, {"name": "Second"}, stored, ("First", "Second")


def account_case(account: Account, site: Site) -> Case:
    address = "/account/settings/"
    stored = lambda: db.session.get_one(Account, account.id).name  # noqa: E731
    return address, address, {"name": "First"}, {"name": "Second"}, stored, ("First", "Second")


CASES = {
    "login": (login_case, "first"),
    "cluster": (cluster_case, "First words"),
    "sector": (sector_case, "First"),
    "account": (account_case, "First"),
    "provider": (provider_case, "First"),
    "limits": (limits_case, "0.50"),
    "models": (models_case, "One: model-One"),
    "general": (general_case, "First"),
    "access": (access_case, "Ada"),
    "member": (member_case, "Viewer"),
}


@pytest.mark.parametrize("name", CASES)
def test_the_second_of_two_people_is_told_what_the_first_saved(
    owner_client: FlaskClient, account: Account, site: Site, name: str
) -> None:
    make, words = CASES[name]
    page, address, first, second, stored, values = make(account, site)
    tag = {"etag": tag_of(owner_client.get(page).text)}
    assert owner_client.post(address, data=first | tag).status_code == 303
    refused = owner_client.post(address, data=second | tag)
    assert refused.status_code == 409
    assert "Somebody else saved this while you were changing it." in refused.text
    assert f'<dd class="theirs-words" dir="auto">{words}</dd>' in refused.text
    assert stored() == values[0]
    again = second | {"etag": tag_of(refused.text)}
    assert again["etag"] != tag["etag"]
    assert owner_client.post(address, data=again).status_code == 303
    assert stored() == values[1]


def test_what_is_wrong_with_a_form_does_not_make_it_newer(owner_client: FlaskClient, account: Account) -> None:
    address = "/account/ai/limits/"
    tag = {"etag": tag_of(owner_client.get(address).text)}
    owner_client.post(address, data={"concurrency": "9", "cap_run": "5"} | tag)
    wrong = owner_client.post(address, data={"concurrency": "500"} | tag)
    assert wrong.status_code == 422
    assert tag_of(wrong.text) == tag["etag"]
    assert owner_client.post(address, data={"concurrency": "50", "etag": tag_of(wrong.text)}).status_code == 409


def test_a_key_that_somebody_changed_counts_and_is_never_shown(owner_client: FlaskClient, account: Account) -> None:
    row = make_provider(account)
    address = f"/account/ai/providers/{row.id}/"
    form = {"name": row.name, "base_url": row.base_url, "model": row.model, "requests_per_minute": "60"}
    tag = {"etag": tag_of(owner_client.get(address).text)}
    owner_client.post(address, data=form | tag | {"api_key": "sk-the-key-of-a-colleague"})
    refused = owner_client.post(address, data=form | tag | {"api_key": "sk-the-second-of-mine"})
    assert refused.status_code == 409
    assert "Ends in ague" in refused.text
    assert "Enter it again: a key is not sent back." in refused.text
    assert "sk-the-" not in refused.text
    kept = db.session.get_one(AiProvider, row.id).api_key_encrypted
    assert kept is not None
    assert decrypt(kept) == "sk-the-key-of-a-colleague"


def test_a_choice_that_somebody_changed_is_not_taken_back_unseen(owner_client: FlaskClient, account: Account) -> None:
    row = make_provider(account)
    make_route(account, (row, "one"), operation="ideas")
    tag = tag_of(owner_client.get("/account/ai/models/?for=ideas").text)
    make_route_anew = {"for": "ideas", "mode": "price", "provider": str(row.id), "model": "two", "etag": tag}
    assert owner_client.post("/account/ai/models/", data=make_route_anew).status_code == 303
    refused = owner_client.post("/account/ai/models/", data={"for": "ideas", "etag": tag})
    assert refused.status_code == 409
    assert "The cheapest</dd>" in refused.text
    again = owner_client.post("/account/ai/models/", data={"for": "ideas", "etag": tag_of(refused.text)})
    assert again.status_code == 303
    assert "ideas" not in route_services.routes_of(account.id)


def test_line_endings_are_no_difference() -> None:
    labels = {"note": "Note", "size": "Size"}
    assert differing({"note": "a\nb", "size": 1}, {"note": "a\r\nb", "size": "2"}, labels, {}) == [("Size", "1")]


@pytest.mark.parametrize(
    ("page", "address", "first", "second", "told"),
    [
        (
            "/thinker/personas/{}/",
            "/thinker/personas/{}/",
            {"name": "Anna", "voice": "First", "is_default": "1"},
            {"name": "Anna", "voice": "Mine"},
            ("First", "Yes"),
        ),
        (
            "/thinker/images/",
            "/thinker/images/",
            {"style": "First", "quality": "high"},
            {"style": "Mine"},
            ("First", "high"),
        ),
    ],
)
def test_who_saves_words_for_models_second_sees_what_the_first_saved(
    owner_client: FlaskClient, page: str, address: str, first: dict[str, str], second: dict[str, str], told: tuple[str]
) -> None:
    owner_client.post("/thinker/personas/new/", data={"name": "Anna"})
    number = db.session.scalars(select(Persona.id)).one()
    seen = re.search(r'name="version" value="(\d+)"', owner_client.get(page.format(number)).text)
    assert seen is not None
    version = {"version": seen[1]}
    assert owner_client.post(address.format(number), data=first | version).status_code == 303
    refused = owner_client.post(address.format(number), data=second | version)
    assert refused.status_code == 409
    assert all(f'<dd class="theirs-words" dir="auto">{words}</dd>' in refused.text for words in told)
    assert "Mine</textarea>" in refused.text
    again = re.search(r'name="version" value="(\d+)"', refused.text)
    assert again is not None
    assert owner_client.post(address.format(number), data=second | {"version": again[1]}).status_code == 303


def test_a_list_of_forms_is_shown_anew_with_the_one_that_was_refused(
    owner_client: FlaskClient, account: Account, site: Site
) -> None:
    page, address, first, second, _stored, _values = sector_case(account, site)
    tag = {"etag": tag_of(owner_client.get(page).text)}
    owner_client.post(address, data=first | tag)
    refused = owner_client.post(address, data=second | tag, headers={"HX-Request": "true"})
    assert refused.status_code == 409
    assert refused.text.lstrip().startswith('<div class="stack" id="sectors">')
    assert 'value="Second"' in refused.text
    assert ">First</dd>" in refused.text
