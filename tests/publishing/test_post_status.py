"""Unpublishing, WordPress's trash and back, as the work of runs: what is recorded, said, refused and left out."""

from datetime import timedelta

import pytest

from app.content import actions as content_actions
from app.content.models import Content
from app.core.actor import THE_APP, Actor
from app.core.clock import utcnow
from app.core.errors import Conflict, DomainError
from app.core.extensions import db
from app.core.runs import Run
from app.publishing import actions, services
from app.publishing.post_status import services as post_status
from app.publishing.post_status import summary as unpublish_summary
from app.publishing.post_status import work as post_status_work
from app.sites import connection
from app.sites.connection import credentials_for
from app.sites.models import Site
from app.sites.wordpress_errors import wordpress_error
from tests.factories.things import make_content
from tests.factories.work import newest_run

RULE = Actor(None, "Rule", permissions=None)


def live(site: Site, number: int, **fields: object) -> Content:
    values = {"external_id": number, "external_url": f"https://a.example/{number}/", "remote_status": "publish"}
    return make_content(site, f"Live {number}", **{**values, **fields})


def change(site: Site, contents: list[Content], action: str) -> int:
    ids = [content.id for content in contents]
    return actions.change_post_status(site.account_id, RULE, site.id, ids, action)


def test_a_double_click_makes_one_run_and_another_wish_waits(site: Site) -> None:
    content = live(site, 7)
    for _ in range(2):
        actions.change_post_status(site.account_id, RULE, site.id, [content.id], "draft", alone=content)
    assert db.session.query(Run).filter_by(kind="post_status").count() == 1
    with pytest.raises(Conflict) as refused:
        actions.change_post_status(site.account_id, RULE, site.id, [content.id], "trash", alone=content)
    assert refused.value.code == "BEING_PUBLISHED"


@pytest.mark.parametrize(
    ("fields", "action", "code"),
    [
        ({"content_type": "Taxonomy", "taxonomy": "category"}, "trash", "TERM_HAS_NO_STATUS"),
        ({"remote_status": "draft"}, "draft", "NOT_IN_WORDPRESS"),
        ({"external_id": None, "remote_status": ""}, "trash", "NOT_IN_WORDPRESS"),
        ({}, "restore", "NOT_IN_WORDPRESS"),
    ],
)
def test_what_has_no_such_post_is_refused_with_words(
    site: Site, fields: dict[str, object], action: str, code: str
) -> None:
    content = live(site, 7, **fields)
    with pytest.raises(DomainError) as refused:
        actions.change_post_status(site.account_id, RULE, site.id, [content.id], action, alone=content)
    assert refused.value.code == code


def test_what_is_being_published_waits(site: Site) -> None:
    content = live(site, 7)
    services.start_publish(content, THE_APP)
    with pytest.raises(Conflict):
        actions.change_post_status(site.account_id, RULE, site.id, [content.id], "draft", alone=content)


def test_of_many_those_are_changed_that_can_be_and_the_others_are_counted(site: Site) -> None:
    planned, busy = live(site, 1), live(site, 2)
    others = [
        live(site, 3, remote_status="draft"),
        live(site, 4, content_type="Taxonomy", taxonomy="category"),
        make_content(site),
    ]
    run = services.start_publish(planned, THE_APP, due_at=utcnow() + timedelta(days=1))
    services.start_publish(busy, THE_APP)
    ids = [content.id for content in (planned, busy, *others)]
    summary = unpublish_summary.summarize_unpublish(site.account_id, site.id, ids)
    assert (summary.count, summary.live, summary.scheduled) == (1, 1, 1)
    assert (summary.at_work, summary.term_pages, summary.others) == (1, 1, 2)
    assert change(site, [planned, busy, *others], post_status.DRAFT) == 1
    db.session.commit()
    assert (run.state, "Unscheduled" in run.message) == ("cancelled", True)
    assert newest_run().subject_id == planned.id


def test_here_and_in_wordpress_go_side_by_side(site: Site) -> None:
    content = live(site, 7)
    content_actions.move_to_trash(site.account_id, RULE, site.id, [content.id])
    assert change(site, [content], post_status.TRASH) == 1
    assert content.trashed_at is not None
    gone = content_actions.delete_for_good(site.account_id, RULE, site.id, [content.id])
    assert gone.count == 0, "the post is on its way to WordPress's trash"


class _OldPlugin:
    """What is left of a client when the plugin does not know the route: WordPress answers, and so does `status`."""

    def __enter__(self) -> "_OldPlugin":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def post(self, *_: object, **__: object) -> None:
        raise wordpress_error("PLUGIN_MISSING")

    def get(self, name: str) -> dict[str, object]:
        return {"name": name}


def test_a_plugin_that_is_too_old_is_said_to_be(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(post_status_work, "open_client", lambda _credentials: _OldPlugin())
    credentials = credentials_for(db.session.get_one(Site, connection.make_key(site).site_id))
    with pytest.raises(DomainError) as refused:
        post_status_work._ask(credentials, site.account_id, site.id, {})
    assert refused.value.code == "ROUTE_UNKNOWN"
    assert "Download the plugin" in refused.value.cure
