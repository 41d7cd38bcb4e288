"""Every version is kept, whoever makes it, with who and when; any can be compared and had back."""

from datetime import timedelta

from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.content import services
from app.content.bulk import services as bulk
from app.content.editing import revisions
from app.content.editing.models import ContentRevision
from app.content.editing.revisions import VersionCause
from app.content.models import Content
from app.core.clock import utcnow
from app.core.extensions import db
from app.identity.models import User
from app.sites.models import Site
from tests.factories.things import make_cluster, make_content


def kept() -> list[tuple[int, str, str, str]]:
    db.session.expire_all()
    rows = db.session.scalars(select(ContentRevision).order_by(ContentRevision.content_id, ContentRevision.version))
    return [(one.version, one.cause, one.actor_name, one.content_html) for one in rows]


def save(client: FlaskClient, content: Content, html: str, version: int) -> None:
    form = {"title": content.title, "content": html, "version": str(version)}
    assert client.post(f"/content/{content.id}/edit/", data=form).status_code == 303


def test_the_first_change_keeps_what_was_there_and_what_is_now(
    owner_client: FlaskClient, owner: User, site: Site
) -> None:
    content = make_content(site, content_html="<p>Old</p>", source="wordpress")
    assert kept() == []
    save(owner_client, content, "<p>New</p>", 1)
    assert kept() == [(1, "import", "", "<p>Old</p>"), (2, "person", owner.name, "<p>New</p>")]
    save(owner_client, content, "<p>Newer</p>", 2)
    assert [one[0] for one in kept()] == [1, 2, 3]


def test_what_wordpress_changes_in_many_contents_is_kept_with_names(site: Site) -> None:
    first, second = make_content(site, content_html="1"), make_content(site, content_html="2")
    ids = [first.id, second.id]
    changes = {content_id: {"content_html": f"new {content_id}"} for content_id in ids}
    bulk.change_contents(changes, edits=set(ids), names={ids[0]: "Ann"})
    db.session.commit()
    rows = kept()
    assert [row[:3] for row in rows] == [
        (1, "person", ""),
        (2, "wordpress", "Ann"),
        (1, "person", ""),
        (2, "wordpress", ""),
    ]
    assert rows[1][3] == f"new {first.id}"


def test_names_of_hundreds_of_people_are_one_statement(site: Site) -> None:
    ids = [make_content(site).id for _ in range(120)]
    changes = {content_id: {"excerpt": "x"} for content_id in ids}
    bulk.change_contents(changes, edits=set(ids), version_cause=VersionCause("import"), names=dict.fromkeys(ids, "Ann"))
    assert {row[1:3] for row in kept() if row[0] == 2} == {("import", "Ann")}


def test_a_move_to_a_cluster_keeps_nothing_and_the_next_edit_what_was_moved(
    owner_client: FlaskClient, site: Site
) -> None:
    content, cluster = make_content(site), make_cluster(site, "Coffee")
    services.assign_cluster(site.account_id, site.id, [content.id], cluster.id)
    db.session.commit()
    assert kept() == []
    save(owner_client, content, "<p>New</p>", 2)
    assert [row[0] for row in kept()] == [2, 3]
    assert revisions.find_revision(site.account_id, content.id, 2).fields["cluster_id"] == cluster.id  # type: ignore[union-attr]


def test_a_refused_save_keeps_no_version(owner_client: FlaskClient, site: Site) -> None:
    content = make_content(site)
    answer = owner_client.post(f"/content/{content.id}/edit/", data={"title": "", "content": "x", "version": "1"})
    assert (answer.status_code, kept()) == (422, [])


def test_history_shows_who_and_what_and_the_words_that_changed(
    owner_client: FlaskClient, owner: User, site: Site
) -> None:
    content = make_content(site, content_html="<p>Grind the beans</p>\n<p>Same</p>")
    save(owner_client, content, "<p>Grind fresh beans</p>\n<p>Same</p>", 1)
    page = owner_client.get(f"/content/{content.id}/history/").text
    assert "Version 1" in page
    assert owner.name in page
    for path in (f"/content/{content.id}/history/2/?changes=1", f"/content/{content.id}/history/1/"):
        page = owner_client.get(path).text
        assert "<del>the</del>" in page
        assert "<ins>fresh</ins>" in page
        assert "&lt;p&gt;" not in page
    assert owner_client.get(f"/content/{content.id}/history/3/").status_code == 404
    assert "first version that is kept" in owner_client.get(f"/content/{content.id}/history/1/?changes=1").text


def test_where_only_the_source_differs_the_source_is_shown(owner_client: FlaskClient, site: Site) -> None:
    content = make_content(site, content_html='<p class="a">Same</p>')
    save(owner_client, content, '<p class="b">Same</p>', 1)
    page = owner_client.get(f"/content/{content.id}/history/2/?changes=1").text
    assert "The words are the same" in page
    assert "&lt;p class" in page


def test_a_version_is_restored_as_a_new_one_and_that_is_taken_back(owner_client: FlaskClient, site: Site) -> None:
    content = make_content(site, "Old title", content_html="<p>Old</p>", slug="old")
    form = {"title": "New title", "content": "<p>New</p>", "version": "1", "slug": "new", "seo_title": "S"}
    owner_client.post(f"/content/{content.id}/edit/", data=form)
    restore = f"/content/{content.id}/history/1/restore/"
    assert owner_client.post(restore, data={"version": "1"}).status_code == 409
    assert owner_client.post(restore, data={"version": "2"}).status_code == 303
    db.session.refresh(content)
    assert (content.title, content.content_html, content.seo_title) == ("Old title", "<p>Old</p>", "")
    assert (content.slug, content.version) == ("new", 3)
    owner_client.post(f"/content/{content.id}/history/2/restore/", data={"version": "3"})
    db.session.refresh(content)
    assert (content.title, content.content_html) == ("New title", "<p>New</p>")
    assert [row[1] for row in kept()] == ["person", "person", "restore", "restore"]


def test_old_versions_are_thinned_out_but_never_the_newest_fifty(site: Site) -> None:
    content, small = make_content(site), make_content(site)
    for row, count in ((content, 60), (small, 50)):
        db.session.add_all(
            ContentRevision(
                account_id=site.account_id,
                content_id=row.id,
                version=number,
                cause="person",
                actor_name="",
                title="",
                content_html="",
                fields={},
            )
            for number in range(1, count + 1)
        )
    db.session.flush()
    db.session.execute(update(ContentRevision).values(created_at=utcnow() - timedelta(days=40)))
    recent = select(ContentRevision.id).where(ContentRevision.version == 3)
    db.session.execute(
        update(ContentRevision).where(ContentRevision.id.in_(recent)).values(created_at=utcnow() - timedelta(days=39))
    )
    db.session.commit()
    revisions.thin_out()
    found = select(ContentRevision.version).where(ContentRevision.content_id == content.id)
    versions = sorted(db.session.scalars(found))
    assert versions == [3, *range(11, 61)]  # one of the day of version 3; of the other day the newest is among fifty
    assert len(kept()) == 51 + 50
