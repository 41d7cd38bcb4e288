"""What can be put into a text: links to the site's live pages, images of its other contents."""

import pytest
from flask.testing import FlaskClient
from psycopg.errors import LockNotAvailable
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import OperationalError

from app.accounts.models import Account
from app.content.images.library import take_image
from app.content.models import Content, ContentImage
from app.core.clock import utcnow
from app.core.extensions import db
from app.sites.models import Site
from tests.factories.pictures import add_images
from tests.factories.things import make_content, make_site


def live(site: Site, title: str, **values: object) -> Content:
    """A content that visitors can see."""
    address = f"https://shop.test/{title.lower().replace(' ', '-')}/"
    return make_content(site, title, **{"status": "published", "external_id": 1, "external_url": address, **values})


def test_links_are_offered_to_other_live_pages_of_the_site(
    owner_client: FlaskClient, account: Account, site: Site
) -> None:
    content = live(site, "Moka pots")
    live(site, "Moka pot sizes", external_id=2)
    make_content(site, "Moka pot draft")
    live(make_site(account, name="Other"), "Moka elsewhere", external_id=3)
    live(site, "Tea", external_id=4)
    html = owner_client.get(f"/content/{content.id}/link-targets/?q=moka").text
    assert html.count("data-link-to") == 1
    assert 'data-link-to="https://shop.test/moka-pot-sizes/"' in html
    assert owner_client.get(f"/content/{content.id}/link-targets/").text.count("data-link-to") == 2
    assert "No live page" in owner_client.get(f"/content/{content.id}/link-targets/?q=https://x.test").text


def test_the_library_holds_the_images_of_the_site_once_each(
    owner_client: FlaskClient, account: Account, site: Site
) -> None:
    content, other = make_content(site, "Mine"), make_content(site, "Pots")
    image, _plain = add_images(other, 2)
    image.alt = "A red pot"
    shared = ("account_id", "sha256", "mime", "size", "width", "height", "filename")
    again = {name: getattr(image, name) for name in shared}
    db.session.add(ContentImage(content_id=content.id, role="inline", position=0, **again))
    add_images(make_content(site, "Gone", trashed_at=utcnow()), 1)
    add_images(make_content(make_site(account, name="Other"), "Elsewhere"), 1)
    db.session.commit()
    library = f"/content/{content.id}/images/library/"
    assert owner_client.get(library).text.count("data-take-image") == 2
    assert owner_client.get(f"{library}?q=red+pot").text.count("data-take-image") == 1
    assert "has these words" in owner_client.get(f"{library}?q=100%25").text
    assert owner_client.get(f"{library}?q=pots").text.count("data-take-image") == 2  # the title of their content


def test_an_image_of_another_content_comes_with_its_words_and_once(
    owner_client: FlaskClient, account: Account, site: Site
) -> None:
    content, other = make_content(site, "Mine"), make_content(site, "Pots")
    image = add_images(other, 1)[0]
    image.alt = "A red pot"
    elsewhere = add_images(make_content(make_site(account, name="Other"), "Elsewhere"), 1)[0]
    db.session.commit()
    take = f"/content/{content.id}/images/library/"
    for _ in range(2):
        answer = owner_client.post(f"{take}{image.id}/")
        assert (answer.status_code, answer.get_json()["images"][0]["sha256"]) == (201, image.sha256)
    taken = db.session.scalars(select(ContentImage).where(ContentImage.content_id == content.id)).one()
    assert (taken.alt, taken.role) == ("A red pot", "inline")
    assert owner_client.post(f"{take}{elsewhere.id}/").status_code == 422


def test_a_content_whose_image_is_taken_is_not_deleted_meanwhile(owner_engine: Engine, site: Site) -> None:
    source, content = make_content(site, "Pots"), make_content(site, "Mine")
    image = add_images(source, 1)[0]
    take_image(site.account_id, content.id, image.id)
    delete = text("delete from contents where id = :id")
    with owner_engine.connect() as other:
        other.execute(text("set local lock_timeout = '50ms'"))
        with pytest.raises(OperationalError) as refused:
            other.execute(delete, {"id": source.id})
    assert isinstance(refused.value.orig, LockNotAvailable)
