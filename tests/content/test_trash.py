"""The trash: what is in it is in no list, and is neither changed nor published; there and back, and gone for good."""

import os
import time
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.accounts.models import Account
from app.content import actions
from app.content.actions import BulkDone
from app.content.bulk import edits as bulk_edits
from app.content.images import services as images
from app.content.images.shelves import IMAGES
from app.content.listing import count_content
from app.content.models import Content, ContentImage
from app.content.services import update_content
from app.core.actor import THE_APP, Actor
from app.core.clock import utcnow
from app.core.errors import Conflict
from app.core.extensions import db
from app.planner.models import ClusterFigures
from app.publishing import services
from app.publishing.schedule import services as schedule
from app.sites.models import Site
from jobs.content import remove_image_files
from tests.factories.pictures import png
from tests.factories.things import make_cluster, make_content, make_site
from tests.factories.work import work

RULE = Actor(None, "Rule", permissions=None)


def trashed(site: Site, *contents: Content) -> BulkDone:
    done = actions.move_to_trash(site.account_id, RULE, site.id, [content.id for content in contents])
    db.session.commit()
    return done


def test_what_is_in_the_trash_is_in_no_list_and_no_figure(site: Site) -> None:
    cluster = make_cluster(site)
    content, other = (make_content(site, title, cluster_id=cluster.id) for title in ("Gone", "Here"))
    assert trashed(site, content).message == "“Gone” moved to the trash."
    assert content.trashed_at is not None
    assert count_content(site.account_id, site.id) == 1
    drafts = db.session.scalar(select(ClusterFigures.drafts).where(ClusterFigures.cluster_id == cluster.id))
    assert drafts == 1
    assert other.trashed_at is None


def test_it_is_not_edited_nor_changed_with_others_until_it_is_restored(site: Site) -> None:
    content, cluster = make_content(site, "Kept"), make_cluster(site)
    version, changed = content.version, content.updated_at
    trashed(site, content)
    with pytest.raises(Conflict) as refused:
        update_content(content.id, site.account_id, {"title": "Other"}, expected_version=version)
    assert refused.value.code == "CONTENT_TRASHED"
    with pytest.raises(Conflict):
        images.lock_content(content.id, site.account_id)
    assigned = actions.assign_cluster(site.account_id, RULE, site.id, [content.id], cluster.id)
    assert assigned.message.endswith("Left out: 1 that is in the trash.")
    done = actions.restore_from_trash(site.account_id, RULE, site.id, [content.id])
    assert done.message == "“Kept” restored from the trash."
    assert (content.trashed_at, content.version, content.updated_at) == (None, version, changed)
    update_content(content.id, site.account_id, {"title": "Other"}, expected_version=version)


def test_a_schedule_is_taken_away_and_said(site: Site) -> None:
    content = make_content(site)
    run = services.start_publish(content, THE_APP, due_at=utcnow() + timedelta(days=1))
    done = trashed(site, content)
    assert done.message.endswith("moved to the trash. 1 scheduled publish is cancelled.")
    assert (run.state, run.message) == ("cancelled", "Unscheduled: it was moved to the trash.")
    with pytest.raises(Conflict):
        schedule.schedule(site.account_id, [content.id], utcnow() + timedelta(days=1), THE_APP)


def test_what_is_being_published_is_left_out_and_counted(account: Account, site: Site) -> None:
    busy, free, elsewhere = make_content(site), make_content(site, "Free"), make_content(make_site(account))
    services.start_publish(busy, THE_APP)
    done = trashed(site, busy, free, elsewhere)
    left_out = "1 that is being published or written right now; 1 item that is not of this site"
    assert done.message == f"“Free” moved to the trash. Left out: {left_out}."
    assert busy.trashed_at is None


def test_a_publish_that_waits_to_be_tried_again_is_at_work_still(site: Site) -> None:
    content = make_content(site)
    run = services.start_publish(content, THE_APP)
    run.attempt, run.due_at = 1, utcnow() + timedelta(seconds=10)
    db.session.commit()
    assert trashed(site, content).count == 0


def test_a_publish_that_was_waiting_meanwhile_stops_with_words(site: Site) -> None:
    content = make_content(site)
    run = services.start_publish(content, THE_APP)
    db.session.execute(update(Content).where(Content.id == content.id).values(trashed_at=utcnow()))
    db.session.commit()
    work(run)
    assert (run.state, (run.error or {})["code"]) == ("failed", "CONTENT_TRASHED")


@pytest.mark.parametrize("count", [2, 5])
def test_many_go_to_the_trash_and_back_by_undo(site: Site, monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    monkeypatch.setattr(bulk_edits, "PART", 3)
    contents = [make_content(site) for _ in range(count)]
    done = trashed(site, *contents)
    message = work(done.run).message if done.run else done.message
    assert message == f"{count} items moved to the trash."
    assert count_content(site.account_id, site.id) == 0
    edit = bulk_edits.last_undoable_edit(site.account_id, site.id)
    assert edit is not None
    undone = actions.undo_bulk_edit(site.account_id, RULE, edit.id)
    db.session.commit()
    if undone.run:
        work(undone.run)
    assert count_content(site.account_id, site.id) == count


def test_deleted_for_good_is_gone_with_its_files_but_those_that_others_use(site: Site) -> None:
    own, shared = png(), png()
    content, other = make_content(site, "Old"), make_content(site)
    content_id = content.id
    for one, data in ((content, own), (content, shared), (other, shared)):
        images.add_image(one, data, "a.png", "gallery")
    of_content = select(ContentImage.sha256).where(ContentImage.content_id == content.id).order_by(ContentImage.id)
    hashes = list(db.session.scalars(of_content))
    in_the_lists = actions.delete_for_good(site.account_id, RULE, site.id, [content.id])
    assert in_the_lists.message.endswith("0 items deleted for good. Left out: 1 that is not in the trash.")
    trashed(site, content)
    done = actions.delete_for_good(site.account_id, RULE, site.id, [content.id])
    db.session.commit()
    assert done.message == "1 item deleted for good."
    assert db.session.get(Content, content_id) is None
    assert bulk_edits.last_undoable_edit(site.account_id, site.id).kind == "trash"  # type: ignore[union-attr]
    for sha256 in hashes:
        long_ago = time.time() - 7200
        os.utime(IMAGES.path_of(site.account_id, sha256), (long_ago, long_ago))
    remove_image_files(site.account_id, hashes)
    assert [IMAGES.has(site.account_id, sha256) for sha256 in hashes] == [False, True]


def test_a_file_that_was_stored_just_now_stays(site: Site) -> None:
    sha256 = IMAGES.save(site.account_id, png())
    assert images.remove_unused_files(site.account_id, [sha256]) == 0
    assert IMAGES.has(site.account_id, sha256)
