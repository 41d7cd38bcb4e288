"""Pictures that are planned for a text: by a model or without one, changed by people, drawn all at once."""

import base64
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

import jobs
from app.accounts.models import Account
from app.ai import gateway
from app.billing.models import CreditUsage
from app.content.images import services as images
from app.content.models import Content, ContentImage
from app.core.clock import utcnow
from app.core.extensions import db
from app.identity.models import User
from app.sites.models import Site
from app.writer.pictures import services
from app.writer.pictures.models import PlannedImage
from tests.factories.pictures import png
from tests.factories.providers import make_provider, make_route
from tests.factories.things import make_content, make_planned_image
from tests.factories.work import newest_run, put_back, work
from tests.fakes.endpoint_server import FakeEndpoint, Said
from tests.fakes.openai_server import FakeOpenAI

HTMX = {"HX-Request": "true"}
TEXT = "<p>All about pots.</p><h2>Sizes</h2><p>Small ones.</p><h3>Very small</h3><h2>Care</h2><p>By hand.</p>"
MINE = {"heading": "Sizes", "prompt": "Two pots beside a hand", "alt": "Pots", "version": "1"}


@pytest.fixture
def content(site: Site) -> Content:
    """A text that no brief of this app has asked for."""
    return make_content(site, "Moka pots", content_html=TEXT)


@pytest.fixture
def endpoint(app: Flask, account: Account, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeEndpoint]:
    """The endpoint that the account has chosen for images."""
    monkeypatch.setitem(app.config, "AI_PRIVATE_HOSTS", ["127.0.0.1"])
    with FakeEndpoint() as server:
        server.answers["/images/generations"] = lambda body: Said(
            200, {"data": [{"b64_json": base64.b64encode(png(40, 30)).decode()}]}
        )
        make_route(account, (make_provider(account, base_url=server.url), "gpt-image-1"), operation="image")
        yield server


def path(content: Content) -> str:
    return f"/writer/contents/{content.id}/pictures/"


def plan(client: FlaskClient, content: Content) -> str:
    return client.post(f"{path(content)}plan/", headers=HTMX).text


def draw(client: FlaskClient, content: Content, **values: str) -> str:
    return client.post(f"{path(content)}draw/", data={"role": "gallery"} | values, headers=HTMX).text


def save(client: FlaskClient, planned: PlannedImage, **values: str) -> str:
    answer = client.post(f"/writer/pictures/{planned.id}/", data=MINE | values, headers=HTMX)
    return str(answer.headers.get("HX-Trigger", "")) + answer.text


def remove(client: FlaskClient, planned_id: int, **options: Any) -> Any:
    """Remove a picture as it was planned first."""
    return client.post(f"/writer/pictures/{planned_id}/delete/", data={"version": "1"}, **options)


def rows(content: Content) -> list[tuple[str, str]]:
    db.session.expire_all()
    return [(row.heading, row.shows) for row in services.planned_images(content)]


def test_without_a_key_each_section_gets_a_picture(owner_client: FlaskClient, content: Content) -> None:
    assert "Pictures that would help" in owner_client.get(f"/content/{content.id}/edit/").text
    assert "Plan pictures" in owner_client.get(path(content), headers=HTMX).text
    assert 'data-state="queued"' in plan(owner_client, content)
    run = work(newest_run())
    assert (run.state, run.message) == ("succeeded", "Planned 2 pictures.")
    assert rows(content) == [("Sizes", "Moka pots: Sizes"), ("Care", "Moka pots: Care")]
    page = owner_client.get(path(content)).text
    assert "Moka pots: Care" in page
    assert "Plan again" in page
    assert "Draw all" not in page  # no model draws
    assert [usage.credits for usage in db.session.query(CreditUsage)] == [0]


def test_a_model_plans_by_title_headings_and_text_and_is_charged_once(
    owner_client: FlaskClient, content: Content, openai: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan(owner_client, content)
    run, real = newest_run(), services.keep_plan

    def die(*args: Any) -> int:
        real(*args)
        raise KeyboardInterrupt  # before the commit

    monkeypatch.setattr(services, "keep_plan", die)
    with pytest.raises(KeyboardInterrupt):
        jobs.execute(str(run.id))
    monkeypatch.setattr(services, "keep_plan", real)
    put_back(run)
    assert rows(content) == []
    assert work(run).state == "succeeded"
    put_back(run)
    assert remove(owner_client, services.planned_images(content)[1].id).status_code == 303
    assert work(run).state == "succeeded"  # its worker died after the commit
    assert len(openai.requests) == 2
    assert rows(content) == [("Sizes", "A picture of Sizes")]  # and a person removed the other
    data = openai.requests[0].data
    assert (data["title"], data["headings"], data["language"]) == ("Moka pots", ["Sizes", "Care"], "en")
    assert "By hand." in data["text"]
    assert [(usage.operation, usage.credits) for usage in db.session.query(CreditUsage)] == [("image_briefs", 1)]


def test_what_a_person_changed_stays_when_pictures_are_planned_again(
    owner_client: FlaskClient, content: Content, openai: FakeOpenAI
) -> None:
    plan(owner_client, content)
    work(newest_run())
    first, second = services.planned_images(content)
    assert "Two pots beside a hand" in save(owner_client, first)
    assert remove(owner_client, second.id, headers=HTMX).status_code == 200
    assert rows(content) == [("Sizes", "Two pots beside a hand")]
    assert "was changed since" not in owner_client.get(path(content), headers=HTMX).text
    content.content_html = TEXT.replace("<h3>", "<h2>Steel</h2><p>It lasts.</p><h3>")
    db.session.commit()
    assert "The text was changed since these were planned." in owner_client.get(path(content), headers=HTMX).text
    plan(owner_client, content)
    work(newest_run())
    assert sorted(rows(content)) == [
        ("Care", "A picture of Care"),
        ("Sizes", "Two pots beside a hand"),
        ("Steel", "A picture of Steel"),
    ]
    assert "was changed since" not in owner_client.get(path(content), headers=HTMX).text


def test_a_change_made_while_pictures_are_planned_stays(
    owner_client: FlaskClient, content: Content, openai: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned, real = make_planned_image(content, "Old", heading="Sizes"), gateway.run

    def meanwhile(*args: Any, **values: Any) -> Any:
        save(owner_client, planned)
        return real(*args, **values)

    plan(owner_client, content)
    monkeypatch.setattr(gateway, "run", meanwhile)
    work(newest_run())
    assert sorted(rows(content)) == [("Care", "A picture of Care"), ("Sizes", "Two pots beside a hand")]


def test_only_the_first_of_two_people_saves_and_the_second_keeps_the_words(
    owner_client: FlaskClient, content: Content
) -> None:
    planned = make_planned_image(content)
    save(owner_client, planned)
    answer = save(owner_client, planned, prompt="My words", alt="Mine")
    assert "Somebody else changed this picture" in answer
    assert "My words</textarea>" in answer
    assert rows(content) == [("Sizes", "Two pots beside a hand")]
    plain = owner_client.post(f"/writer/pictures/{planned.id}/", data=MINE | {"prompt": "My words"})
    assert (plain.status_code, "My words</textarea>" in plain.text) == (409, True)


@pytest.mark.parametrize(("field", "length"), [("prompt", 4001), ("prompt", 0), ("heading", 301), ("alt", 501)])
def test_texts_of_a_picture_have_bounds(owner_client: FlaskClient, content: Content, field: str, length: int) -> None:
    answer = save(owner_client, make_planned_image(content), **{field: "x" * length})
    assert "characters" in answer
    assert rows(content) == [("", "A pot")]


def test_a_picture_that_a_colleague_changed_since_is_not_removed(owner_client: FlaskClient, content: Content) -> None:
    planned = make_planned_image(content)
    save(owner_client, planned)
    answer = remove(owner_client, planned.id, headers=HTMX)
    assert "Somebody else changed this picture" in answer.headers["HX-Trigger"]
    assert "Two pots beside a hand" in answer.text
    assert rows(content) == [("Sizes", "Two pots beside a hand")]


def test_nothing_is_started_without_text_or_model_or_in_the_trash(owner_client: FlaskClient, content: Content) -> None:
    make_planned_image(content)
    answer = owner_client.post(f"{path(content)}draw/", headers=HTMX)
    assert "no model for images" in answer.headers["HX-Trigger"]
    content.content_html = "<p></p>"
    db.session.commit()
    assert "no text" in owner_client.post(f"{path(content)}plan/", headers=HTMX).headers["HX-Trigger"]
    content.content_html, content.trashed_at = TEXT, utcnow()
    db.session.commit()
    for what in ("plan", "draw"):
        assert "trash" in owner_client.post(f"{path(content)}{what}/", headers=HTMX).headers["HX-Trigger"]


def test_planning_takes_nothing_away_that_is_being_drawn(
    owner_client: FlaskClient, content: Content, endpoint: FakeEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_planned_image(content, "An old pot", heading="Sizes")
    briefs = [{"heading": name, "shows": f"A picture of {name}", "alt": ""} for name in ("Sizes", "Care")]
    draw(owner_client, content)
    run, real, account_id, content_id = newest_run(), gateway.run, content.account_id, content.id
    assert "being drawn" in owner_client.post(f"{path(content)}plan/", headers=HTMX).headers["HX-Trigger"]

    def meanwhile(*args: Any, **values: Any) -> Any:
        assert services.keep_plan(images.lock_content(content_id, account_id), briefs, TEXT) == 1
        db.session.commit()  # of a run that was started before
        return real(*args, **values)

    monkeypatch.setattr(gateway, "run", meanwhile)
    ended = work(run)
    assert (ended.state, ended.message) == ("succeeded", "Drew 1 picture. 1 left.")
    assert db.session.query(ContentImage).one().alt == "An old pot"
    assert sorted(rows(content)) == [("Care", "A picture of Care"), ("Sizes", "An old pot")]


def test_a_second_save_does_not_overwrite_what_a_colleague_wrote_unseen(
    owner_client: FlaskClient, content: Content
) -> None:
    planned = make_planned_image(content)
    save(owner_client, planned)
    answer = save(owner_client, planned, prompt="My words", alt="Mine")
    assert "Somebody else saved this:" in answer
    assert '<p dir="auto"><strong>Sizes</strong><br>Two pots beside a hand</p>' in answer
    version = re.findall(r'name="version" value="(\d+)"', answer)
    again = save(owner_client, planned, prompt="My words", alt="Mine", version=version[0])
    assert "Somebody else changed this picture" in again
    assert rows(content) == [("Sizes", "Two pots beside a hand")]
    opened = owner_client.get(f"{path(content)}?again={planned.id}", headers=HTMX).text
    assert "hx-preserve" not in opened
    version = re.findall(r'name="version" value="(\d+)"', opened)
    assert "Saved." in save(owner_client, planned, prompt="My words", version=version[0])
    assert rows(content) == [("Sizes", "My words")]


def test_the_places_for_pictures_are_named_in_the_reader_s_language(
    owner: User, owner_client: FlaskClient, content: Content, endpoint: FakeEndpoint
) -> None:
    make_planned_image(content)
    owner.language = "ur"
    db.session.commit()
    page = owner_client.get(path(content), headers=HTMX).text
    assert 'value="gallery"' in page
    assert ">Gallery<" not in page.replace("\n", "")
