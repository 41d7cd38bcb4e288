"""A version of a prompt is what it was saved as, for ever: also for what goes past the application."""

import pytest
from flask import Flask
from sqlalchemy import NullPool, create_engine, text, update
from sqlalchemy.exc import DBAPIError

from app.accounts.models import Account
from app.ai import gateway
from app.ai.calls.models import AiCall
from app.ai.tasks.ideas import IDEAS, IdeasRequest
from app.core.extensions import db
from app.identity.models import User
from app.thinker import actions
from app.thinker.models import LIVE, PromptVersion
from tests.factories.prompts import ANNA, make_version
from tests.fakes.openai_server import FakeOpenAI

CHANGES = {"system": "Other.", "question": "Other {{name}}.", "number": 9, "operation": "ideas", "fingerprint": "other"}


@pytest.mark.usefixtures("greet")
@pytest.mark.parametrize("name", CHANGES)
def test_the_database_refuses_to_change_a_version(app: Flask, account: Account, name: str) -> None:
    version_id = make_version(account).id
    with pytest.raises(DBAPIError, match="never changed"):
        db.session.execute(update(PromptVersion).values({name: CHANGES[name]}))
    db.session.rollback()
    owner = create_engine(app.config["OWNER_DATABASE_URI"], poolclass=NullPool)
    with owner.connect() as connection, pytest.raises(DBAPIError, match="never changed"):
        connection.execute(text(f"update prompt_versions set {name} = :value"), {"value": CHANGES[name]})
    assert db.session.get_one(PromptVersion, version_id).number == 1


@pytest.mark.usefixtures("greet")
def test_whoever_saved_it_may_go_and_the_version_stays(account: Account, owner: User) -> None:
    version = make_version(account)
    db.session.execute(update(PromptVersion).values(author_id=owner.id, note="Mended", system=PromptVersion.system))
    db.session.commit()
    db.session.execute(update(PromptVersion).values(author_id=None))
    db.session.commit()
    db.session.refresh(version)
    assert (version.author_id, version.note, version.system) == (None, "Mended", "Be brief.")


def test_a_call_is_recorded_with_the_version_that_is_live(account: Account, openai: FakeOpenAI) -> None:
    question = IDEAS.template.user
    first, live, draft = (
        actions.save_prompt(account.id, ANNA, IDEAS.key, system=words, question=question).version
        for words in ("First.", "Live.", "Draft.")
    )
    assert first is not None
    assert live is not None
    assert draft is not None
    for moves, version in enumerate((first, live)):
        actions.move_label(account.id, ANNA, IDEAS.key, LIVE, version.id, seen=moves)
    db.session.commit()
    answered = gateway.run(account.id, IDEAS, IdeasRequest(cluster_name="Moka", count=1))
    assert answered.prompt_version == live.id
    assert db.session.get_one(AiCall, answered.call_id).prompt_version == live.id
    assert openai.requests[-1].body["messages"][0]["content"] == "Live."
