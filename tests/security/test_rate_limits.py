"""Floods: of one address, in one account, while Redis is away; and people who just work."""

import json
import time
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from limits.storage import RedisStorage

from app.accounts.models import Account
from app.core.addresses import network_of
from app.core.extensions import limiter
from app.core.limits import _Counter
from app.core.queue import redis_connection
from app.identity.models import User
from tests.factories.people import PASSWORD, SignIn, make_account, make_member

HTMX = {"HX-Request": "true"}


def pages(client: FlaskClient, path: str, count: int, **options: object) -> list[int]:
    return [client.get(path, **options).status_code for _ in range(count)]


def write(client: FlaskClient, **headers: str) -> object:
    return client.post("/account/profile/", data={"name": "", "csrf_token": "x"}, headers=headers)


def test_a_stranger_gets_a_hundred_requests_a_minute(limits: Flask, client: FlaskClient) -> None:
    assert 429 not in pages(client, "/login", 100)
    answer = client.get("/login")
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert f"Wait {answer.headers['Retry-After']} second" in answer.text
    for path in ("/no/such/page", "/dashboard/", "/password/forgot/"):
        assert client.get(path).status_code == 429  # one account of the address for all of it
    other = {"REMOTE_ADDR": "203.0.113.9"}
    assert client.get("/login", environ_base=other).status_code == 200


def test_asking_with_the_headers_of_a_page_part_gains_a_stranger_nothing(limits: Flask, client: FlaskClient) -> None:
    pages(client, "/login", 100, headers=HTMX)
    assert client.get("/login", headers={**HTMX, "Sec-Fetch-Dest": "image"}).status_code == 429


def test_forwarded_headers_are_nobodys_address(limits: Flask, client: FlaskClient) -> None:
    codes = [client.get("/login", headers={"X-Forwarded-For": f"198.51.100.{n}"}).status_code for n in range(101)]
    assert codes[-1] == 429


def test_a_person_reads_on_while_their_address_is_used_up_by_strangers(
    limits: Flask, client: FlaskClient, owner: User, sign_in: SignIn
) -> None:
    browser = sign_in(owner)
    pages(client, "/login", 101)
    assert client.get("/login").status_code == 429
    assert browser.get("/sites/").status_code == 200


def test_pages_of_a_person_are_counted_too_and_each_person_alone(
    limits: Flask, account: Account, owner: User, sign_in: SignIn
) -> None:
    busy, colleague = sign_in(owner), sign_in(make_member(account, "admin"))
    codes = pages(busy, "/account/profile/", 101)
    assert (codes[99], codes[100]) == (200, 429)
    assert colleague.get("/account/profile/").status_code == 200


def test_rows_that_poll_lock_nobody_out(limits: Flask, owner: User, sign_in: SignIn) -> None:
    browser = sign_in(owner)
    assert set(pages(browser, "/runs/menu/", 250, headers=HTMX)) == {200}
    assert browser.get("/sites/").status_code == 200


def test_polls_have_a_bound_as_well(limits: Flask, owner: User, sign_in: SignIn, monkeypatch: object) -> None:
    monkeypatch.setitem(limits.config, "PARTS_PER_MINUTE", 5)
    browser = sign_in(owner)
    assert pages(browser, "/runs/menu/", 6, headers=HTMX)[-1] == 429


def test_static_files_and_health_are_not_counted(limits: Flask, client: FlaskClient) -> None:
    assert set(pages(client, "/static/css/igny8.css", 120)) == {200}
    assert 429 not in pages(client, "/healthz", 3)
    assert client.get("/login").status_code == 200


def test_an_account_writes_thirty_times_a_minute_whoever_does_it(
    limits: Flask, account: Account, owner: User, sign_in: SignIn
) -> None:
    one, other = sign_in(owner), sign_in(make_member(account, "admin"))
    codes = [write(browser).status_code for _ in range(15) for browser in (one, other)]
    assert 429 not in codes
    answer = write(other)
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert one.get("/sites/").status_code == 200  # reading goes on
    assert write(sign_in(make_member(make_account("Other")))).status_code != 429


def test_one_member_does_not_use_up_what_is_the_others(
    limits: Flask, account: Account, owner: User, sign_in: SignIn
) -> None:
    busy, colleague = sign_in(make_member(account, "editor")), sign_in(owner)
    codes = [write(busy).status_code for _ in range(40)]
    assert (codes[19], codes[20]) == (422, 429)
    assert [write(colleague).status_code for _ in range(10)] == [422] * 10


@pytest.mark.parametrize("path", ["/account/team/invite/", "/account/settings/", "/account/export/", "/sites/new/"])
def test_what_the_role_does_not_allow_counts_with_the_person_alone(
    limits: Flask, account: Account, owner: User, sign_in: SignIn, path: str
) -> None:
    viewer, colleague = sign_in(make_member(account, "viewer")), sign_in(owner)
    codes = [viewer.post(path).status_code for _ in range(31)]
    assert codes == [403] * 30 + [429]
    answer = colleague.post(path)
    assert answer.status_code != 429
    assert [write(colleague).status_code for _ in range(19)] == [422] * 19


def test_the_refusal_of_a_change_is_a_toast_with_the_time_left(limits: Flask, owner: User, sign_in: SignIn) -> None:
    browser = sign_in(owner)
    for _ in range(30):
        write(browser)
    answer = write(browser, **{"HX-Request": "true"})
    assert answer.status_code == 429
    assert answer.headers["HX-Reswap"] == "none"
    said = json.loads(answer.headers["HX-Trigger"])["toast"]
    assert said["level"] == "error"
    assert f"Wait {answer.headers['Retry-After']} second" in said["message"]


def test_no_header_makes_a_change_something_else_and_signing_out_always_works(
    limits: Flask, owner: User, sign_in: SignIn
) -> None:
    browser = sign_in(owner)
    override = {"X-HTTP-Method-Override": "GET", "X-Method-Override": "GET", "Sec-Fetch-Dest": "image"}
    codes = [write(browser, **override).status_code for _ in range(31)]
    assert codes[-1] == 429
    assert browser.post("/account/profile/?_method=GET", data={"_method": "GET"}).status_code == 429
    assert browser.post("/logout").status_code == 303


def test_looking_at_a_file_or_cutting_a_text_is_no_change(limits: Flask, owner: User, sign_in: SignIn) -> None:
    browser = sign_in(owner)
    codes = [browser.post("/content/blocks/", data=b"<p>x</p>", content_type="text/plain") for _ in range(40)]
    assert {answer.status_code for answer in codes} == {200}


def test_the_time_left_is_the_real_one(limits: Flask, client: FlaskClient) -> None:
    pages(client, "/login", 101)
    first = int(client.get("/login").headers["Retry-After"])
    [key] = [name for name in redis_connection().keys("*REQUESTS_PER_MINUTE*") if b"127.0.0.1" in name]
    left = redis_connection().ttl(key)
    assert abs(first - left) <= 2
    redis_connection().expire(key, 1)
    time.sleep(1.2)
    assert client.get("/login").status_code == 200


@pytest.fixture
def without_redis(limits: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    dead = RedisStorage("redis://127.0.0.1:9/0", socket_connect_timeout=1)
    monkeypatch.setattr(limiter, "_storage", dead)
    monkeypatch.setattr(limiter, "_limiter", type(limiter._limiter)(dead))
    monkeypatch.setattr(limiter, "_storage_dead", False)
    monkeypatch.setitem(limits.extensions, "igny8_limits", _Counter())
    limiter._fallback_storage.reset()
    yield limits
    limiter._fallback_storage.reset()


def test_without_redis_nobody_is_locked_out_and_limits_hold(without_redis: Flask, owner: User) -> None:
    browser = without_redis.test_client()
    assert browser.post("/login", data={"email": owner.email, "password": PASSWORD}).status_code == 303
    assert browser.get("/sites/").status_code == 200
    stranger = without_redis.test_client()
    codes = pages(stranger, "/login", 101)
    assert (codes[0], codes[-1]) == (200, 429)


def test_without_redis_passwords_cannot_be_guessed_at_will(without_redis: Flask, owner: User) -> None:
    browser = without_redis.test_client()
    codes = [browser.post("/login", data={"email": owner.email, "password": f"x{n}"}).status_code for n in range(11)]
    assert codes == [422] * 10 + [429]


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("", "unknown"),
        ("fe80::1%eth0", "fe80::/64"),
        ("nonsense", "unknown"),
    ],
)
def test_a_subscriber_of_ipv6_is_one_caller(address: str, network: str) -> None:
    assert network_of(address) == network
