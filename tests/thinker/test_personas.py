"""Personas, strategy notes and image settings: who may, which one holds, and what prompts get of them."""

import threading

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.accounts.models import Account
from app.ai.tasks import OPERATIONS
from app.core.audit import AuditEvent
from app.core.errors import Conflict, DomainError
from app.core.extensions import db
from app.core.row_security import act_for
from app.planner.ideas.runs import ideas_request
from app.sites.models import Site
from app.thinker import persona_actions, personas, strategy
from app.thinker.models import Persona, StrategyNote
from app.writer.briefs import outlines
from app.writer.briefs.services import brief_of, draft_request_of
from app.writer.drafting import prompt_rows
from tests.factories.people import SignIn, make_member
from tests.factories.prompts import ANNA
from tests.factories.things import make_cluster, make_site, make_task


def make_persona(account: Account, name: str = "Anna", site_id: int | None = None, **values: str) -> Persona:
    persona = persona_actions.save_persona(
        account.id, ANNA, None, {"name": name, **values}, site_id=site_id, is_default=True
    )
    db.session.commit()
    return persona


def test_the_persona_of_a_site_comes_before_that_of_all_sites(account: Account, site: Site) -> None:
    assert personas.text_for(account.id, site.id) == ""
    make_persona(account, "Everybody")
    make_persona(account, "Bert", site.id, voice="Dry")
    other = make_site(account)
    assert personas.text_for(account.id, site.id) == "Bert\nVoice: Dry"
    assert personas.text_for(account.id, other.id) == "Everybody"


def test_a_new_default_takes_the_place_of_the_one_before(account: Account, site: Site) -> None:
    first, of_site = make_persona(account, "First"), make_persona(account, "Of the site", site.id)
    second = make_persona(account, "Second")
    db.session.expire_all()
    assert [row.is_default for row in (first, of_site, second)] == [False, True, True]


def test_of_many_who_make_a_default_at_once_one_is_left(app: Flask, account: Account) -> None:
    account_id, barrier = account.id, threading.Barrier(4)

    def make(number: int) -> None:
        with app.app_context():
            act_for(account_id)
            barrier.wait()
            values = {"name": f"P{number}"}
            persona_actions.save_persona(account_id, ANNA, None, values, site_id=None, is_default=True)
            db.session.commit()
            db.session.remove()

    threads = [threading.Thread(target=make, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert db.session.scalar(select(func.count(Persona.id))) == 4
    assert db.session.scalar(select(func.count(Persona.id)).where(Persona.is_default)) == 1


def test_persona_and_strategy_are_in_what_the_model_is_asked(account: Account, site: Site) -> None:
    make_persona(account, "Anna", site.id, rules='Say "you"\n{{title}} <b>')
    strategy.save_note(account.id, None, "We sell beans.", author="Anna", seen=0)
    strategy.save_note(account.id, site.id, "No machines.", author="Anna", seen=0)
    cluster = make_cluster(site)
    draft = OPERATIONS["draft"]
    case = prompt_rows.task_case(account.id, "draft", f"task:{make_task(cluster).id}")
    assert case is not None
    system, _question = draft.template.rendered(draft.values(case.request))
    assert 'Anna\nRules: Say "you"\n{{title}} <b>' in system
    assert "We sell beans.\n\nNo machines." in system
    ideas = OPERATIONS["ideas"]
    assert "No machines." in ideas.template.rendered(ideas.values(ideas_request(cluster)))[0]


def test_a_brief_that_names_a_persona_gets_all_of_it_and_other_words_stay_as_they_are(
    account: Account, site: Site
) -> None:
    make_persona(account, "Anna", voice="Warm")
    make_persona(account, "Bert", voice="Dry")
    make_persona(account, "Bert", site.id, voice="Dry as dust")
    make_persona(account, "Elsewhere", make_site(account).id)
    wanted = {
        "": "Bert\nVoice: Dry as dust",
        " anna\n": "Anna\nVoice: Warm",
        "BERT": "Bert\nVoice: Dry as dust",
        "Elsewhere": "Elsewhere",
        "Anna, but short": "Anna, but short",
    }
    assert {name: personas.text_for(account.id, site.id, name) for name in wanted} == wanted
    assert personas.names_for(account.id, site.id) == ["Anna", "Bert"]
    task = make_task(make_cluster(site))
    brief = brief_of(task)
    brief.persona = "Anna"
    assert outlines.outline_request(task, brief).persona == "Anna\nVoice: Warm"
    assert draft_request_of(task, brief).persona == "Anna\nVoice: Warm"


def test_briefs_follow_a_persona_that_is_renamed_and_forget_one_that_is_deleted(
    owner_client: FlaskClient, account: Account, site: Site
) -> None:
    persona = make_persona(account, "Anna")
    elsewhere = make_site(account)
    make_persona(account, "Anna", elsewhere.id)
    briefs = [brief_of(make_task(make_cluster(place))) for place in (site, site, elsewhere)]
    for brief, name in zip(briefs, ("anna", "Anna, but short", "Anna"), strict=True):
        brief.persona = name
    db.session.commit()

    def names() -> list[str]:
        db.session.expire_all()
        return [brief.persona for brief in briefs]

    form = {"name": "Annabel", "version": str(persona.version)}
    assert owner_client.post(f"/thinker/personas/{persona.id}/", data=form).status_code == 303
    assert names() == ["Annabel", "Anna, but short", "Anna"]
    owner_client.post(f"/thinker/personas/{persona.id}/delete/")
    assert "1 brief named it: the default persona writes there now." in owner_client.get("/thinker/personas/").text
    assert names() == ["", "Anna, but short", "Anna"]


@pytest.mark.parametrize("operation", ["outline", "draft", "section", "finishing"])
def test_whoever_writes_is_told_of_persona_and_strategy(operation: str) -> None:
    assert {"persona", "strategy"} <= OPERATIONS[operation].template.named()


@pytest.mark.parametrize(("field", "length"), [("name", 121), ("voice", 2001), ("rules", 4001), ("sample", 6001)])
def test_texts_of_a_persona_have_bounds(account: Account, field: str, length: int) -> None:
    values = {"name": "Anna", field: "x" * length}
    with pytest.raises(DomainError) as refused:
        persona_actions.save_persona(account.id, ANNA, None, values, site_id=None, is_default=False)
    assert refused.value.field == field
    assert f"{length:,} characters" in refused.value.message


def test_a_page_that_is_old_gets_a_conflict_keeps_the_words_and_saves_the_second_time(
    owner_client: FlaskClient, account: Account
) -> None:
    persona = make_persona(account)
    path = f"/thinker/personas/{persona.id}/"
    owner_client.post(path, data={"name": "Hers", "version": 1})
    answer = owner_client.post(path, data={"name": "Mine", "voice": "My words", "version": 1})
    assert answer.status_code == 409
    assert "My words" in answer.text
    assert 'name="version" value="2"' in answer.text
    assert owner_client.post(path, data={"name": "Mine", "version": 2}).status_code == 303


def test_a_strategy_note_that_somebody_saved_meanwhile_is_not_overwritten(
    owner_client: FlaskClient, account: Account, site: Site
) -> None:
    data = {"of": site.id, "note": "First", "version": 0}
    assert owner_client.post("/thinker/strategy/", data=data).status_code == 303
    answer = owner_client.post("/thinker/strategy/", data={**data, "note": "Mine"})
    assert answer.status_code == 409
    assert "First" in answer.text
    assert "Mine" in answer.text
    with pytest.raises(Conflict):
        strategy.save_note(account.id, site.id, "x", author="", seen=0)
    db.session.rollback()
    assert db.session.scalars(select(StrategyNote.note)).all() == ["First"]


def test_image_settings_of_a_site_fall_back_to_those_of_all_sites_one_by_one(account: Account, site: Site) -> None:
    values = {"model": "gpt-image-1", "size": "1024x1024", "quality": "high", "style": "Pencil"}
    strategy.save_images(account.id, None, values, seen=0)
    strategy.save_images(account.id, site.id, {"style": "Photograph"}, seen=0)
    found = strategy.images_for(account.id, site.id)
    assert (found.model, found.size, found.quality, found.style) == ("gpt-image-1", "1024x1024", "high", "Photograph")
    assert strategy.images_for(account.id, None).style == "Pencil"
    with pytest.raises(DomainError, match="no such size"):
        strategy.save_images(account.id, site.id, {"size": "9x9"}, seen=1)


def test_what_is_done_is_told(owner_client: FlaskClient, account: Account, site: Site) -> None:
    owner_client.post("/thinker/personas/new/", data={"name": "Anna", "site_id": site.id, "is_default": "1"})
    persona = db.session.scalars(select(Persona)).one()
    owner_client.post(f"/thinker/personas/{persona.id}/delete/")
    owner_client.post("/thinker/strategy/", data={"note": "Beans", "version": "0"})
    owner_client.post("/thinker/images/", data={"style": "Pencil", "version": "0"})
    events = db.session.scalars(
        select(AuditEvent).where(AuditEvent.action.startswith("prompt.")).order_by(AuditEvent.id)
    ).all()
    assert [(one.action, one.subject) for one in events] == [
        ("prompt.persona_saved", "Anna"),
        ("prompt.persona_deleted", "Anna"),
        ("prompt.strategy_saved", "all sites"),
        ("prompt.images_saved", "all sites"),
    ]


def test_a_site_that_is_not_granted_is_not_there(account: Account, site: Site, sign_in: SignIn) -> None:
    persona = make_persona(account, "Zanzibar", site.id)
    make_site(account, name="Harbour")
    editor = sign_in(make_member(account, "editor", sites=[]))
    for path in (
        f"/thinker/personas/{persona.id}/",
        f"/thinker/strategy/?of={site.id}",
        f"/thinker/images/?of={site.id}",
    ):
        assert editor.get(path).status_code == 404, path
    for path in ("/thinker/personas/", "/thinker/strategy/", "/thinker/images/", "/thinker/personas/new/"):
        page = editor.get(path).text
        assert "Zanzibar" not in page
        assert "Harbour" not in page, path
    data = {"name": "Mine", "site_id": site.id, "note": "Mine", "of": site.id, "version": "0"}
    for path in ("/thinker/personas/new/", "/thinker/strategy/", "/thinker/images/"):
        assert editor.post(path, data=data).status_code == 404, path
