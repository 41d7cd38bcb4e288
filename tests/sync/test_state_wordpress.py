"""The state of a content is right after each step of its life, with a real WordPress on the other side."""

from datetime import timedelta

from flask.testing import FlaskClient
from sqlalchemy import select

from app.content.models import Content
from app.content.services import update_content
from app.core.actor import THE_APP
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.runs import Run
from app.publishing.schedule import services as schedule
from tests.factories.drift import settle
from tests.factories.imports import content_of, import_all
from tests.factories.things import make_content
from tests.sync.real import Real


def state_of(content: Content) -> str:
    db.session.expire_all()
    return db.session.get_one(Content, content.id).state


def newest_run(content: Content) -> Run:
    stmt = select(Run).where(Run.kind == "publish", Run.subject_id == content.id).order_by(Run.created_at.desc())
    return db.session.scalars(stmt.limit(1)).one()


def test_a_content_is_called_what_it_is_all_its_life(real: Real, owner_client: FlaskClient) -> None:
    content = make_content(real.site, title="First", content_html="<p>One</p>")
    (plan,) = schedule.schedule(content.account_id, [content.id], utcnow() + timedelta(days=1), THE_APP)
    db.session.commit()
    assert state_of(content) == "scheduled"
    schedule.unschedule(plan)
    db.session.commit()
    assert state_of(content) == "draft"
    assert real.publish(content).state == "succeeded"
    assert state_of(content) == "live"
    update_content(content.id, content.account_id, {"title": "Mine"}, expected_version=content.version)
    db.session.commit()
    assert state_of(content) == "live_changed"
    real.update(content, post_title="Theirs")
    real.pull()
    assert state_of(content) == "conflict"
    assert settle(owner_client, content.id, "take_all").status_code == 303
    assert state_of(content) == "live"
    post_id = str(content.external_id)
    real.edit("wp_trash_post( (int) $args[0] );", post_id)
    real.pull()
    assert state_of(content) == "wp_trash"
    real.edit("wp_untrash_post( (int) $args[0] );", post_id)  # WordPress restores as a draft
    real.pull()
    assert state_of(content) == "draft"
    real.edit("wp_publish_post( (int) $args[0] );", post_id)
    real.pull()
    assert state_of(content) == "live"
    real.edit("wp_delete_post( (int) $args[0], true );", post_id)
    real.pull()
    assert state_of(content) == "gone"
    assert settle(owner_client, content.id, "publish_ours").status_code == 303
    assert real.work(newest_run(content)).state == "succeeded"
    assert state_of(content) == "live"


def test_a_scheduled_publish_that_ran_leaves_it_live(real: Real) -> None:
    content = make_content(real.site, title="At nine", content_html="<p>One</p>")
    (plan,) = schedule.schedule(content.account_id, [content.id], utcnow() + timedelta(days=1), THE_APP)
    db.session.query(Run).filter_by(id=plan.id).update({"due_at": utcnow()})
    assert real.work(plan).state == "succeeded"
    assert (state_of(content), content.scheduled_at) == ("live", None)


def test_imported_posts_are_called_what_wordpress_calls_them(real: Real) -> None:
    posts = {status: real.write(f"A {status} post", post_status=status) for status in ("publish", "draft", "private")}
    posts["future"] = real.write("Later", post_status="future", post_date="2040-01-01 09:00:00")
    import_all(real.site, statuses=list(posts))
    states = {status: state_of(content_of(real.site, post_id)) for status, post_id in posts.items()}
    assert states == {"publish": "live", "draft": "draft", "private": "draft", "future": "scheduled"}
