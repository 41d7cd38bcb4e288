"""Pictures that are planned for a text: by a model or without one, changed by people, drawn all at once."""

import base64
import re
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete

import jobs
from app.accounts.models import Account
from app.ai import gateway
from app.billing.models import CreditUsage
from app.content.images import services as images
from app.content.models import Content, ContentImage
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.runs import turns
from app.identity.models import User
from app.sites.models import Site
from app.writer.pictures import runs, services
from app.writer.pictures.models import PlannedImage
from tests.factories.pictures import png
from tests.factories.providers import make_provider, make_route
from tests.factories.things import make_content, make_planned_image
from tests.factories.work import newest_run, put_back, work
from tests.fakes.endpoint_server import FakeEndpoint, Said, error
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


def test_all_that_is_planned_is_drawn_once_each_also_after_a_killed_worker(
    owner_client: FlaskClient, content: Content, endpoint: FakeEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        make_planned_image(content, f"Pot {number}", alt="" if number else "The first", position=number)
    assert "3 pictures are not drawn" in " ".join(owner_client.get(path(content), headers=HTMX).text.split())
    draw(owner_client, content)
    run, real = newest_run(), gateway.run
    drawn: list[Any] = []

    def die(*args: Any, **values: Any) -> Any:
        if len(drawn) == 2:
            raise KeyboardInterrupt
        drawn.append(real(*args, **values))
        return drawn[-1]

    monkeypatch.setattr(gateway, "run", die)
    with pytest.raises(KeyboardInterrupt):
        jobs.execute(str(run.id))
    monkeypatch.setattr(gateway, "run", real)
    put_back(run)
    assert db.session.query(ContentImage).count() == 2
    ended = work(run)
    assert (ended.state, ended.message) == ("succeeded", "Drew 3 pictures.")
    images = db.session.query(ContentImage).order_by(ContentImage.id).all()
    assert [image.alt for image in images] == ["The first", "Pot 1", "Pot 2"]
    assert [row.image_id for row in services.planned_images(content)] == [image.id for image in images]
    assert [body["prompt"] for _path, body in endpoint.seen] == ["Pot 0", "Pot 1", "Pot 2"]
    keys = [usage.key for usage in db.session.query(CreditUsage)]
    assert len(keys) == len(set(keys)) == 3
    assert "are drawn" in owner_client.post(f"{path(content)}draw/", headers=HTMX).headers["HX-Trigger"]
    panel = owner_client.get(f"{path(content)}?ended=1", headers=HTMX).text
    assert f'hx-post="/content/{content.id}/images/show/"' in panel
    assert "Draw all" not in panel


def test_a_picture_that_is_declined_holds_up_no_other_and_one_taken_out_meanwhile_is_not_added(
    owner_client: FlaskClient, content: Content, endpoint: FakeEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, third = (make_planned_image(content, f"Pot {number}", position=number) for number in range(3))
    ids, second_id, real = [first.id, third.id], second.id, gateway.run
    draw(owner_client, content)
    good = endpoint.answers["/images/generations"]
    endpoint.answers["/images/generations"] = lambda body: (
        error(400, "Rejected by our safety system", "content_policy") if body["prompt"] == "Pot 0" else good(body)
    )

    def meanwhile(*args: Any, **values: Any) -> Any:
        if args[2].prompt == "Pot 1":
            assert remove(owner_client, second_id).status_code == 303
        return real(*args, **values)

    monkeypatch.setattr(gateway, "run", meanwhile)
    run = work(newest_run())
    assert (run.state, run.message) == ("succeeded", "Drew 1 picture. 1 left.")
    assert [image.alt for image in db.session.query(ContentImage)] == ["Pot 2"]
    assert [row.id for row in services.planned_images(content)] == ids
    assert len(db.session.query(CreditUsage).all()) == 1


def test_a_picture_that_a_colleague_changed_since_is_not_removed(owner_client: FlaskClient, content: Content) -> None:
    planned = make_planned_image(content)
    save(owner_client, planned)
    answer = remove(owner_client, planned.id, headers=HTMX)
    assert "Somebody else changed this picture" in answer.headers["HX-Trigger"]
    assert "Two pots beside a hand" in answer.text
    assert rows(content) == [("Sizes", "Two pots beside a hand")]


def test_words_changed_while_a_picture_is_drawn_are_still_to_be_drawn(
    owner_client: FlaskClient, content: Content, endpoint: FakeEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned, real = make_planned_image(content, "A pot"), gateway.run

    def meanwhile(*args: Any, **values: Any) -> Any:
        save(owner_client, planned, prompt="Two cups", alt="Cups")
        return real(*args, **values)

    draw(owner_client, content)
    monkeypatch.setattr(gateway, "run", meanwhile)
    run = work(newest_run())
    assert run.state == "succeeded"
    assert [image.alt for image in db.session.query(ContentImage)] == ["A pot"]
    assert [(row.shows, row.image_id) for row in services.undrawn(content)] == [("Two cups", None)]


def test_an_image_that_is_taken_off_the_content_may_be_drawn_again(
    owner_client: FlaskClient, content: Content, endpoint: FakeEndpoint
) -> None:
    make_planned_image(content)
    draw(owner_client, content)
    work(newest_run())
    assert "Draw all" not in owner_client.get(path(content), headers=HTMX).text
    db.session.delete(db.session.query(ContentImage).one())
    db.session.commit()
    assert "Draw all" in owner_client.get(path(content), headers=HTMX).text


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


def test_no_picture_is_asked_for_that_there_is_no_room_for(
    owner_client: FlaskClient, content: Content, endpoint: FakeEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(images, "MAX_IMAGES", 2)
    first, *_others = [make_planned_image(content, f"Pot {number}", position=number) for number in range(3)]
    first_id = first.id
    draw(owner_client, content)
    run = newest_run()
    assert (run.total, run.params["ids"][0]) == (2, first_id)
    images.add_image(db.session.merge(content), png(5, 5), "mine.png", "gallery")  # while the run waits
    db.session.commit()
    ended = work(run)
    assert (ended.state, ended.error and ended.error["code"]) == ("failed", "TOO_MANY_IMAGES")
    assert [body["prompt"] for _path, body in endpoint.seen] == ["Pot 0"]
    answer = owner_client.post(f"{path(content)}draw/", data={"role": "gallery"}, headers=HTMX)
    assert "There are 2 images already." in answer.headers["HX-Trigger"]


def test_nothing_is_drawn_for_content_that_was_put_in_the_trash_or_for_a_full_account(
    app: Flask, owner_client: FlaskClient, content: Content, endpoint: FakeEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_planned_image(content)
    draw(owner_client, content)
    run = newest_run()
    monkeypatch.setitem(app.config, "IMAGE_GB_PER_ACCOUNT", 0)
    assert (work(run).error or {})["code"] == "IMAGE_QUOTA"
    put_back(run)
    content.trashed_at = utcnow()
    db.session.commit()
    assert (work(run).error or {})["code"] == "CONTENT_TRASHED"
    assert endpoint.seen == []


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


def test_a_picture_that_is_taken_out_while_its_image_is_stored_leaves_the_image(
    owner_client: FlaskClient, content: Content, endpoint: FakeEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned_id, real = make_planned_image(content, "A pot", alt="Planned").id, services.mark_drawn
    data = {"prompt": "A pot", "role": "gallery"}
    owner_client.post(f"/writer/contents/{content.id}/drawing/", data=data)
    with db.engine.connect() as other:

        def meanwhile(*args: Any) -> str:
            assert other.execute(delete(PlannedImage).where(PlannedImage.id == planned_id)).rowcount == 1
            threading.Timer(0.5, other.commit).start()
            return real(*args)

        monkeypatch.setattr(services, "mark_drawn", meanwhile)
        assert work(newest_run()).state == "succeeded"
    assert (rows(content), db.session.query(ContentImage).one().alt) == ([], "A pot")


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


def test_others_have_a_turn_between_two_pictures_and_none_is_declined_twice(
    owner_client: FlaskClient,
    site: Site,
    content: Content,
    endpoint: FakeEndpoint,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(turns, "TURN_SECONDS", 0)
    good = endpoint.answers["/images/generations"]
    endpoint.answers["/images/generations"] = lambda body: (
        error(400, "Rejected by our safety system", "content_policy") if body["prompt"] == "Pot 0" else good(body)
    )
    for number in range(3):
        make_planned_image(content, f"Pot {number}", position=number)
    draw(owner_client, content)
    run, other = newest_run(), make_content(site, "Filters")
    make_planned_image(other, "A filter")
    draw(owner_client, other)
    assert run.lane == newest_run().lane
    for prompts in (["Pot 0"], ["Pot 0", "Pot 1"]):
        run = work(run)
        assert (run.state, run.step) == ("queued", "Letting others have a turn")
        assert [body["prompt"] for _path, body in endpoint.seen] == prompts
    ended = work(run)
    assert (ended.state, ended.message) == ("succeeded", "Drew 2 pictures. 1 left.")
    assert [body["prompt"] for _path, body in endpoint.seen] == ["Pot 0", "Pot 1", "Pot 2"]


def test_a_run_ends_its_turn_well_before_its_job_is_killed(
    owner_client: FlaskClient, content: Content, endpoint: FakeEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "MAX_SECONDS", -1)
    for number in range(2):
        make_planned_image(content, f"Pot {number}", position=number)
    draw(owner_client, content)
    run = work(newest_run())
    assert (run.state, run.step, len(endpoint.seen)) == ("queued", "Going on in a moment", 1)
    assert work(run).message == "Drew 2 pictures."


def test_what_is_drawn_says_so_beside_what_somebody_types(owner_client: FlaskClient, content: Content) -> None:
    image = images.add_image(db.session.merge(content), png(5, 5), "mine.png", "gallery")
    make_planned_image(content, image_id=image.id)
    page = owner_client.get(path(content), headers=HTMX).text
    assert "Drawn" in page.split("</details>")[1]


def test_the_places_for_pictures_are_named_in_the_reader_s_language(
    owner: User, owner_client: FlaskClient, content: Content, endpoint: FakeEndpoint
) -> None:
    make_planned_image(content)
    owner.language = "ur"
    db.session.commit()
    page = owner_client.get(path(content), headers=HTMX).text
    assert 'value="gallery"' in page
    assert ">Gallery<" not in page.replace("\n", "")
