"""What is said of images by two people at once."""

import json

from flask.testing import FlaskClient

from app.content.models import ContentImage
from app.core.extensions import db
from app.sites.models import Site
from tests.content.test_pages import edit
from tests.factories.pictures import add_images
from tests.factories.things import make_content

HTMX = {"HX-Request": "true"}


def described(image: ContentImage, alt: str, was: str, **texts: str) -> dict[str, str]:
    """The fields of an image in the form, with what they showed at first."""
    prefix = f"image-{image.id}"
    shown = {"alt": was, "title": "", "caption": ""}
    named = {f"{prefix}-{name}": value for name, value in texts.items()}
    return {f"{prefix}-alt": alt, f"{prefix}-was": json.dumps(shown), **named}


def test_an_alt_text_that_somebody_else_wrote_meanwhile_stays(owner_client: FlaskClient, site: Site) -> None:
    content = make_content(site)
    image = add_images(content, 1)[0]
    image.alt = "Theirs"
    db.session.commit()
    sent = edit(content, **described(image, "", "", caption="Mine"))
    answer = owner_client.post(f"/content/{content.id}/edit/", data=sent, headers=HTMX)
    assert answer.status_code == 200
    assert (image.alt, image.caption) == ("Theirs", "Mine")
    assert "Theirs" not in answer.headers["HX-Trigger"]


def test_what_both_wrote_is_told_with_the_words_that_are_replaced(owner_client: FlaskClient, site: Site) -> None:
    content = make_content(site)
    image = add_images(content, 1)[0]
    image.alt = "Theirs"
    db.session.commit()
    sent = edit(content, **described(image, "Mine", "Old"))
    answer = owner_client.post(f"/content/{content.id}/edit/", data=sent, headers=HTMX)
    assert image.alt == "Mine"
    told = json.loads(answer.headers["HX-Trigger"])["toast"]["message"]
    assert "was changed to “Theirs” meanwhile; yours is saved." in told


def test_a_form_that_says_nothing_of_before_is_taken_as_it_is(owner_client: FlaskClient, site: Site) -> None:
    content = make_content(site)
    image = add_images(content, 1)[0]
    db.session.commit()
    for was in ("[]", "no json", '{"alt": null}'):
        sent = edit(content, **{f"image-{image.id}-alt": f"Alt {was}", f"image-{image.id}-was": was})
        owner_client.post(f"/content/{content.id}/edit/", data=sent, headers=HTMX)
        assert image.alt == f"Alt {was}"
        db.session.refresh(content)
