"""Images drawn from the editor: by the chosen model, in the site's style, once; an own key costs no credits."""

import base64
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import Account
from app.ai.calls.models import AiCall
from app.billing.models import CreditUsage
from app.content.images import services as images
from app.content.models import Content, ContentImage
from app.core.extensions import db
from app.core.runs import Run
from app.sites.models import Site
from app.thinker.models import ImageSettings
from tests.factories.pictures import png
from tests.factories.providers import make_provider, make_route
from tests.factories.things import make_content, make_planned_image
from tests.factories.work import newest_run, put_back, work
from tests.fakes.endpoint_server import FakeEndpoint, Said, error

HTMX = {"HX-Request": "true"}
PROMPT = "A moka pot on a stove, morning light"


@pytest.fixture
def content(site: Site) -> Content:
    return make_content(site, "Moka pots")


@pytest.fixture
def fake(app: Flask, account: Account, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeEndpoint]:
    """The endpoint that the account has chosen for images."""
    monkeypatch.setitem(app.config, "AI_PRIVATE_HOSTS", ["127.0.0.1"])
    with FakeEndpoint() as endpoint:
        picture = base64.b64encode(png(40, 30)).decode()
        endpoint.answers["/images/generations"] = lambda body: Said(200, {"data": [{"b64_json": picture}]})
        make_route(account, (make_provider(account, base_url=endpoint.url), "gpt-image-1"), operation="image")
        yield endpoint


def ask(owner_client: FlaskClient, content: Content, **values: str) -> str:
    data = {"prompt": PROMPT, "role": "featured"} | values
    return owner_client.post(f"/writer/contents/{content.id}/drawing/", data=data, headers=HTMX).text


def test_an_image_is_drawn_and_added_with_its_alt_text(
    owner_client: FlaskClient, content: Content, fake: FakeEndpoint
) -> None:
    assert "Draw an image" in owner_client.get(f"/content/{content.id}/edit/").text
    assert 'data-state="queued"' in ask(owner_client, content)
    run = work(newest_run())
    assert run.state == "succeeded"
    image = db.session.query(ContentImage).one()
    assert (image.role, image.alt, image.width, image.height) == ("featured", PROMPT, 40, 30)
    assert image.filename.startswith("a-moka-pot-on-a-stove-morning-light-")
    call, usage = db.session.query(AiCall).one(), db.session.query(CreditUsage).one()
    assert (call.run_id, call.state, call.credits, usage.credits) == (run.id, "succeeded", 0, 0)
    ended = owner_client.get(f"/writer/contents/{content.id}/drawing/?ended=1", headers=HTMX).text
    assert f'hx-post="/content/{content.id}/images/show/"' in ended


def test_a_run_that_starts_again_draws_nothing_twice(
    owner_client: FlaskClient, content: Content, fake: FakeEndpoint
) -> None:
    ask(owner_client, content)
    run = work(newest_run())
    put_back(run)
    assert work(run).state == "succeeded"
    assert (db.session.query(ContentImage).count(), len(fake.seen)) == (1, 1)


def test_the_settings_of_the_site_are_kept_to(
    owner_client: FlaskClient, site: Site, content: Content, fake: FakeEndpoint
) -> None:
    settings = {"model": "flux", "size": "1792x1024", "quality": "hd", "style": "Watercolour"}
    db.session.add(ImageSettings(account_id=site.account_id, site_id=site.id, **settings))
    db.session.commit()
    ask(owner_client, content)
    work(newest_run())
    assert fake.seen[0][1] == {
        "model": "flux",
        "prompt": f"{PROMPT}\n\nStyle: Watercolour",
        "n": 1,
        "size": "1792x1024",
        "quality": "hd",
    }


def test_images_that_are_planned_are_suggested_one_after_the_other(
    owner_client: FlaskClient, content: Content, fake: FakeEndpoint
) -> None:
    for number in (1, 2):
        make_planned_image(content, f"Pot {number}", alt=f"A pot {number}", position=number)
    path = f"/writer/contents/{content.id}/drawing/"
    assert "Pot 1</textarea>" in owner_client.get(path, headers=HTMX).text
    ask(owner_client, content, prompt="Pot 1")
    work(newest_run())
    assert db.session.query(ContentImage).one().alt == "A pot 1"
    assert "Pot 2</textarea>" in owner_client.get(path, headers=HTMX).text


@pytest.mark.parametrize("typed", ["A pot.\nBy a window.", " A pot.\r\nBy a  window. "])
def test_a_planned_image_has_its_planned_alt_text_however_its_lines_are_sent(
    owner_client: FlaskClient, content: Content, fake: FakeEndpoint, typed: str
) -> None:
    planned = make_planned_image(content, "A pot.\r\nBy a window.", alt="A pot by a window")
    ask(owner_client, content, prompt=typed)
    work(newest_run())
    first = db.session.query(ContentImage).one()
    assert (first.alt, planned.image_id) == ("A pot by a window", first.id)
    ask(owner_client, content, prompt=typed)  # once more: the plan stays with the first
    work(newest_run())
    assert [image.alt for image in db.session.query(ContentImage)] == ["A pot by a window"] * 2
    assert planned.image_id == first.id


def test_what_fails_costs_nothing_and_says_what_to_do(
    owner_client: FlaskClient, content: Content, fake: FakeEndpoint
) -> None:
    fake.answers["/images/generations"] = lambda body: error(400, "Rejected by our safety system", "content_policy")
    ask(owner_client, content)
    run = work(newest_run())
    assert run.error is not None
    assert run.error["code"] == "AI_REFUSED"
    assert (db.session.query(CreditUsage).count(), db.session.query(ContentImage).count()) == (0, 0)


def test_a_description_is_needed(owner_client: FlaskClient, content: Content, fake: FakeEndpoint) -> None:
    answer = owner_client.post(f"/writer/contents/{content.id}/drawing/", data={"prompt": " "}, headers=HTMX)
    assert "has 1 to 4,000 characters" in answer.headers["HX-Trigger"]


def test_without_a_model_for_images_nothing_is_offered(owner_client: FlaskClient, content: Content) -> None:
    assert "Draw an image" not in owner_client.get(f"/content/{content.id}/edit/").text
    answer = owner_client.post(f"/writer/contents/{content.id}/drawing/", data={"prompt": PROMPT}, headers=HTMX)
    assert "no model for images" in answer.headers["HX-Trigger"]
    assert db.session.query(Run).count() == 0


def test_the_list_of_images_comes_anew_and_keeps_what_was_typed(
    owner_client: FlaskClient, content: Content, fake: FakeEndpoint
) -> None:
    ask(owner_client, content)
    work(newest_run())
    image = db.session.query(ContentImage).one()
    data = {f"image-{image.id}-alt": "A pot"}
    region = owner_client.post(f"/content/{content.id}/images/show/", data=data, headers=HTMX).text
    assert 'value="A pot"' in region
    assert db.session.query(ContentImage).one().alt == "A pot"


def test_no_image_is_asked_for_that_there_is_no_room_for(
    owner_client: FlaskClient, content: Content, fake: FakeEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(owner_client, content)
    run = newest_run()
    monkeypatch.setattr(images, "MAX_IMAGES", 1)
    images.add_image(db.session.merge(content), png(5, 5), "mine.png", "gallery")
    db.session.commit()
    assert (work(run).error or {})["code"] == "TOO_MANY_IMAGES"
    assert fake.seen == []
    answer = owner_client.post(f"/writer/contents/{content.id}/drawing/", data={"prompt": PROMPT}, headers=HTMX)
    assert "There are 1 images already." in answer.headers["HX-Trigger"]
