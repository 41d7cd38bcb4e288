"""A real post goes out of the public and comes back, by runs of the app: what visitors get, and what is recorded."""

from sqlalchemy import select

from app.content import actions as content_actions
from app.content.models import Content
from app.core.actor import Actor
from app.core.extensions import db
from app.core.runs import Run
from app.mirror.models import RemoteChange
from app.publishing import actions
from app.sites.models import Site
from tests.factories.imports import import_all
from tests.factories.things import make_content
from tests.factories.work import newest_run
from tests.sync.real import Real

RULE = Actor(None, "Rule", permissions=None)


def change(real: Real, content: Content, action: str) -> Run:
    ids = [content.id]
    actions.change_post_status(content.account_id, RULE, content.site_id, ids, action, alone=content)
    return real.work(newest_run())


def how(content: Content) -> tuple[str, str, str, int | None]:
    db.session.expire_all()
    return content.status, content.remote_status, content.state, content.external_id


def test_unpublished_and_published_again_it_is_the_same_post(real: Real, site: Site) -> None:
    content = make_content(site, "There and back", slug="there-and-back")
    assert real.publish(content).state == "succeeded"
    post_id, url = content.external_id, content.external_url
    run = change(real, content, "draft")
    assert run.state == "succeeded", run.error
    assert run.message == "It is a draft in WordPress now. Visitors no longer get it."
    assert how(content) == ("draft", "draft", "draft", post_id)
    assert real.pull() == 0, "it does not come back as a change"
    assert real.publish(content).state == "succeeded"
    assert (how(content), content.external_url) == (("published", "publish", "live", post_id), url)


def test_to_the_trash_and_back_while_the_content_is_in_the_trash_here(real: Real, site: Site) -> None:
    content = make_content(site, "Trashed", slug="trashed-there")
    real.publish(content)
    url = content.external_url
    content_actions.move_to_trash(site.account_id, RULE, site.id, [content.id])
    run = change(real, content, "trash")
    assert run.message == "It is in WordPress's trash now. Visitors no longer get it."
    assert how(content)[1:3] == ("trash", "wp_trash")
    assert content.trashed_at is not None
    run = change(real, content, "restore")
    assert run.message == f"Restored. It is live again at {url}."
    assert how(content)[:3] == ("published", "publish", "live")
    assert content.trashed_at is not None, "WordPress never takes it out of the trash here"
    words = db.session.scalars(select(RemoteChange.message).where(RemoteChange.content_id == content.id)).all()
    assert "Put in the trash in WordPress." in words


def test_an_edit_there_is_asked_about_first(real: Real, site: Site) -> None:
    content = make_content(site, "Edited there", slug="edited-there")
    real.publish(content)
    real.update(content, post_content="<p>Theirs</p>")
    run = change(real, content, "trash")
    assert (run.state, (run.error or {})["code"]) == ("failed", "EDITED_IN_WORDPRESS")
    assert (run.error or {})["details"]["link"] == f"/content/{content.id}/drift/"
    assert real.post(content)["post_status"] == "publish"


def test_deleted_for_good_and_imported_again_it_is_published_as_the_same_post(real: Real, site: Site) -> None:
    content = make_content(site, "Again", slug="again-and-again")
    real.publish(content)
    post_id, former = content.external_id, content.id
    for move in (content_actions.move_to_trash, content_actions.delete_for_good):
        move(site.account_id, RULE, site.id, [former])
    db.session.commit()
    import_all(site)
    new = db.session.scalars(select(Content).where(Content.site_id == site.id, Content.external_id == post_id)).one()
    assert new.id != former
    run = real.publish(new)
    assert run.state == "succeeded", run.error
    assert new.external_id == post_id
    run = change(real, new, "draft")
    assert run.state == "succeeded", run.error


def test_a_worker_that_died_after_wordpress_had_done_it_does_no_harm(real: Real, site: Site) -> None:
    content = make_content(site, "Twice", slug="twice")
    real.publish(content)
    run = change(real, content, "trash")
    run.state, run.ended_at, run.lease_token, run.lease_until = "queued", None, None, None
    again = real.work(run)
    assert again.state == "succeeded", again.error
    assert again.message == "It is in WordPress's trash now. Visitors no longer get it."
    assert how(content)[1:3] == ("trash", "wp_trash")
