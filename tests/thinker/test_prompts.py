"""Versions of prompts and their labels."""

import dataclasses
import threading

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts.models import Account
from app.ai import prompt_source
from app.ai.tasks import OPERATIONS
from app.ai.templates import Template
from app.core.audit import AuditEvent
from app.core.errors import Conflict, DomainError, NotFound
from app.core.extensions import db
from app.core.row_security import act_for
from app.thinker import actions, prompts
from app.thinker.models import PromptVersion
from tests.factories.people import make_account
from tests.factories.prompts import ANNA, BERT, GREET, make_version

pytestmark = pytest.mark.usefixtures("greet")


def state(account: Account) -> prompts.Prompt:
    return prompts.prompt_of(account.id, OPERATIONS["greet"])


def make_live(account: Account, version_id: int) -> str:
    said = actions.move_label(account.id, ANNA, "greet", "live", version_id, seen=state(account).live_moves)
    db.session.commit()
    return said.message


def test_a_saved_prompt_is_the_draft_and_nothing_is_asked_with_it(account: Account) -> None:
    version = make_version(account)
    assert state(account).draft == version
    assert (version.number, version.author, version.based_on) == (1, "Anna", GREET.template.fingerprint)
    assert prompt_source.live(account.id, GREET) is GREET.template


def test_the_live_version_is_what_the_gateway_asks_with(account: Account) -> None:
    version = make_version(account)
    make_live(account, version.id)
    assert prompt_source.live(account.id, GREET) == Template("Be brief.", "Hello {{name}}.", version.id)
    assert prompt_source.live(make_account("Other").id, GREET) is GREET.template


def test_live_goes_back_to_the_version_before_and_to_the_shipped_default(account: Account) -> None:
    first, second = make_version(account), make_version(account, "Hi {{name}}.")
    make_live(account, first.id)
    make_live(account, second.id)
    previous = state(account).previous
    assert previous == first
    make_live(account, first.id)
    assert (state(account).live, state(account).previous) == (first, None)
    make_live(account, prompts.SHIPPED)
    assert state(account).live is None
    assert prompt_source.live(account.id, GREET) is GREET.template
    told = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "prompt.live_moved")).all()
    assert [(one.before or {})["live"] for one in told] == [
        "the shipped default",
        "version 1",
        "version 2",
        "version 1",
    ]
    assert {one.actor for one in told} == {"Anna"}


def test_the_second_of_two_who_move_live_at_once_is_told_and_changes_nothing(account: Account) -> None:
    first, second = make_version(account), make_version(account, "Hi {{name}}.")
    seen = state(account).live_moves
    actions.move_label(account.id, ANNA, "greet", "live", first.id, seen=seen)
    db.session.commit()
    with pytest.raises(Conflict, match="Anna moved “live” to version 1"):
        actions.move_label(account.id, BERT, "greet", "live", second.id, seen=seen)
    db.session.rollback()
    assert state(account).live == first


def test_of_two_processes_that_move_live_exactly_one_does(app: Flask, account: Account) -> None:
    ids = [make_version(account, f"Hello {{{{name}}}} {n}.").id for n in range(4)]
    account_id, barrier, outcomes = account.id, threading.Barrier(4), []

    def move(version_id: int) -> None:
        with app.app_context():
            act_for(account_id)
            barrier.wait()
            try:
                actions.move_label(account_id, ANNA, "greet", "live", version_id, seen=0)
                db.session.commit()
                outcomes.append("moved")
            except Conflict:
                db.session.rollback()
                outcomes.append("told")
            db.session.remove()

    threads = [threading.Thread(target=move, args=(version_id,)) for version_id in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["moved", "told", "told", "told"]


def test_two_who_save_at_once_both_keep_their_words_and_get_their_own_numbers(app: Flask, account: Account) -> None:
    account_id, barrier = account.id, threading.Barrier(4)

    def save(number: int) -> None:
        with app.app_context():
            act_for(account_id)
            barrier.wait()
            actions.save_prompt(account_id, ANNA, "greet", system="", question=f"{{{{name}}}} {number}")
            db.session.commit()
            db.session.remove()

    threads = [threading.Thread(target=save, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rows = db.session.scalars(select(PromptVersion).order_by(PromptVersion.number)).all()
    assert [row.number for row in rows] == [1, 2, 3, 4]
    assert {row.question for row in rows} == {f"{{{{name}}}} {number}" for number in range(4)}


def test_who_saves_on_an_old_page_is_told_of_what_was_saved_meanwhile(account: Account) -> None:
    make_version(account)
    saved = actions.save_prompt(account.id, BERT, "greet", system="", question="Dear {{name}}", began_with=0)
    assert [one.author for one in saved.others] == ["Anna"]
    assert saved.version is not None
    assert saved.version.number == 2


def test_saving_what_is_there_makes_no_version(account: Account) -> None:
    template = GREET.template
    crlf = template.user.replace("\n", "\r\n")
    assert not actions.save_prompt(account.id, ANNA, "greet", system=template.system, question=crlf).is_new
    make_version(account)
    assert not actions.save_prompt(account.id, ANNA, "greet", system="Be brief.", question="Hello {{name}}.").is_new
    assert len(db.session.scalars(select(PromptVersion)).all()) == 1


@pytest.mark.parametrize(
    ("texts", "code"),
    [
        ({"question": "Hello {{nmae}}"}, "PROMPT_VARIABLE_UNKNOWN"),
        ({"question": "Hello {{name"}, "PROMPT_VARIABLE_UNCLOSED"),
        ({"question": " \n"}, "PROMPT_EMPTY"),
        ({"question": "x" * (prompts.MAX_LENGTH + 1)}, "PROMPT_TOO_LONG"),
        ({"question": "x", "system": "x" * (prompts.MAX_LENGTH + 1)}, "PROMPT_TOO_LONG"),
    ],
)
def test_what_cannot_be_a_prompt_is_refused_in_words(account: Account, texts: dict[str, str], code: str) -> None:
    with pytest.raises(DomainError) as refused:
        actions.save_prompt(account.id, ANNA, "greet", **{"system": "", **texts})
    assert refused.value.code == code
    assert refused.value.cure


def test_a_version_of_another_operation_or_account_cannot_be_made_live(account: Account) -> None:
    foreign = make_version(make_account("Other"))
    with pytest.raises(NotFound):
        actions.move_label(account.id, ANNA, "greet", "live", foreign.id, seen=0)
    own = make_version(account)
    OPERATIONS["part"] = dataclasses.replace(GREET, key="part")
    try:
        with pytest.raises(NotFound):
            actions.move_label(account.id, ANNA, "part", "live", own.id, seen=0)
    finally:
        del OPERATIONS["part"]


def test_a_better_default_leaves_the_edit_alone_and_is_told_with_what_it_was(account: Account) -> None:
    version = make_version(account)
    make_live(account, version.id)
    assert state(account).behind is None
    OPERATIONS["greet"] = dataclasses.replace(GREET, template=Template("Be warm.", "Greet {{name}}."))
    after = state(account)
    assert (after.behind, after.live) == (version, version)
    assert prompts.shipped_before(account.id, "greet", version.based_on) == GREET.template
    assert prompt_source.live(account.id, OPERATIONS["greet"]).user == "Hello {{name}}."
