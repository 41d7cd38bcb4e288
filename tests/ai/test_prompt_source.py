"""Which template an operation is asked with."""

import threading

import pytest
from pydantic import BaseModel

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
def question(monkeypatch: pytest.MonkeyPatch) -> Question[[int, str], Template | None]:
    asked: Question[[int, str], Template | None] = Question()
    monkeypatch.setattr(prompt_source, "template_for", asked)
    return asked


def test_the_shipped_template_serves_while_nobody_has_another(
    question: Question[[int, str], Template | None],
) -> None:
    question.add(lambda account_id, key: None)
    assert prompt_source.live(1, OPERATION) is SHIPPED


def test_the_accounts_own_template_comes_first(question: Question[[int, str], Template | None]) -> None:
    own = Template("Be long.", "Say {{words}}", 7)
    question.add(lambda account_id, key: own if (account_id, key) == (1, "echo") else None)
    assert prompt_source.live(1, OPERATION) is own
    assert prompt_source.live(2, OPERATION) is SHIPPED


def test_a_template_is_tried_in_one_thread_alone_and_no_longer_than_it_says(
    question: Question[[int, str], Template | None],
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
