"""A toy operation to try prompts on, and versions of its prompt."""

from collections.abc import Iterator

import pytest
from pydantic import BaseModel

from app.accounts.models import Account
from app.ai.operations import AnswerRejected, Operation
from app.ai.tasks import OPERATIONS
from app.ai.templates import Template, Variable
from app.core.actor import Actor
from app.core.extensions import db
from app.thinker import actions
from app.thinker.models import PromptVersion

ANNA, BERT = Actor(None, "Anna", permissions=None), Actor(None, "Bert", permissions=None)


class Greeting(BaseModel):
    """Whom to greet, and what they like."""

    name: str
    likes: list[str] = []


class Words(BaseModel):
    """What the model says."""

    words: str


def check_words(request: Greeting, answer: Words, raw: str) -> str:
    """The words; raises AnswerRejected when they do not name who is greeted."""
    if request.name not in answer.words:
        raise AnswerRejected("The name is missing.")
    return answer.words


GREET = Operation(
    key="greet",
    title="Greeting",
    request=Greeting,
    answer=Words,
    template=Template("Be friendly.", "Greet {{name}}, who likes {{likes}}."),
    variables=(Variable("name", "Who is greeted", "Zoe"), Variable("likes", "What they like", '["tea"]', "json")),
    values=lambda request: {"name": request.name, "likes": str(request.likes)},
    check=check_words,
    credit_operation="ideas",
)


@pytest.fixture
def greet() -> Iterator[None]:
    """The toy is one of the operations."""
    OPERATIONS["greet"] = GREET
    yield
    del OPERATIONS["greet"]


def make_version(account: Account, question: str = "Hello {{name}}.", **texts: str) -> PromptVersion:
    """A version that Anna saved."""
    values = {"system": "Be brief.", "question": question, **texts}
    version = actions.save_prompt(account.id, ANNA, "greet", **values).version
    assert version is not None
    db.session.commit()
    return version
