"""Which template an operation is asked with."""

import threading

import pytest
from flask import Flask
from pydantic import BaseModel
from sqlalchemy import Executable, Integer, String, and_, bindparam, false, literal, select

from app.ai import prompt_source
from app.ai.operations import Operation
from app.ai.templates import Template, Variable
from app.core.hooks import Question


class Words(BaseModel):
    """Something to ask about."""

    words: str


SHIPPED = Template("Be brief.", "Say {{words}}")
OPERATION = Operation(
    key="echo",
    title="Echo",
    request=Words,
    answer=Words,
    template=SHIPPED,
    variables=(Variable("words", "What to say", "hello"),),
    values=lambda request: {"words": request.words},
    check=lambda request, answer, raw: raw,
    credit_operation="content",
)


@pytest.fixture
def sources(monkeypatch: pytest.MonkeyPatch) -> Question[[], Executable]:
    asked: Question[[], Executable] = Question()
    monkeypatch.setattr(prompt_source, "stored_templates", asked)
    return asked


def nothing_stored() -> Executable:
    return select(literal("a"), literal("b"), literal(3)).where(false())


def stored_for_the_first() -> Executable:
    """A template of account 1 for the operation echo."""
    is_asked = and_(bindparam("account_id", type_=Integer) == 1, bindparam("operation", type_=String) == "echo")
    return select(literal("Be long."), literal("Say {{words}}"), literal(7)).where(is_asked)


def test_the_shipped_template_serves_while_nobody_has_another(sources: Question[[], Executable], app: Flask) -> None:
    assert prompt_source.live(1, OPERATION) is SHIPPED
    sources.add(nothing_stored)
    assert prompt_source.live(1, OPERATION) is SHIPPED


def test_the_accounts_own_template_comes_first(sources: Question[[], Executable], app: Flask) -> None:
    sources.add(nothing_stored)
    sources.add(stored_for_the_first)
    assert prompt_source.live(1, OPERATION) == Template("Be long.", "Say {{words}}", 7)
    assert prompt_source.live(2, OPERATION) is SHIPPED


def test_a_template_is_tried_in_one_thread_alone_and_no_longer_than_it_says(
    sources: Question[[], Executable],
) -> None:
    tried = Template("", "Shout {{words}}", 8)
    elsewhere: list[Template] = []
    with prompt_source.trying(tried):
        thread = threading.Thread(target=lambda: elsewhere.append(prompt_source.live(1, OPERATION)))
        assert prompt_source.live(1, OPERATION) is tried
        thread.start()
        thread.join()
    assert elsewhere == [SHIPPED]
    assert prompt_source.live(1, OPERATION) is SHIPPED


def test_a_template_is_known_by_its_text_not_by_its_version() -> None:
    assert Template("a", "b").fingerprint == Template("a", "b", 9).fingerprint
    assert Template("a", "b").fingerprint != Template("ab", "").fingerprint
