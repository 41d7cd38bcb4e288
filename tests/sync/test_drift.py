"""How content stands to WordPress: kept by every writer, and the same as a look at both sides would say."""

from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, text

from app.content import services
from app.content.images import services as images
from app.content.listing import CONTENT_LIST, list_content
from app.content.models import Content
from app.core.extensions import db
from app.mirror import drift, drift_state
from app.mirror.apply import apply_post_items
from app.mirror.removals import mark_gone
from app.mirror.terms import apply_term_items
from app.publishing.reading import snapshot_of
from app.publishing.services import record_published
from app.sites.models import Site
from tests.factories.pictures import add_images
from tests.factories.plugin import post, term
from tests.factories.things import make_cluster, make_content, make_term


def imported(site: Site, post_id: int = 1, **changes: Any) -> Content:
    applied = apply_post_items(site.account_id, site.id, [post(post_id, **changes)])
    db.session.commit()
    return db.session.get_one(Content, applied.contents[post_id])


def apply(site: Site, *items: Any, cause: str = "event") -> None:
    apply_post_items(site.account_id, site.id, items, cause=cause)
    db.session.commit()


def edit(content: Content, **changes: Any) -> None:
    services.update_content(content.id, content.account_id, changes, expected_version=content.version)
    db.session.commit()


def stands(content: Content) -> tuple[str, dict[str, str]]:
    db.session.rollback()
    row = db.session.get_one(Content, content.id)
    return row.sync_state, row.drift


def published(content: Content) -> None:
    """Record a publish as the pipeline does after WordPress answered."""
    result = {
        "post_id": content.id + 1000,
        "post_type": "post",
        "permalink": "https://example.com/x/",
        "created": True,
        "content_hash": "0" * 64,
        "post_status": "publish",
        "terms": {},
    }
    record_published(uuid4(), snapshot_of(content), result)
    db.session.commit()


def test_what_was_never_in_wordpress_has_no_state(site: Site) -> None:
    content = make_content(site)
    edit(content, title="Another")
    assert stands(content) == ("", {})


def test_an_import_is_in_step_and_an_edit_here_shows_by_field(site: Site) -> None:
    content = imported(site)
    assert stands(content) == ("in_step", {})
    edit(content, title="Mine", seo_title="Mine too")
    assert stands(content) == ("ours", {"title": "ours", "seo_title": "ours"})
    edit(content, title="Post 1")
    assert stands(content) == ("ours", {"seo_title": "ours"})
    edit(content, seo_title="")
    assert stands(content) == ("in_step", {})


def test_a_publish_puts_both_sides_in_step_but_for_what_was_saved_meanwhile(site: Site) -> None:
    content = make_content(site, title="First")
    published(content)
    assert stands(content) == ("in_step", {})
    edit(content, content_html="<p>More</p>", excerpt="E")
    assert stands(content)[0] == "ours"
    snapshot = snapshot_of(content)
    edit(content, title="Saved while it was published")
    result = {"post_id": content.id + 1000, "post_type": "post", "permalink": "https://example.com/x/", "terms": {}}
    record_published(uuid4(), snapshot, result)
    db.session.commit()
    assert stands(content) == ("ours", {"title": "ours"})


def test_edits_of_both_sides_are_a_conflict_until_one_gives_in(site: Site) -> None:
    content = imported(site)
    edit(content, title="Mine")
    apply(site, post(1, title="Theirs", excerpt="Only theirs"))
    assert stands(content) == ("both", {"title": "both"})
    edit(db.session.get_one(Content, content.id), slug="mine")
    assert stands(content) == ("both", {"title": "both", "slug": "ours"})
    edit(db.session.get_one(Content, content.id), slug="post-1", title="Theirs")
    assert stands(content) == ("in_step", {})


def test_what_only_wordpress_changed_stays_in_step_when_it_is_taken_over(site: Site) -> None:
    content = imported(site)
    apply(site, post(1, title="New"))
    assert stands(content) == ("in_step", {})
    picture = {"attachment_id": 9, "url": "https://example.com/a.jpg", "alt": ""}
    apply(site, post(1, title="New", featured_image=picture))
    assert stands(content) == ("theirs", {"featured_image": "theirs"})


def test_terms_clusters_and_images_count_too(site: Site) -> None:
    apply_term_items(site.account_id, site.id, [term(5), term(6)])
    content = imported(site, terms={"category": [5]})
    mine = make_term(site, "Mine")
    services.attach_term(site.account_id, site.id, [content.id], mine.id)
    db.session.commit()
    assert stands(content) == ("ours", {"terms": "ours"})
    services.detach_term(site.account_id, site.id, [content.id], mine.id)
    cluster = make_cluster(site)
    services.assign_cluster(site.account_id, site.id, [content.id], cluster.id)
    db.session.commit()
    assert stands(content) == ("ours", {"cluster": "ours"})
    services.assign_cluster(site.account_id, site.id, [content.id], None)
    content = db.session.get_one(Content, content.id)
    image = add_images(content, 1)[0]
    images.set_role(content, image, "gallery")
    db.session.commit()
    assert stands(content) == ("ours", {"images": "ours"})
    content = db.session.get_one(Content, content.id)
    images.remove_image(content, content.images[0])
    db.session.commit()
    assert stands(content) == ("in_step", {})


def test_terms_that_wordpress_adds_are_the_new_base(site: Site) -> None:
    apply_term_items(site.account_id, site.id, [term(5), term(6)])
    content = imported(site, terms={"category": [5]})
    apply(site, post(1, terms={"category": [5, 6]}))
    assert stands(content) == ("in_step", {})
    content = db.session.get_one(Content, content.id)
    services.detach_term(site.account_id, site.id, [content.id], content.terms[1].id)
    db.session.commit()
    assert stands(content) == ("ours", {"terms": "ours"})


def test_what_is_gone_says_so_and_heals(site: Site) -> None:
    content = imported(site)
    edit(content, title="Mine")
    mark_gone(site.account_id, site.id, {("", 1): "trash"}, cause="event", by={})
    db.session.commit()
    assert stands(content)[0] == "gone"
    edit(db.session.get_one(Content, content.id), excerpt="Edited while gone")
    assert stands(content)[0] == "gone"
    apply(site, post(1))
    assert stands(content) == ("ours", {"title": "ours", "excerpt": "ours"})


def test_the_kept_state_is_what_comparing_everything_again_says(site: Site) -> None:
    contents = [imported(site, number) for number in range(1, 8)]
    edit(contents[0], title="Mine")
    edit(contents[1], title="Mine")
    apply(site, post(2, title="Theirs"), post(3, title="New", slug="new"))
    services.assign_cluster(site.account_id, site.id, [contents[4].id, contents[5].id], make_cluster(site).id)
    db.session.commit()
    before = [stands(one) for one in contents]
    drift_state.refresh_drift([one.id for one in contents])
    db.session.commit()
    assert [stands(one) for one in contents] == before
    assert [state for state, _fields in before] == ["ours", "both", "in_step", "in_step", "ours", "ours", "in_step"]


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ((), "in_step"),
        (("ours",), "ours"),
        (("theirs",), "theirs"),
        (("both", "ours"), "both"),
        (("ours", "theirs"), "both"),
    ],
)
def test_a_content_stands_as_its_fields_do(verdicts: tuple[str, ...], expected: str) -> None:
    assert drift.overall(verdicts) == expected
    assert drift.overall(verdicts, is_gone=True) == "gone"


def test_a_batch_of_any_size_is_a_constant_number_of_statements(site: Site) -> None:
    cluster = make_cluster(site)
    for number in range(1, 41):
        apply_post_items(site.account_id, site.id, [post(number)])
    db.session.commit()

    def statements(ids: list[int]) -> int:
        account_id, site_id, cluster_id = site.account_id, site.id, cluster.id
        db.session.commit()  # each in a transaction of its own, which begins with saying whose it is
        seen: list[str] = []
        listener = lambda *args: seen.append(args[2])  # noqa: E731
        event.listen(db.engine, "before_cursor_execute", listener)
        services.assign_cluster(account_id, site_id, ids, cluster_id)
        event.remove(db.engine, "before_cursor_execute", listener)
        db.session.commit()
        return len(seen)

    ids = list(db.session.scalars(db.select(Content.id)).all())
    assert statements(ids[:2]) == statements(ids[2:])


def test_the_list_shows_a_badge_and_filters_by_it(owner_client: FlaskClient, site: Site) -> None:
    content, other = imported(site), imported(site, 2)
    edit(content, title="Mine")
    page = owner_client.get("/content/").text
    assert f'href="/content/{content.id}/drift/"' in page
    assert f'href="/content/{other.id}/drift/"' not in page
    page = owner_client.get("/content/?sync=ours").text
    assert "Mine" in page
    assert "Post 2" not in page
    assert list_content(site.account_id, site.id, CONTENT_LIST.read({"sync": "in_step"})).total == 1
    assert list_content(site.account_id, site.id, CONTENT_LIST.read({"sync": "nonsense"})).total == 2


def test_the_filter_goes_by_its_index(site: Site) -> None:
    db.session.execute(
        text(
            "insert into contents (account_id, site_id, content_type, content_structure, title, content_html, excerpt,"
            " slug, seo_title, seo_description, focus_keywords, is_outline, status, source, version, sync_state,"
            " created_at, updated_at) select :account, :site, 'Article', '', 't', '', '', '', '', '', '[]', false,"
            " 'draft', 'igny8', 1,"
            " case when n % 500 = 0 then 'both' else 'in_step' end, now(), now() from generate_series(1, 20000) n"
        ),
        {"account": site.account_id, "site": site.id},
    )
    db.session.execute(text("analyze contents"))
    plan = "\n".join(
        db.session.scalars(
            text(
                f"explain select id from contents where account_id = {site.account_id} and site_id = {site.id}"
                " and sync_state = 'both' order by updated_at desc, id desc limit 50"
            )
        )
    )
    assert "ix_contents_site_sync" in plan or "ix_contents_conflicts" in plan
