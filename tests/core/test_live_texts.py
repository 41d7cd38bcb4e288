"""What a run is writing at the moment is shown while it works, and gone afterwards."""

from uuid import uuid4

import pytest
from flask import Flask
from redis import Redis

from app.core.runs import live_texts
from app.core.runs.live_texts import TextWriter, read_live_texts


@pytest.fixture(autouse=True)
def every_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_texts, "EVERY_SECONDS", 0)


def test_texts_grow_and_end(app: Flask) -> None:
    run_id = uuid4()
    with app.app_context():
        first, second = TextWriter(run_id, "1", "Tents"), TextWriter(run_id, "2", "خيام")
        first.write("One two")
        second.write("<b>Three</b>")
        first.write("One two three")
        assert [(text.title, text.text, text.words) for text in read_live_texts(run_id)] == [
            ("Tents", "One two three", 3),
            ("خيام", "<b>Three</b>", 1),
        ]
        first.end()
        assert [text.title for text in read_live_texts(run_id)] == ["خيام"]
        assert read_live_texts(uuid4()) == []


def test_it_is_told_only_so_often(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_texts, "EVERY_SECONDS", 60)
    run_id = uuid4()
    with app.app_context():
        writer = TextWriter(run_id, "1", "Tents")
        writer.write("One")
        writer.write("One two")
        assert [text.text for text in read_live_texts(run_id)] == ["One"]


def test_without_redis_nothing_is_shown_and_nothing_stops(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_texts, "redis_connection", lambda: Redis(port=1))
    with app.app_context():
        writer = TextWriter(uuid4(), "1", "Tents")
        writer.write("One")
        writer.end()
        assert read_live_texts(uuid4()) == []
