"""Which file is sent in the place of an image, and that WordPress gets it once, in its order."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

import jobs
from app.content.images import renditions
from app.content.images import services as images
from app.content.images.rendition_models import ImageRenditions
from app.content.images.renditions import Renditions
from app.content.models import Content, ContentImage
from app.core.actor import THE_APP
from app.core.clock import iso, utcnow
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.runs import Run
from app.mirror.models import RemoteState
from app.publishing import outgoing_images, pipeline, services
from app.publishing.outgoing_images import file_to_send, files_to_send, recipe_for
from app.sites.facts import SiteFacts
from app.sites.models import Site
from jobs.content import make_image_renditions
from tests.factories.blog import Blog
from tests.factories.pictures import add_images, encoded, photo
from tests.factories.things import make_content

ALL = frozenset(("image/jpeg", "image/png", "image/gif", "image/webp"))
NEW = SiteFacts(mime_types=ALL, editor_types=ALL)
OLD = SiteFacts(mime_types=ALL - {"image/webp"}, editor_types=ALL - {"image/webp"})

BARE = SiteFacts(mime_types=ALL, editor_types=frozenset())  # a server without an image editor


def full(mime: str, size: int) -> dict[str, Any]:
    return {"file": "f", "sha256": "s", "mime": mime, "size": size, "width": 9, "height": 9, "is_full": True}


@pytest.mark.parametrize(
    ("facts", "mime", "width", "size", "made", "sent"),
    [
        (NEW, "image/jpeg", 2000, 900, full("image/webp", 300), "image/webp"),
        (NEW, "image/jpeg", 2000, 900, full("image/webp", 900), None),  # it would only grow
        (NEW, "image/jpeg", 4000, 900, full("image/webp", 1000), "image/webp"),  # it is too wide
        (NEW, "image/avif", 2000, 900, full("image/webp", 2000), "image/webp"),  # the site does not take it
        (NEW, "image/gif", 200, 900, None, None),  # an animation
        (OLD, "image/webp", 800, 900, full("image/jpeg", 2000), "image/jpeg"),
        (OLD, "image/png", 800, 900, full("image/png", 2000), None),
        (BARE, "image/webp", 800, 900, full("image/jpeg", 2000), None),  # it makes no sizes of either
        (BARE, "image/webp", 800, 900, full("image/jpeg", 300), "image/jpeg"),
        (BARE, "image/png", 4000, 900, full("image/png", 2000), "image/png"),
    ],
)
def test_the_smaller_file_is_sent_and_what_the_site_cannot_work_with_is_not(
    facts: SiteFacts, mime: str, width: int, size: int, made: dict[str, Any] | None, sent: str | None
) -> None:
    image = ContentImage(mime=mime, width=width, size=size)
    file = file_to_send(image, Renditions("made", [made] if made else []), facts)
    assert (file["mime"] if file else None) == sent
    assert recipe_for(facts) == (renditions.WEB if facts is NEW else renditions.PLAIN)


@pytest.mark.parametrize(("facts", "still"), [(NEW, "image/webp"), (OLD, "image/png")])
def test_what_is_expected_is_what_is_sent(site: Site, facts: SiteFacts, still: str) -> None:
    content = make_content(site)
    moving = encoded(photo(20, 10), "GIF", save_all=True, append_images=[photo(20, 10, "L")])
    for data in (encoded(photo(600, 400), "GIF"), moving):
        images.add_image(content, data, "a.gif", "gallery")
    expected = files_to_send(content, facts, are_expected=True)
    for image in content.images:
        renditions.make_renditions(content.account_id, image.sha256, recipe_for(facts))
    sent = files_to_send(content, facts)
    types = [{sha256: file["mime"] for sha256, file in files.items()} for files in (expected, sent)]
    assert types[0] == types[1] == {content.images[0].sha256: still}


def begin(content: Content) -> Run:
    run = services.start_publishes(content.account_id, [content.id], THE_APP)[0]
    db.session.commit()
    return go_on(run)


def go_on(run: Run) -> Run:
    db.session.execute(update(Run).values(due_at=utcnow()))
    db.session.commit()
    jobs.execute(str(run.id))
    db.session.expire_all()
    return run


def publish(content: Content) -> Run:
    run = begin(content)
    assert run.state == "succeeded", run.error
    return run


def test_nothing_is_made_for_what_may_not_be_published(site: Site) -> None:
    content = make_content(site)
    add_images(content, 1)
    run = services.start_publishes(content.account_id, [content.id], THE_APP)[0]
    content.trashed_at = utcnow()
    db.session.commit()
    assert go_on(run).state == "failed"
    assert db.session.scalars(select(ImageRenditions)).all() == []


def test_a_large_image_is_waited_for_and_an_older_plugin_gets_it_as_it_is(
    site: Site, blog: Blog, monkeypatch: pytest.MonkeyPatch
) -> None:
    blog.pair(site)
    content = make_content(site)
    image = images.add_image(content, encoded(photo(2000, 1200), "JPEG", quality=95), "sea.jpg", "featured")
    run = begin(content)
    assert (run.state, run.attempt, run.step) == ("queued", 0, "Waiting for smaller files of its images")
    make_image_renditions(content.account_id, image.sha256)
    assert site.connection is not None
    tell_of_plugin(site, {**site.connection.remote["facts"], "asked_at": iso(utcnow() - timedelta(hours=1))})
    told = pipeline._fields
    monkeypatch.setattr(pipeline, "_fields", lambda image: {k: v for k, v in told(image).items() if k != "file_sha256"})
    go_on(run)
    assert (run.state, run.attempt, run.step) == ("queued", 0, "Trying again with images as the site takes them")
    tell_of_plugin(site, {"asked_at": iso(utcnow())})
    assert go_on(run).state == "succeeded", run.error
    assert attachments(blog) == [("image/jpeg", image.sha256)]
    monkeypatch.undo()
    tell_of_plugin(site, None)
    other = make_content(site)
    again = images.add_image(other, encoded(photo(2000, 1300), "JPEG", quality=95), "sky.jpg", "featured")
    db.session.commit()
    make_image_renditions(content.account_id, again.sha256)
    publish(other)
    assert attachments(blog)[1:] == [("image/webp", again.sha256)]


def test_a_site_that_does_not_answer_is_not_asked_again_while_images_are_waited_for(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def silent(_account_id: int, site_id: int) -> SiteFacts:
        asked.append(site_id)
        raise DomainError("It does not answer.", code="SITE_UNREACHABLE")

    monkeypatch.setattr(outgoing_images, "fetch_facts", silent)
    contents = [make_content(site) for _ in range(2)]
    for content in contents:
        add_images(content, 1)
    for content in contents * 2:
        assert outgoing_images.make_missing(content.account_id, content.id, lambda done, total: None) == 0
    assert asked == [site.id]


def tell_of_plugin(site: Site, facts: dict[str, Any] | None) -> None:
    assert site.connection is not None
    site.connection.remote = {**site.connection.remote, "facts": facts}
    db.session.commit()


def attachments(blog: Blog) -> list[tuple[str, str]]:
    """Type and hash of each attachment, in the order of their ids."""
    rows = blog.wordpress.sql(
        "SELECT p.post_mime_type, m.meta_value FROM wp_posts p JOIN wp_postmeta m ON m.post_id = p.ID"
        " WHERE p.post_type = 'attachment' AND m.meta_key = '_igny8_sha256' ORDER BY p.ID"
    )
    return [(str(row["post_mime_type"]), str(row["meta_value"])) for row in rows]


def test_wordpress_gets_webp_once_and_keeps_what_it_has(site: Site, blog: Blog) -> None:
    blog.pair(site)
    content = make_content(site)
    (old,) = add_images(content, 1)
    tell_of_plugin(site, {"asked_at": iso(utcnow())})  # one that takes no other file for an image
    publish(content)
    tell_of_plugin(site, None)
    assert attachments(blog) == [("image/png", old.sha256)]
    photos = [encoded(photo(1400 + number, 900), "JPEG", quality=95) for number in range(3)]
    for number, data in enumerate(photos):
        added = images.add_image(content, data, f"photo {number}.jpg", "gallery")
        added.alt, added.caption = f"Alt {number}", f"Number {number}"
    avif = images.add_image(content, encoded(photo(640, 480), "AVIF", speed=10), "sea.avif", "inline")
    images.move_image(content, content.images[3], -1)  # the last of the gallery before the second
    figure = f'<figure class="wp-block-image"><img src="igny8-image:{avif.sha256}" alt=""/></figure>'
    content.content_html += f"\n<!-- wp:image -->\n{figure}\n<!-- /wp:image -->"
    content.version += 1
    db.session.commit()
    publish(content)
    there = attachments(blog)
    assert there[0] == ("image/png", old.sha256)
    assert {mime for mime, _sha in there[1:4]} == {"image/webp"}
    assert {sha for _mime, sha in there} == {image.sha256 for image in content.images}
    (row,) = blog.wordpress.sql(f"SELECT post_content FROM wp_posts WHERE ID = {content.external_id}")
    text = str(row["post_content"])
    assert [part[0] for part in text.split("Number ")[1:]] == ["0", "2", "1"]
    assert text.count(".webp") >= 3
    assert 'alt="Alt 2"' in text
    assert "igny8-image:" not in text
    assert db.session.scalars(select(RemoteState.verdict)).one() == "verified"
    content.title = "Another title"
    content.version += 1
    db.session.commit()
    publish(content)
    assert attachments(blog) == there
