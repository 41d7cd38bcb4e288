"""Forms are bounded before they are parsed: by strangers, by size, by fields, and one long one at a time."""

import time

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core import bodies
from app.core.one_at_a_time import HEAVY, Busy, one_at_a_time
from app.core.queue import redis_connection

FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize("path", ["/login", "/content/1/edit/", "/planner/keywords/import/preview/"])
@pytest.mark.parametrize("unit", [b"%41", b"a=1&"])
def test_a_stranger_cannot_have_a_long_form_parsed(client: FlaskClient, path: str, unit: bytes) -> None:
    began = time.process_time()
    answer = client.post(path, data=b"x=" + unit * 3_000_000, content_type=FORM)
    assert answer.status_code == 400
    assert b"Sign in again" in answer.data
    assert time.process_time() - began < 0.5  # ten seconds and two gigabytes, before


def test_a_stranger_signs_in_with_a_short_form(client: FlaskClient) -> None:
    assert client.post("/login", data={"email": "a@example.com", "password": "wrong"}).status_code == 422


@pytest.mark.parametrize("body", [b"x=" + b"a" * bodies.FORM_BYTES, b"a=1&" * bodies.FORM_FIELDS])
def test_more_than_any_page_sends_is_refused_in_words(owner_client: FlaskClient, body: bytes) -> None:
    answer = owner_client.post("/planner/keywords/import/", data=body, content_type=FORM)
    assert answer.status_code == 413
    assert b"larger than 13 MB, or has more than 20,000 fields" in answer.data


def test_a_second_long_form_of_a_person_waits_for_its_turn(owner_client: FlaskClient) -> None:
    with owner_client.session_transaction() as session:
        person = session["_user_id"]
    body = b"keywords=" + b"a" * bodies.LONG_BYTES
    with one_at_a_time(f"form:{person}", "", HEAVY):
        answer = owner_client.post("/planner/keywords/import/", data=body, content_type=FORM)
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "3"
    assert b"Another long form of yours is being read just now." in answer.data


def test_one_place_each_is_given_and_given_back(app: Flask) -> None:
    with (
        one_at_a_time(1, "A", HEAVY),
        one_at_a_time(2, "B", HEAVY),
        one_at_a_time(1, "C", HEAVY - 1),
        pytest.raises(Busy),
        one_at_a_time(1, "D", HEAVY),
    ):
        pass
    with pytest.raises(ValueError, match="work failed"), one_at_a_time(1, "E", HEAVY):
        raise ValueError("work failed")
    with one_at_a_time(1, "F", HEAVY):
        pass
    assert redis_connection().keys("igny8:one_at_a_time:*") == []


def test_without_redis_nobody_is_kept_out(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "REDIS_URL", "redis://127.0.0.1:1/0")
    with one_at_a_time(1, "A", HEAVY), one_at_a_time(1, "B", HEAVY):
        pass
