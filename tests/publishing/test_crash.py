"""A worker killed in the middle: the next one finishes, and nothing is doubled."""

import pytest
from sqlalchemy import select

from app.content.models import Content
from app.core.actor import THE_APP
from app.core.extensions import db
from app.core.runs import Run
from app.mirror.models import RemoteState
from app.publishing import services
from app.sites.models import Site
from tests.factories.blog import Blog
from tests.factories.live import LiveApp, has_ended, let_the_lease_pass, state_of, step_of, wait_for
from tests.factories.pictures import add_images
from tests.factories.things import make_content


@pytest.mark.parametrize("step", ["claim", "media", "taxonomies"])
def test_a_publish_is_finished_by_the_next_worker(site: Site, blog: Blog, workers: LiveApp, step: str) -> None:
    blog.pair(site)
    content = make_content(site, title="Survivor")
    add_images(content, 3)
    blog.slow_down(0.5)
    first = workers.start_worker("interactive")
    run = services.start_publishes(site.account_id, [content.id], THE_APP)[0]
    db.session.commit()
    wait_for(lambda: step_of(run) == step, what=f"step {step}")
    workers.kill(first)
    assert state_of(run) == "running"
    blog.slow_down(0)
    blog.wait_until_idle()  # what the dead one asked for is done before the next comes, as after a lease of a minute
    let_the_lease_pass()
    workers.start_worker("interactive")
    wait_for(lambda: has_ended(run), what="the second worker to finish")
    run = db.session.get_one(Run, run.id)
    assert (run.state, run.error) == ("succeeded", None)
    assert run.attempt == 2
    assert blog.titles() == ["Survivor (publish)"]
    assert blog.count("attachment") == 3
    assert db.session.scalars(select(RemoteState)).one().verdict == "verified"
    assert db.session.get_one(Content, content.id).status == "published"
