"""Files of images that nothing needs any more go by themselves, and nobody loses one that a version shows."""

import os
import time
from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update

import jobs.content
from app.content.editing import revisions
from app.content.images import renditions
from app.content.images import services as images
from app.content.images import upkeep as image_upkeep
from app.content.images.rendition_models import ImageRenditions
from app.content.images.shelves import IMAGES, RENDITIONS
from app.content.models import ContentImage
from app.core import media
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.queue import queue_of
from app.sites.models import Site
from app.writer.drafting import proposals
from app.writer.drafting.section_models import Proposal
from tests.factories.pictures import encoded, photo
from tests.factories.things import make_content

USED, TAKEN_OFF, IN_A_VERSION = "used", "taken off", "in a version"


@pytest.fixture
def hashes(site: Site) -> dict[str, str]:
    """Images of a content, two of which were taken off it; a version before that shows one of these."""
    media.remove_account(site.account_id)  # another test's account of this id may have left files
    content = make_content(site)
    names = (USED, TAKEN_OFF, IN_A_VERSION)
    added = [
        images.add_image(content, encoded(photo(600 + number, 300), "JPEG", quality=95), "a.jpg", "inline")
        for number in range(len(names))
    ]
    hashes = {name: image.sha256 for name, image in zip(names, added, strict=True)}
    db.session.commit()
    for sha256 in hashes.values():
        renditions.make_renditions(site.account_id, sha256)
    text = content.content_html
    content.content_html += f'<img src="igny8-image:{hashes[IN_A_VERSION]}" alt="">'
    db.session.flush()
    revisions.keep_before([content.id])
    content.content_html = text
    for image in added[1:]:
        images.remove_image(content, image)
    db.session.commit()
    assert len(files(site)) > 3
    return hashes


def files(site: Site) -> set[str]:
    """The smaller files that are on the disk."""
    folder = media.media_folder() / "accounts" / str(site.account_id) / RENDITIONS.name
    return {path.name for path in folder.glob("*/*")}


def known_files() -> set[str]:
    return {file["file"] for row in db.session.scalars(select(ImageRenditions.files)) for file in row}


def a_day_later(site: Site, *hashes: str) -> None:
    old = time.time() - 90_000
    for sha256 in hashes:
        os.utime(IMAGES.path_of(site.account_id, sha256), (old, old))
    db.session.execute(update(ImageRenditions).values(asked_at=utcnow() - timedelta(hours=25)))
    db.session.commit()


def test_files_go_that_no_content_and_no_version_needs(site: Site, hashes: dict[str, str]) -> None:
    jobs.content.tidy_image_files()
    assert all(IMAGES.has(site.account_id, sha256) for sha256 in hashes.values())  # taken off just now
    a_day_later(site, *hashes.values())
    jobs.content.tidy_image_files()
    left = {name for name, sha256 in hashes.items() if IMAGES.has(site.account_id, sha256)}
    assert left == {USED, IN_A_VERSION}
    assert files(site) == known_files()
    assert set(db.session.scalars(select(ImageRenditions.source))) == {hashes[USED], hashes[IN_A_VERSION]}


def test_what_a_death_left_goes_with_the_next_turn(
    site: Site, hashes: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    a_day_later(site, *hashes.values())
    unlinked: list[str] = []
    remove = media.Shelf.remove

    def dying(shelf: media.Shelf, account_id: int, name: str) -> None:
        if unlinked:
            raise SystemExit
        unlinked.append(name)
        remove(shelf, account_id, name)

    with monkeypatch.context() as patch:
        patch.setattr(media.Shelf, "remove", dying)
        with pytest.raises(SystemExit):
            jobs.content.tidy_image_files()
    assert not IMAGES.has(site.account_id, hashes[TAKEN_OFF])
    db.session.rollback()
    jobs.content.tidy_image_files()
    assert files(site) == known_files()
    assert hashes[TAKEN_OFF] not in set(db.session.scalars(select(ImageRenditions.source)))


def test_what_was_given_up_is_asked_for_once_a_day(site: Site, hashes: dict[str, str]) -> None:
    db.session.execute(update(ImageRenditions).values(state="failed", problem=renditions.NOT_MADE))
    a_day_later(site)
    queue_of("default").empty()
    for _ in range(2):
        jobs.content.tidy_image_files()
    asked = [job.args for job in queue_of("default").jobs if job.func_name == renditions.JOB]
    assert asked == [[site.account_id, hashes[USED], renditions.WEB]]
    used = select(ContentImage.sha256)
    assert set(db.session.scalars(select(ImageRenditions.source).where(ImageRenditions.state == "pending"))) == set(
        db.session.scalars(used)
    )


def test_what_no_worker_can_make_is_given_up_for_good_after_some_nights(site: Site, hashes: dict[str, str]) -> None:
    db.session.execute(
        update(ImageRenditions).values(state="failed", problem=renditions.NOT_MADE, attempts=renditions.MOST_ATTEMPTS)
    )
    asked = 0
    for _night in range(image_upkeep.NIGHTS + 3):
        a_day_later(site)
        queue_of("default").empty()
        jobs.content.tidy_image_files()
        asked += sum(job.func_name == renditions.JOB for job in queue_of("default").jobs)
        renditions.ask_for(site.account_id, [hashes[USED]])  # somebody looks at it a while later
        db.session.execute(update(ImageRenditions).values(asked_at=utcnow() - timedelta(minutes=5)))
        renditions.ask_for(site.account_id, [hashes[USED]])
        db.session.commit()
        assert renditions.renditions_of(site.account_id, [hashes[USED]])[hashes[USED]].state == "failed"
    assert asked == image_upkeep.NIGHTS


def test_files_stay_that_a_text_shows_which_is_only_offered(site: Site, hashes: dict[str, str]) -> None:
    content = make_content(site)
    shown = f'<img src="igny8-image:{hashes[TAKEN_OFF]}" alt="">'
    proposals.add_proposal(content, shown, origin="test", actor_id=None)
    a_day_later(site, *hashes.values())
    jobs.content.tidy_image_files()
    assert all(IMAGES.has(site.account_id, sha256) for sha256 in hashes.values())
    db.session.execute(delete(Proposal))
    db.session.commit()
    jobs.content.tidy_image_files()
    assert not IMAGES.has(site.account_id, hashes[TAKEN_OFF])


def test_files_of_a_content_that_is_deleted_stay_where_a_version_of_another_shows_them(
    site: Site, hashes: dict[str, str]
) -> None:
    a_day_later(site, *hashes.values())
    jobs.content.remove_image_files(site.account_id, [hashes[TAKEN_OFF], hashes[IN_A_VERSION]])
    assert [IMAGES.has(site.account_id, hashes[name]) for name in (TAKEN_OFF, IN_A_VERSION)] == [False, True]
