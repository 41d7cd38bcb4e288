"""Making, copying, trashing and deleting content in the browser: the forms, the questions, what is said."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Account
from app.content import actions as content_actions
from app.content.models import Content, ContentImage, content_terms
from app.core.clock import utcnow
from app.core.extensions import db
from app.publishing.post_status import services as post_status
from app.sites import connection
from app.sites.models import Site
from tests.factories.pictures import add_images
from tests.factories.things import make_cluster, make_content, make_site, make_term

HTMX = {"HX-Request": "true"}


def newest() -> Content:
    db.session.expire_all()
    return db.session.scalars(select(Content).order_by(Content.id.desc())).first()  # type: ignore[return-value]


def test_a_new_content_is_a_title_and_a_type_and_opens_in_the_editor(owner_client: FlaskClient, site: Site) -> None:
    assert 'value="Page" selected' in owner_client.get("/content/new/?type=Page").text
    form = {"title": " Cold  brew ", "content_type": "Page", "site_id": site.id}
    answer = owner_client.post("/content/new/", data=form)
    content = newest()
    assert (answer.status_code, answer.location) == (303, f"/content/{content.id}/edit/")
    assert (content.title, content.content_type, content.status, content.site_id) == (
        "Cold brew",
        "Page",
        "draft",
        site.id,
    )


def test_a_new_term_page_is_of_a_taxonomy(owner_client: FlaskClient, site: Site) -> None:
    form = {"title": "News", "content_type": "Taxonomy", "taxonomy": "post_tag", "site_id": site.id}
    owner_client.post("/content/new/", data=form)
    assert newest().taxonomy == "post_tag"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"title": " "}, "The title is empty."),
        ({"content_type": "x"}, "Choose a type."),
        ({"site_id": ""}, "Choose a site."),
    ],
)
def test_a_wrong_field_is_said_at_it(owner_client: FlaskClient, site: Site, changed: dict[str, str], said: str) -> None:
    make_site(site_account(site))
    form = {"title": "T", "content_type": "Page", "site_id": str(site.id), "sites": "all"} | changed
    answer = owner_client.post("/content/new/", data=form)
    assert answer.status_code == 422
    assert said in answer.text
    assert db.session.scalar(select(Content.id)) is None


def site_account(site: Site) -> Account:
    return db.session.get_one(Account, site.account_id)


def test_a_product_needs_a_shop(owner_client: FlaskClient, site: Site) -> None:
    link = connection.make_key(site)
    link.remote = {"facts": {"woocommerce": {"active": False}}}
    db.session.commit()
    assert ">Product<" not in owner_client.get("/content/new/").text
    form = {"title": "T", "content_type": "Product", "site_id": str(site.id)}
    assert "has no shop" in owner_client.post("/content/new/", data=form).text


def test_a_list_of_every_site_asks_for_the_site(owner_client: FlaskClient, site: Site) -> None:
    make_site(site_account(site))
    page = owner_client.get("/content/new/?sites=all").text
    assert '<option value="" selected>Choose a site' in page or ">Choose a site<" in page


def test_a_copy_has_the_texts_images_and_terms_and_nothing_of_where_it_is_live(
    owner_client: FlaskClient, site: Site
) -> None:
    cluster, term = make_cluster(site), make_term(site)
    original = make_content(
        site,
        "Live",
        cluster_id=cluster.id,
        seo_title="S",
        focus_keywords=["a"],
        slug="live",
        external_id=7,
        external_url="https://a.example/live/",
        remote_status="publish",
        status="published",
        published_at=utcnow(),
        sync_state="in_step",
    )
    original.terms = [term]
    add_images(original, 2)
    db.session.commit()
    original_id = original.id
    answer = owner_client.post(f"/content/{original_id}/duplicate/")
    copy = newest()
    assert answer.location == f"/content/{copy.id}/edit/"
    assert (copy.title, copy.slug, copy.status, copy.state) == ("Copy of Live", "", "draft", "draft")
    assert (copy.external_id, copy.external_url, copy.published_at, copy.task_id) == (None, None, None, None)
    assert (copy.cluster_id, copy.seo_title, copy.focus_keywords, copy.content_html) == (
        cluster.id,
        "S",
        ["a"],
        "<p>Hello</p>",
    )
    assert [other.id for other in copy.terms] == [term.id]
    rows = select(ContentImage.sha256, ContentImage.role).order_by(ContentImage.position)
    assert db.session.execute(rows.where(ContentImage.content_id == copy.id)).all() == (
        db.session.execute(rows.where(ContentImage.content_id == original_id)).all()
    )
    assert len(db.session.execute(select(content_terms)).all()) == 2


def test_the_trash_lists_restores_and_deletes(owner_client: FlaskClient, site: Site) -> None:
    one, two, three = (make_content(site, title) for title in ("One", "Two", "Three"))
    ids = [one.id, two.id, three.id]
    answer = owner_client.post("/content/trash/", data={"content_ids": ids}, headers=HTMX)
    assert answer.status_code == 204
    assert "3 items moved to the trash." in answer.headers["HX-Trigger"]
    assert "Undo" in owner_client.get("/content/").text
    page = owner_client.get("/content/trash/").text
    assert re.findall(r'dir="auto">(One|Two|Three)<', page) == ["Three", "Two", "One"]
    assert "Kept until you delete it" in page
    answer = owner_client.post("/content/trash/restore/", data={"content_ids": [ids[0]]})
    assert answer.location == f"/content/{ids[0]}/edit/"
    asked = owner_client.post("/content/trash/delete/ask/", data={"all_matching": "1", "filter": ""}).text
    assert "Delete 2 items for good?" in asked
    refused = owner_client.post("/content/trash/delete/", data={"all_matching": "1", "filter": "", "typed": "3"})
    assert (refused.status_code, "Type 2 to delete 2 items for good." in refused.text) == (422, True)
    gone = owner_client.post("/content/trash/delete/", data={"all_matching": "1", "filter": "", "typed": "2"})
    assert gone.location == "/content/trash/"
    db.session.expire_all()
    assert list(db.session.scalars(select(Content.id))) == [ids[0]]
    assert "The trash is empty" in owner_client.get("/content/trash/").text


def test_the_question_says_what_goes_and_what_stays(owner_client: FlaskClient, site: Site) -> None:
    live = make_content(site, "Live one", external_id=7, external_url="https://a.example/x/", remote_status="publish")
    add_images(live, 2)
    asked = owner_client.post("/content/trash/ask/", data={"content_ids": [live.id]}).text
    assert "Move “Live one” to the trash?" in asked
    assert "visitors go on seeing what is live" in " ".join(asked.split())
    owner_client.post("/content/trash/", data={"content_ids": [live.id]})
    editor = owner_client.get(f"/content/{live.id}/edit/").text
    assert "This is in the trash" in editor
    assert "In WordPress it is still live." in editor
    assert 'id="save"' not in editor
    asked = " ".join(owner_client.post("/content/trash/delete/ask/", data={"content_ids": [live.id]}).text.split())
    assert "Delete “Live one” for good?" in asked
    assert "2 images that no other content has go too." in asked
    assert "In WordPress nothing changes: 1 post stays there as it is" in asked


def test_an_editor_that_was_open_is_told_and_keeps_its_words(owner_client: FlaskClient, site: Site) -> None:
    content = make_content(site, "Open")
    owner_client.post("/content/trash/", data={"content_ids": [content.id]})
    form = {"title": "New words", "version": str(content.version), "content": "<p>x</p>"}
    answer = owner_client.post(f"/content/{content.id}/edit/", data=form)
    assert answer.status_code in (409, 422)
    assert "is in the trash" in answer.text
    assert "New words" in answer.text


def test_more_than_wordpress_is_asked_for_at_once_is_refused_before_anything_is_moved(
    owner_client: FlaskClient, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents = [make_content(site, external_id=number, remote_status="publish") for number in (1, 2)]
    monkeypatch.setattr(post_status, "MOST_AT_ONCE", 1)
    monkeypatch.setattr(content_actions, "move_to_trash", lambda *_: pytest.fail("it was begun"))
    sent = {"all_matching": "1", "filter": "", "in_wordpress": "1"}
    answer = owner_client.post("/content/trash/", data=sent, headers=HTMX)
    assert answer.status_code == 422
    assert "At most 1 posts" in answer.headers["HX-Trigger"]
    assert all(content.trashed_at is None for content in contents)


def test_an_open_editor_says_that_the_content_went_to_the_trash_here_or_in_wordpress(
    owner_client: FlaskClient, site: Site
) -> None:
    content = make_content(site, "Open", external_id=7, external_url="https://a.example/x/", remote_status="publish")
    shown = re.search(r"state/\?shown=([^\"]+)\"", owner_client.get(f"/content/{content.id}/edit/").text)
    assert shown is not None
    state = f"/content/{content.id}/state/?shown={shown[1]}"
    assert owner_client.get(state, headers=HTMX).status_code == 204
    owner_client.post("/content/trash/", data={"content_ids": [content.id]})
    assert "In the trash here" in owner_client.get(state, headers=HTMX).text
    content.remote_status, content.external_id = "trash", None
    db.session.commit()
    assert "Restore from WordPress's trash" in owner_client.get(state, headers=HTMX).text
