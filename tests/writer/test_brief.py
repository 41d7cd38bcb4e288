"""The brief: made of what is known, changed by a person, obeyed by who writes. Nothing that was typed is lost."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.datastructures import MultiDict

from app.accounts.models import Account
from app.content.models import Content
from app.core.extensions import db
from app.core.runs import Run
from app.core.tenancy import owned
from app.meaning.digests import digest_of
from app.meaning.models import TextVector
from app.planner.models import Cluster
from app.sites.models import Site
from app.writer.briefs import nearest, services
from app.writer.briefs.forms import BriefForm
from app.writer.briefs.models import Brief
from app.writer.briefs.sections import Section, rearranged
from app.writer.models import Task
from tests.factories.people import SignIn, make_member
from tests.factories.races import race
from tests.factories.stripe import give_credits
from tests.factories.things import make_content, make_keyword, make_task
from tests.factories.work import newest_run, work
from tests.fakes.openai_server import FakeOpenAI

WORDS = (("moka pot", 900), ("moka pot sizes", 500), ("is moka pot coffee espresso", 400), ("moka pot induction", 90))


@pytest.fixture
def task(site: Site, cluster: Cluster) -> Task:
    keywords = [make_keyword(site, text, volume=volume, cluster_id=cluster.id) for text, volume in WORDS]
    task = make_task(cluster, "Moka pots: a practical guide", primary_keyword="moka pot", tone="calm", country="IT")
    task.keywords = keywords
    db.session.commit()
    return task


def here(task: Task) -> str:
    return f"/writer/tasks/{task.id}/brief/"


def stored() -> Brief:
    return db.session.scalars(select(Brief)).one()


def filled(task: Task, **changes: Any) -> MultiDict[str, str]:
    """The form as the page holds it, with changes."""
    form = BriefForm.of(services.brief_of(task))
    db.session.commit()
    fields = MultiDict(
        {
            "version": str(form.version),
            "title": form.title,
            "primary_keyword": form.primary_keyword,
            "secondary_keywords": "\n".join(form.secondary_keywords),
            "questions": "\n".join(form.questions),
            "intent": form.intent,
            "length_words": form.length,
            "language": form.language,
            "tone": form.tone,
            "country": form.country,
        }
    )
    for section in form.sections:
        for name, value in (("section_id", section.id), ("heading", section.heading), ("notes", section.notes)):
            fields.add(name, value)
        fields.add("section_keywords", ", ".join(section.keywords))
    for name, value in changes.items():
        fields.setlist(name, value if isinstance(value, list) else [value])
    return fields


def test_it_is_made_of_the_task_its_cluster_and_their_keywords(owner_client: FlaskClient, task: Task) -> None:
    page = owner_client.get(here(task))
    assert page.status_code == 200
    brief = stored()
    assert (brief.title, brief.primary_keyword, brief.tone, brief.country) == (task.title, "moka pot", "calm", "IT")
    assert (brief.language, brief.length_words, brief.intent, brief.version) == ("en", 1500, "informational", 1)
    assert brief.secondary_keywords == ["moka pot sizes", "moka pot induction"]
    assert brief.questions == ["Is moka pot coffee espresso?"]
    assert {"Moka pot sizes", "Induction"} <= {section["heading"] for section in brief.outline}
    assert "Is moka pot coffee espresso?" in page.text
    owner_client.get(here(task))
    assert db.session.scalar(select(func.count()).select_from(Brief)) == 1


def test_where_all_keywords_ask_they_are_what_the_piece_is_found_for_besides(site: Site, cluster: Cluster) -> None:
    asking = ["how to clean a moka pot", "how to clean a moka pot with vinegar", "why does my moka pot sputter"]
    for volume, text in zip((30, 20, 10), asking, strict=True):
        make_keyword(site, text, volume=volume, cluster_id=cluster.id)
    brief = services.brief_of(make_task(cluster, "How to clean a moka pot", primary_keyword=asking[0]))
    assert brief.secondary_keywords
    assert set(brief.secondary_keywords) <= set(asking[1:])


def test_keywords_of_the_cluster_that_are_alike_by_meaning_belong_to_it(site: Site, cluster: Cluster) -> None:
    texts = ("coffee for a crowd", "large batch cold brew", "coffee canister airtight", "coffee cupping class")
    apart = {texts[0]: b"\x00<\x00\x00", texts[1]: b"\x00<\x00\x38"}
    for text in texts:
        make_keyword(site, text, cluster_id=cluster.id)
        vector = apart.get(text, b"\x00\x00\x00<")
        db.session.add(TextVector(account_id=site.account_id, digest=digest_of(text), model="m", vector=vector))
    task = make_task(cluster, "Coffee for a crowd", primary_keyword="coffee for a crowd")
    assert services.brief_of(task).secondary_keywords == ["large batch cold brew"]


def test_two_who_open_it_at_once_get_the_same_one(app: Flask, task: Task) -> None:
    task_id = task.id
    made = race(app, lambda _: services.brief_of(db.session.get_one(Task, task_id)).id, count=4)
    assert made == [stored().id] * 4


def test_of_two_who_save_at_once_one_is_told(app: Flask, task: Task) -> None:
    account_id, task_id = task.account_id, task.id
    values = BriefForm.of(services.brief_of(task)).values()

    def save(number: int) -> int:
        changed = {**values, "title": f"Number {number}"}
        return services.save_brief(account_id, task_id, changed, expected_version=1).version

    results = race(app, save)
    assert sorted(type(result).__name__ for result in results) == ["BriefConflict", "int"]
    assert stored().version == 2


def test_a_viewer_sees_it_and_stores_nothing(sign_in: SignIn, account: Account, task: Task) -> None:
    page = sign_in(make_member(account, "viewer")).get(here(task))
    assert page.status_code == 200
    assert "Moka pot sizes" in page.text
    assert ">Save<" not in page.text
    assert db.session.scalar(select(func.count()).select_from(Brief)) == 0


def test_a_change_is_saved_and_the_task_follows_it(owner_client: FlaskClient, task: Task) -> None:
    sections = ["a", "b"]
    fields = filled(
        task,
        title="Moka pots, chosen and used",
        primary_keyword="moka pots",
        secondary_keywords="one\n\nTwo\none",
        length_words="2,000",
        section_id=sections,
        heading=["First", "فنجان"],
        notes=["Say it.\r\n- a point", ""],
        section_keywords=["x, y", ""],
        persona="A barista",
        country="de",
    )
    answer = owner_client.post(here(task), data=fields)
    assert (answer.status_code, answer.location) == (303, here(task))
    brief = stored()
    assert (brief.version, brief.length_words, brief.secondary_keywords) == (2, 2000, ["one", "Two"])
    assert brief.outline[0] == {"id": "a", "heading": "First", "notes": "Say it.\n- a point", "keywords": ["x", "y"]}
    assert (brief.outline[1]["heading"], brief.persona, brief.country) == ("فنجان", "A barista", "DE")
    task = owned(Task, task.id, task.account_id)
    assert (task.title, task.primary_keyword, task.country) == ("Moka pots, chosen and used", "moka pots", "DE")


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("title", " ", "A title has 1 to 300 characters."),
        ("length_words", "many", "A length is a whole number from 50 to 20,000."),
        ("length_words", "20", "A length is a whole number from 50 to 20,000."),
        ("country", "Germany", "A country is its two-letter code"),
        ("language", "xx", "Choose the language of the text."),
        ("intent", "robbery", "Choose what the searcher wants."),
        ("primary_keyword", "k" * 256, "A keyword has 1 to 255 characters."),
        ("questions", "q" * 301, "A question has at most 300 characters."),
        ("heading", ["", "", "x"], "Give section 1 a heading, or remove it."),
    ],
)
def test_what_is_wrong_is_told_and_all_that_was_typed_stays(
    owner_client: FlaskClient, task: Task, field: str, value: Any, words: str
) -> None:
    answer = owner_client.post(here(task), data=filled(task, description="Keep these words", **{field: value}))
    assert answer.status_code == 422
    assert words in answer.text
    assert "Keep these words" in answer.text
    assert stored().version == 1


def test_who_saves_over_somebody_else_is_told_and_keeps_what_they_typed(owner_client: FlaskClient, task: Task) -> None:
    mine = filled(task, title="Mine", questions="My question")
    assert owner_client.post(here(task), data=filled(task, title="Theirs")).status_code == 303
    answer = owner_client.post(here(task), data=mine)
    assert answer.status_code == 409
    for words in (
        "Somebody else saved this brief",
        "Theirs",
        'value="Mine"',
        "My question",
        'name="version" value="2"',
    ):
        assert words in answer.text
    assert stored().title == "Theirs"
    mine["version"] = "2"
    assert owner_client.post(here(task), data=mine).status_code == 303
    assert (stored().title, stored().version) == ("Mine", 3)


def test_a_session_that_ended_loses_nothing_that_was_typed(app: Flask, task: Task) -> None:
    fields = filled(task, heading=["My own heading"], section_id=["a"], notes=["A note"], section_keywords=["k"])
    answer = app.test_client().post(here(task), data=fields, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 401
    for words in ("My own heading", "A note", 'name="section_keywords"', "Is moka pot coffee espresso?"):
        assert words in answer.text


def test_sections_are_moved_added_and_removed_without_script_and_nothing_is_saved(
    owner_client: FlaskClient, task: Task
) -> None:
    fields = filled(
        task, title="Unsaved", do="down:a", section_id=["a", "b"], heading=["First", "Second"], notes=["", ""]
    )
    page = owner_client.post(here(task), data=fields)
    assert page.status_code == 200
    assert page.text.index('value="Second"') < page.text.index('value="First"')
    assert 'value="Unsaved"' in page.text
    assert "Not saved yet." in page.text
    assert stored().version == 1
    part = owner_client.post(here(task), data={**fields.to_dict(), "do": "add"}, headers={"HX-Request": "true"})
    assert part.text.lstrip().startswith("<section")
    assert "autofocus" in part.text


def test_moving_sections() -> None:
    one, two, three = (Section(name, name) for name in "abc")
    rows = [one, two, three]
    assert rearranged(rows, "up:b") == [two, one, three]
    assert rearranged(rows, "down:b") == [one, three, two]
    assert rearranged(rows, "remove:a") == [two, three]
    assert rearranged(rows, "add:a")[1].is_blank
    assert [rearranged(rows, wish) for wish in ("up:a", "down:c", "up:z", "nonsense")] == [rows] * 4


def test_only_live_pages_of_the_site_can_be_linked_to(owner_client: FlaskClient, task: Task, site: Site) -> None:
    live = make_content(
        site, "Grinders", status="published", external_id=5, external_url="https://x.example.com/grinders/"
    )
    draft = make_content(site, "Half a draft")
    fields = filled(task, link_ids=[str(live.id), str(draft.id), "999999"])
    assert owner_client.post(here(task), data=fields).status_code == 303
    assert stored().link_ids == [live.id]
    fields = filled(task, do="find", link_q="grind")
    part = owner_client.post(here(task), data=fields, headers={"HX-Request": "true"}).text
    assert "Grinders" in part
    assert "Half a draft" not in part


def test_the_draft_is_written_by_the_brief(owner_client: FlaskClient, task: Task) -> None:
    fields = filled(
        task, do="write", section_id=["s1"], heading=["My only section"], notes=["A thought."], section_keywords=[""]
    )
    answer = owner_client.post(here(task), data=fields)
    assert answer.location.startswith("/writer/tasks/?run=")
    assert work(newest_run()).state == "succeeded"
    content = db.session.scalars(select(Content)).one()
    assert "My only section" in content.content_html
    assert "Induction" not in content.content_html
    assert "in the editor" in owner_client.get(here(task)).text


def test_a_task_without_a_brief_gets_one_when_it_is_written(owner_client: FlaskClient, task: Task) -> None:
    owner_client.post("/writer/tasks/generate/", data={"ids": [task.id]})
    work(newest_run())
    assert "Induction" in db.session.scalars(select(Content)).one().content_html
    assert stored().task_id == task.id


def test_the_brief_of_a_draft_outlives_its_task_and_others_do_not(
    owner_client: FlaskClient, task: Task, site: Site, cluster: Cluster
) -> None:
    ids = [task.id, make_task(cluster).id]
    for task_id in ids:
        owner_client.get(f"/writer/tasks/{task_id}/brief/")
    make_content(site, task_id=ids[0])
    owner_client.post("/writer/tasks/delete/", data={"ids": ids})
    assert stored().task_id == ids[0]


def test_what_the_site_has_already_is_found_by_meaning(owner_client: FlaskClient, task: Task, site: Site) -> None:
    twin = make_content(site, "A practical guide to moka pots")
    make_content(site, "Company holidays 2026")
    make_content(site, "Moka pots, thrown away", remote_status="trash")
    page = owner_client.get(here(task))
    assert 'hx-trigger="load"' in page.text
    answer = owner_client.post(here(task) + "nearest/", headers={"HX-Request": "true"})
    assert "Looking for what the site has already" in answer.text
    run = work(newest_run())
    assert run.state == "succeeded", run.error
    assert [row["id"] for row in stored().nearest] == [twin.id]
    assert stored().version == 1
    region = owner_client.get(here(task) + "nearest/").text
    assert "A practical guide to moka pots" in region
    assert "May serve the same search" in region


def test_of_very_many_contents_those_near_are_found_by_a_shortlist(
    owner_client: FlaskClient, task: Task, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nearest, "WHOLE", 1)
    twin = make_content(site, "A practical guide to moka pots")
    for title in ("Company holidays 2026", "How to paint a fence"):
        make_content(site, title)
    owner_client.post(here(task) + "nearest/", headers={"HX-Request": "true"})
    run = work(newest_run())
    assert run.data["compared"] == 3
    assert [row["id"] for row in stored().nearest] == [twin.id]


def test_an_outline_is_proposed_and_taken_over_only_by_hand(
    owner_client: FlaskClient, task: Task, openai: FakeOpenAI
) -> None:
    answer = owner_client.post(here(task), data=filled(task, do="propose", description="For beginners"))
    assert answer.location == here(task) + "#planning"
    run = work(newest_run())
    assert run.state == "succeeded", run.error
    (seen,) = openai.requests
    assert (seen.data["title"], seen.data["description"]) == (task.title, "For beginners")
    assert "On moka pot sizes" not in {section["heading"] for section in stored().outline}
    page = owner_client.get(here(task)).text
    assert "An outline is proposed." in page
    assert "On moka pot sizes" in page
    page = owner_client.post(here(task), data=filled(task, do=f"use:{run.id}", title="My edit")).text
    assert 'value="On moka pot sizes"' in page
    assert "Is it so?" in page
    assert 'value="My edit"' in page
    assert stored().version == 2  # saved by asking, not by looking
    owner_client.post(here(task), data=filled(task))
    assert "An outline is proposed." not in owner_client.get(here(task)).text


@pytest.mark.usefixtures("openai")
@pytest.mark.parametrize("act", ["write", "propose"])
def test_what_was_typed_is_kept_where_credits_are_missing_and_the_page_says_so(
    owner_client: FlaskClient, account: Account, task: Task, act: str
) -> None:
    give_credits(account, plan=0)
    page = owner_client.post(here(task), data=filled(task, title="Moka pots, told anew", do=act))
    assert (page.status_code, count_runs()) == (402, 0)
    assert "The brief is saved, but not started." in page.text
    brief = stored()
    assert (brief.title, brief.version) == ("Moka pots, told anew", 2)
    assert 'name="version" value="2"' in page.text
    give_credits(account, plan=100)
    assert owner_client.post(here(task), data=filled(task, do=act)).status_code == 303
    assert count_runs() == 1


def count_runs() -> int:
    return db.session.scalars(select(func.count()).select_from(Run)).one()


def test_what_somebody_else_saved_meanwhile_is_not_written(owner_client: FlaskClient, task: Task) -> None:
    fields = filled(task, do="write")
    owner_client.post(here(task), data=filled(task, title="Theirs"))
    assert owner_client.post(here(task), data=fields).status_code == 409
    assert (stored().title, count_runs()) == ("Theirs", 0)
