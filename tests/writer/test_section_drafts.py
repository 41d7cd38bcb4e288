"""Drafts with a model, section by section: what is stored is not asked for again, whoever dies, and charged once."""

import hashlib
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

import jobs
from app.ai import gateway
from app.ai.tasks.finishing import FINISHING, FinishingAnswer, FinishingRequest, read_finishing
from app.ai.tasks.outline import OUTLINE
from app.ai.tasks.section import SECTION
from app.billing.models import CreditUsage
from app.content.models import Content
from app.core.actor import THE_APP
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.runs import Run, start_run
from app.planner.models import Cluster
from app.sites.models import Site
from app.thinker import personas, strategy
from app.writer.briefs import services
from app.writer.briefs.models import Brief
from app.writer.briefs.sections import Section
from app.writer.drafting import draft_steps
from app.writer.drafting.draft_steps import Step
from app.writer.drafting.section_models import DraftSection
from app.writer.models import Task
from app.writer.pictures.services import is_for_another_text, planned_images
from app.writer.run_kinds import GENERATE_DRAFTS
from tests.factories.things import make_content, make_task
from tests.factories.work import newest_run, put_back, work
from tests.fakes.openai_server import FakeOpenAI

NAMES = ("Sizes", "Induction", "Care", "Costs")


@pytest.fixture
def task(cluster: Cluster) -> Task:
    task = make_task(cluster, "Moka pots", primary_keyword="moka pot")
    brief = services.brief_of(task)
    brief.outline = [Section(f"s{at}", name, "Say it.", (name,)).stored() for at, name in enumerate(NAMES)]
    brief.questions = ["Is it espresso?"]
    db.session.commit()
    return task


def start(client: FlaskClient, task: Task) -> Run:
    client.post("/writer/tasks/generate/", data={"ids": [task.id]})
    return newest_run()


def asked(openai: FakeOpenAI) -> list[str]:
    """The headings that were asked for, and "finish"."""
    return [seen.data.get("section", {}).get("heading", "finish") for seen in openai.requests]


def content() -> Content:
    return db.session.scalars(select(Content)).one()


TOLD = {
    "title": "Moka MARKER-1",
    "description": 'MARKER-2 {{title}} "quoted"',
    "intent": "commercial",
    "primary_keyword": "MARKER-3",
    "secondary_keywords": ["MARKER-4", "Sizes"],
    "outline": [
        {"id": "a", "heading": "MARKER-5", "notes": "MARKER-6", "keywords": ["MARKER-7"]},
        {"id": "b", "heading": "Sizes", "notes": "", "keywords": ["sizes"]},
    ],
    "length_words": 4321,
    "persona": "MARKER-8",
    "tone": "MARKER-9",
    "country": "NZ",
    "language": "mi",
}


def test_every_field_of_the_brief_is_told_to_who_writes(
    owner_client: FlaskClient, task: Task, site: Site, openai: FakeOpenAI
) -> None:
    page = make_content(site, "MARKER-10", status="published", external_url=f"{site.url}/marker-11/")
    brief = db.session.scalars(select(Brief)).one()
    values = TOLD | {"link_ids": [page.id], "questions": ["MARKER-12"]}
    assert values.keys() == set(services.FIELDS), "a field of the brief that nobody here looks for"
    for name, value in values.items():
        setattr(brief, name, value)
    db.session.commit()
    work(start(owner_client, task))
    *sections, finish = openai.requests
    assert asked(openai) == ["MARKER-5", "Sizes", "finish"]
    for seen in sections:
        data = seen.data
        assert data["keywords"] == ["MARKER-4"]  # that of a section is not told twice
        for name in ("title", "description", "intent", "primary_keyword", "tone", "country", "language"):
            assert data[name] == TOLD[name]
        assert data["headings"] == ["MARKER-5", "Sizes"]
        assert data["words"] == round(4321 * 0.85 / 2)
        assert data["links"] == [{"title": "MARKER-10", "url": page.external_url}]
        assert "MARKER-8" in seen.body["messages"][0]["content"]
    assert sections[0].data["section"] == {"heading": "MARKER-5", "notes": "MARKER-6", "keywords": ["MARKER-7"]}
    assert finish.data["questions"] == ["MARKER-12"]
    assert finish.data["keywords"] == ["MARKER-4", "Sizes"]
    assert (finish.data["description"], finish.data["intent"]) == (TOLD["description"], "commercial")


@pytest.mark.parametrize(
    ("field", "value", "times"),
    [
        ("intent", "commercial", 2),
        ("description", "For beginners.", 2),
        ("secondary_keywords", ["b", "a"], 1),
        ("secondary_keywords", ["a", "b", "c"], 2),
        ("secondary_keywords", ["a", "b", "Care"], 1),  # which a section holds already
    ],
)
def test_a_section_is_written_anew_when_what_the_piece_is_for_was_changed(
    owner_client: FlaskClient, task: Task, openai: FakeOpenAI, field: str, value: Any, times: int
) -> None:
    brief = db.session.scalars(select(Brief)).one()
    brief.intent, brief.description, brief.secondary_keywords = "informational", "", ["a", "b"]
    db.session.commit()
    step = draft_steps.next_step(task.account_id, task.id, has_model=True)
    assert step is not None
    answered: Any = gateway.run(task.account_id, SECTION, step.request)  # type: ignore[arg-type]
    assert draft_steps.store_section(task.account_id, step, answered)
    setattr(brief, field, value)
    db.session.commit()
    work(start(owner_client, task))
    assert asked(openai).count("Sizes") == times


def test_sections_are_written_in_order_then_the_rest(owner_client: FlaskClient, task: Task, openai: FakeOpenAI) -> None:
    run = work(start(owner_client, task))
    assert run.state == "succeeded", run.error
    assert asked(openai) == [*NAMES, "finish"]
    second = openai.requests[1].data
    assert (second["text_before"], second["headings"]) == ("Sizes About Sizes, in some words. More Of it.", [*NAMES])
    html = content().content_html
    places = [html.index(f">{name}</h2>") for name in NAMES]
    assert places == sorted(places)
    assert html.index("moka pot in short.") < places[0]
    assert html.count("<h2") == len(NAMES) + 1  # and the questions
    assert "Is it espresso?</h3>" in html
    assert (content().slug, content().is_outline) == ("moka-pot", False)
    assert len(content().seo_title) <= 60
    assert 121 <= len(content().seo_description) <= 155
    assert [(row.heading, row.shows, row.alt) for row in planned_images(content())] == [("Sizes", "A picture", "Alt")]
    assert not is_for_another_text(content(), planned_images(content()))


def test_persona_and_strategy_are_told_to_each_who_writes_a_part(
    owner_client: FlaskClient, task: Task, openai: FakeOpenAI
) -> None:
    values = {"name": "Anna", "avoid": "delve {{title}} 50% \u200fعربي"}
    personas.save_persona(task.account_id, None, values, site_id=None, is_default=True, seen=0)
    strategy.save_note(task.account_id, task.site_id, "We sell beans.", author="", seen=0)
    db.session.commit()
    work(start(owner_client, task))
    told = [seen.body["messages"][0]["content"] for seen in openai.requests]
    assert len(told) == len(NAMES) + 1
    assert all("Words to avoid: delve {{title}} 50% \u200fعربي" in words for words in told)
    assert all("We sell beans." in words for words in told)


def test_a_killed_worker_goes_on_after_what_is_stored_and_nothing_is_charged_twice(
    owner_client: FlaskClient, task: Task, openai: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = start(owner_client, task)
    real, calls = draft_steps.store_section, []

    def die(*args: Any) -> bool:
        stored = real(*args)
        calls.append(stored)
        if len(calls) == 3:
            raise KeyboardInterrupt  # before the commit: the third is lost
        return stored

    monkeypatch.setattr(draft_steps, "store_section", die)
    with pytest.raises(KeyboardInterrupt):
        jobs.execute(str(run.id))
    monkeypatch.setattr(draft_steps, "store_section", real)
    put_back(run)
    assert db.session.scalar(select(func.count()).select_from(DraftSection)) == 2
    assert work(run).state == "succeeded"
    assert asked(openai) == ["Sizes", "Induction", "Care", "Care", "Costs", "finish"]
    keys = db.session.scalars(select(CreditUsage.key)).all()
    assert len(keys) == len(set(keys)) == len(NAMES) + 1


def test_a_retry_asks_only_for_what_failed(owner_client: FlaskClient, task: Task, openai: FakeOpenAI) -> None:
    openai.answer_next({"content_html": "<p>One.</p>"})
    openai.answer_next({"content_html": "<p>Two.</p>"})
    for _ in range(2):
        openai.answer_next({"content_html": " "})  # and its repair: the third section fails
    run = work(start(owner_client, task))
    assert run.state == "failed"
    assert "without any text" in (run.error or {})["message"]
    assert work(start(owner_client, task)).state == "succeeded"
    assert asked(openai)[-3:] == ["Care", "Costs", "finish"]
    assert asked(openai).count("Sizes") == 1
    assert "One." in content().content_html


def test_a_section_whose_plan_was_changed_is_written_anew(
    owner_client: FlaskClient, task: Task, openai: FakeOpenAI
) -> None:
    step = draft_steps.next_step(task.account_id, task.id, has_model=True)
    assert step is not None
    answered = gateway.run(task.account_id, SECTION, step.request)  # type: ignore[arg-type]
    assert draft_steps.store_section(task.account_id, step, answered)
    assert not draft_steps.store_section(task.account_id, step, answered)  # another worker was first
    db.session.commit()
    brief = db.session.scalars(select(Brief)).one()
    brief.outline = [{**brief.outline[0], "heading": "Sizes, compared"}, *brief.outline[1:]]
    db.session.commit()
    work(start(owner_client, task))
    assert asked(openai) == ["Sizes", "Sizes, compared", *NAMES[1:], "finish"]
    assert ">Sizes, compared</h2>" in content().content_html


def test_two_runs_make_one_content_and_charge_each_section_once(
    owner_client: FlaskClient, task: Task, openai: FakeOpenAI
) -> None:
    first = start(owner_client, task)
    second = start_run(
        account_id=first.account_id,
        kind=GENERATE_DRAFTS,
        title="Again",
        actor=THE_APP,
        site_id=first.site_id,
        params=first.params,
    )
    db.session.commit()
    assert {work(run).state for run in (first, second)} == {"succeeded"}
    assert content().task_id == task.id
    assert asked(openai) == [*NAMES, "finish"]


def test_a_second_run_with_the_same_task_waits_until_the_first_has_ended(
    owner_client: FlaskClient, task: Task, cluster: Cluster, openai: FakeOpenAI
) -> None:
    first = start(owner_client, task)
    first.state, first.lease_until = "running", utcnow() + timedelta(minutes=1)
    db.session.commit()
    owner_client.post("/writer/tasks/generate/", data={"ids": [task.id, make_task(cluster, "Filters").id]})
    second = newest_run()
    assert second.id != first.id
    assert work(second).state == "queued"
    assert openai.requests == []


@pytest.mark.parametrize("with_manner", [False, True])
@pytest.mark.parametrize("change", ["none", "notes"])
def test_a_section_that_an_earlier_release_stored_is_asked_again_only_if_its_plan_was_changed(
    owner_client: FlaskClient, task: Task, openai: FakeOpenAI, change: str, with_manner: bool
) -> None:
    step = draft_steps.next_step(task.account_id, task.id, has_model=True)
    assert step is not None
    answered: Any = gateway.run(task.account_id, SECTION, step.request)  # type: ignore[arg-type]
    brief = db.session.scalars(select(Brief)).one()
    manner = [brief.length_words, brief.tone, brief.country, brief.language, "", ""]  # no persona, no strategy
    plan = json.dumps(["Sizes", "Say it.", ["Sizes"], *(manner if with_manner else [])], ensure_ascii=False).encode()
    earlier = replace(step, asked=hashlib.blake2b(plan, digest_size=16).digest())
    assert draft_steps.store_section(task.account_id, earlier, answered)
    if change == "notes":
        brief.outline = [{**brief.outline[0], "notes": "Say more."}, *brief.outline[1:]]
    db.session.commit()
    work(start(owner_client, task))
    assert asked(openai).count("Sizes") == (1 if change == "none" else 2)
    assert asked(openai)[-4:] == [*NAMES[1:], "finish"]


def test_sections_that_are_planned_while_the_rest_is_asked_for_are_written_before_it(
    owner_client: FlaskClient, task: Task, openai: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, others = draft_steps.is_finish_current, [Section("new", "Care, anew").stored()]

    def saved_meanwhile(account_id: int, step: Step) -> bool:
        values = {"outline": others, "version": Brief.version + 1}
        with db.engine.begin() as connection:
            connection.execute(update(Brief).where(Brief.account_id == account_id).values(**values))
        return real(account_id, step)

    monkeypatch.setattr(draft_steps, "is_finish_current", saved_meanwhile)
    run = work(start(owner_client, task))
    assert run.message == "Wrote 1 draft."
    assert asked(openai) == [*NAMES, "finish", "Care, anew", "finish"]
    assert "About Care, anew, in some words." in content().content_html
    assert "About Sizes" not in content().content_html
    keys = db.session.scalars(select(CreditUsage.key)).all()
    assert len(keys) == len(set(keys)) == len(NAMES) + 2


def test_a_short_plan_is_written_so_too(owner_client: FlaskClient, task: Task, openai: FakeOpenAI) -> None:
    brief = db.session.scalars(select(Brief)).one()
    brief.outline = brief.outline[:1]
    db.session.commit()
    work(start(owner_client, task))
    assert asked(openai) == ["Sizes", "finish"]
    assert openai.requests[1].data["questions"] == ["Is it espresso?"]
    assert planned_images(content())
    assert content().slug == "moka-pot"


def test_the_model_plans_what_nobody_has_planned_and_no_plan_of_a_person_is_replaced(
    owner_client: FlaskClient, task: Task, openai: FakeOpenAI
) -> None:
    brief = db.session.scalars(select(Brief)).one()
    brief.outline, brief.questions = [], ["Mine?"]
    db.session.commit()
    step = draft_steps.next_step(task.account_id, task.id, has_model=True)
    assert step is not None
    answered: Any = gateway.run(task.account_id, OUTLINE, step.request)  # type: ignore[arg-type]
    draft_steps.store_outline(task.account_id, step, answered)
    kept = list(brief.outline)
    assert ([row["heading"] for row in kept], brief.questions, brief.version) == (["On Moka pots"], ["Mine?"], 2)
    draft_steps.store_outline(task.account_id, step, answered)  # somebody was first
    assert (brief.outline, brief.version) == (kept, 2)
    db.session.commit()
    work(start(owner_client, task))
    assert [seen.data.get("section", {}).get("heading", "") for seen in openai.requests] == ["", "On Moka pots", ""]


def finishing(**changes: Any) -> Any:
    answer: dict[str, Any] = {
        "title": "T",
        "slug": "/a b/",
        "introduction_html": "<p>Hello there.</p>",
        "excerpt": "E " * 100,
        "seo_title": "",
        "seo_description": "Short",
        "focus_keywords": ["K", "k"],
        "questions": [{"question": "", "answer_html": "x"}, {"question": "Why?", "answer_html": ""}],
        "images": [{"heading": "h", "shows": " ", "alt": ""}] * 9,
    }
    request = FinishingRequest(title="Moka pots", text="…", primary_keyword="k")
    return read_finishing(request, FinishingAnswer.model_validate({**answer, **changes}), "")


def test_what_is_too_long_or_short_is_put_right() -> None:
    made = finishing()
    assert (made.seo_title, made.slug, made.focus_keywords) == ("T", "a b", ["k"])
    assert 121 <= len(made.seo_description) <= 155
    assert (made.questions, made.images) == ("", [])
    assert len(finishing(seo_title="word " * 40).seo_title) <= 60
    assert 121 <= len(finishing(seo_description="x" * 400).seo_description) <= 155
    assert finishing(seo_description="短い説明。").seo_description == "短い説明。"
    assert FINISHING.limits.items == 1
