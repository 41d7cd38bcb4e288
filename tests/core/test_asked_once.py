"""What a page asks again and again is asked once, and anew after something was written."""

import pytest
from flask import Flask
from sqlalchemy import text

from app.core.asked_once import once_a_page
from app.core.extensions import db
from app.sites.models import Site


def count_of(name: str) -> int:
    return int(db.session.scalar(text("select count(*) from sites where name = :name"), {"name": name}) or 0)


@pytest.mark.parametrize(
    ("method", "written", "told"), [("GET", "", [1, 1]), ("GET", "update", [1, 0]), ("POST", "", [1, 0])]
)
def test_a_request_that_reads_is_answered_as_before_until_something_is_written(
    app: Flask, site: Site, method: str, written: str, told: list[int]
) -> None:
    answers = [count_of(site.name), 0]
    asked = once_a_page(lambda _name: answers.pop(0))
    with app.test_request_context(method=method):
        first = asked(site.name)
        if written:
            db.session.execute(text("update sites set name = name where id = :id"), {"id": site.id})
        assert [first, asked(site.name)] == told


def test_other_arguments_are_another_question_and_without_a_request_each_is_asked(app: Flask) -> None:
    asked: list[str] = []
    ask = once_a_page(asked.append)
    with app.test_request_context():
        for name in ("a", "b", "a"):
            ask(name)
    assert asked == ["a", "b"]
    ask("b")
    assert asked == ["a", "b", "b"]


def test_a_statement_that_changes_rows_by_the_way_counts_as_written(app: Flask, site: Site) -> None:
    answers = [1, 2]
    asked = once_a_page(lambda: answers.pop(0))
    with app.test_request_context():
        asked()
        db.session.execute(text("with new as (select 1) select * from new"))
        assert asked() == 1
        db.session.execute(text("with gone as (delete from sites where id = 0 returning id) select * from gone"))
        assert asked() == 2
