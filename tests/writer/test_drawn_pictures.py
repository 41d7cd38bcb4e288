"""Pictures that are planned are drawn: once each, whatever dies, is declined, is full or changes meanwhile."""

import threading
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete

import jobs
from app.ai import gateway
from app.billing.models import CreditUsage
from app.content.images import services as images
from app.content.models import Content, ContentImage
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.runs import turns
from app.sites.models import Site
from app.writer.pictures import runs, services
from app.writer.pictures.models import PlannedImage
from tests.factories.pictures import png
from tests.factories.things import make_content, make_planned_image
from tests.factories.work import newest_run, put_back, work
from tests.fakes.endpoint_server import FakeEndpoint, error
from tests.writer.test_pictures import HTMX, content, draw, endpoint, path, remove, rows, save

__all__ = ["content", "endpoint"]


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


def test_the_first_of_all_that_are_drawn_is_the_featured_image_also_after_a_turn(
    owner_client: FlaskClient, content: Content, endpoint: FakeEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        make_planned_image(content, f"Pot {number}", position=number)
    good = endpoint.answers["/images/generations"]
    endpoint.answers["/images/generations"] = lambda body: (
        error(400, "Rejected by our safety system", "content_policy") if body["prompt"] == "Pot 0" else good(body)
    )
    assert "the first becomes it" in owner_client.get(path(content), headers=HTMX).text
    owner_client.post(f"{path(content)}draw/", data={"role": "featured"}, headers=HTMX)
    monkeypatch.setattr(runs, "MAX_SECONDS", 0)
    run = work(newest_run())
    while run.state == "queued":
        run = work(run)
    assert run.state == "succeeded"
    drawn = db.session.query(ContentImage).order_by(ContentImage.id)
    assert [(image.alt, image.role) for image in drawn] == [("Pot 1", "featured"), ("Pot 2", "gallery")]


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
