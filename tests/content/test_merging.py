"""Saving an older version: what only one side changed is put together, the rest is asked about, field by field."""

import re

from flask.testing import FlaskClient

from app.accounts.models import Account
from app.content import services
from app.content.models import Content
from app.core.extensions import db
from app.sites.models import Site
from tests.factories.people import SignIn, make_member
from tests.factories.things import make_cluster, make_content, make_term

HTMX = {"HX-Request": "true"}
BASE = "<p>One is here</p>\n\n<p>Two is here</p>"


def edit(row: Content, **changes: object) -> dict[str, object]:
    values = {"title": row.title, "content": row.content_html, "version": str(row.version), "tab": "a" * 16}
    return values | {"seo_title": row.seo_title, "terms_shown": "1"} | changes


def post(client: FlaskClient, content: Content, data: dict[str, object], **more: object) -> tuple[int, str]:
    answer = client.post(f"/content/{content.id}/edit/", data=data, headers=HTMX, **more)  # type: ignore[arg-type]
    db.session.expire_all()
    return answer.status_code, answer.text


def choices(page: str) -> list[str]:
    return list(dict.fromkeys(re.findall(r'name="(choice-[^"]+)"', page)))


def test_changes_of_two_people_to_different_blocks_and_fields_are_both_saved(
    owner_client: FlaskClient, account: Account, site: Site, sign_in: SignIn
) -> None:
    content = make_content(site, "Title", content_html=BASE)
    colleague = sign_in(make_member(account, "editor", name="Bee Keeper"))
    mine, theirs = edit(content, content=BASE.replace("One", "1")), edit(content, content=BASE.replace("Two", "2"))
    assert post(colleague, content, theirs | {"title": "Their title"})[0] == 200
    answer = owner_client.post(f"/content/{content.id}/edit/", data=mine | {"seo_title": "Mine"}, headers=HTMX)
    assert answer.headers["HX-Redirect"] == f"/content/{content.id}/edit/"
    db.session.expire_all()
    assert content.content_html == "<p>1 is here</p>\n\n<p>2 is here</p>"
    assert (content.title, content.seo_title, content.version) == ("Their title", "Mine", 3)


def test_the_same_block_and_field_are_asked_with_the_name_of_who_saved(
    owner_client: FlaskClient, account: Account, site: Site, sign_in: SignIn
) -> None:
    content = make_content(site, "Title", content_html=BASE)
    colleague = sign_in(make_member(account, "editor", name="Bee Keeper"))
    mine = edit(content, content=BASE.replace("One", "1"), title="My title")
    post(colleague, content, edit(content, content=BASE.replace("One", "I").replace("Two", "2"), title="Their title"))
    status, page = post(owner_client, content, mine)
    assert (status, "<bdi>Bee Keeper</bdi> saved this content" in page) == (409, True)
    title, text = choices(page)
    assert title == "choice-title"
    assert "Two" not in page.split("form-actions")[0].split("conflict-title")[1]  # not asked about
    status, page = post(owner_client, content, mine | {title: "mine"})
    assert (status, content.title) == (409, "Their title")
    assert 'value="mine" form="editor-form" required checked' in page
    assert post(owner_client, content, mine | {title: "mine", text: "both"})[0] == 204
    assert content.title == "My title"
    assert content.content_html == "<p>I is here</p>\n\n<p>1 is here</p>\n\n<p>2 is here</p>"


def test_a_choice_for_other_texts_does_not_count(owner_client: FlaskClient, site: Site) -> None:
    content = make_content(site, content_html=BASE)
    mine = edit(content, content=BASE.replace("One", "1"))
    post(owner_client, content, edit(content, content=BASE.replace("One", "I")))
    (key,) = choices(post(owner_client, content, mine)[1])
    post(owner_client, content, edit(content, content=BASE.replace("One", "Uno")))
    status, page = post(owner_client, content, mine | {key: "mine"})
    assert status == 409
    assert choices(page) != [key]


def test_without_the_version_that_both_began_with_everything_that_differs_is_asked(
    owner_client: FlaskClient, site: Site
) -> None:
    content = make_content(site, content_html=BASE, version=7)
    status, page = post(owner_client, content, edit(content, content=BASE.replace("One", "1"), version="3"))
    assert (status, len(choices(page))) == (409, 1)
    assert content.content_html == BASE


def test_a_move_to_a_cluster_meanwhile_asks_nothing_when_words_were_kept_first(
    owner_client: FlaskClient, site: Site
) -> None:
    content, cluster = make_content(site, content_html=BASE), make_cluster(site, "Coffee")
    mine = edit(content, content=BASE.replace("One", "1"))
    owner_client.post(f"/content/{content.id}/working-copy/", data=mine)
    services.assign_cluster(site.account_id, site.id, [content.id], cluster.id)
    db.session.commit()
    assert post(owner_client, content, mine)[0] == 204
    assert (content.cluster_id, content.version) == (cluster.id, 3)
    assert "1 is here" in content.content_html


def test_terms_that_others_attached_meanwhile_stay(owner_client: FlaskClient, site: Site) -> None:
    content = make_content(site)
    old, gone, new = (make_term(site, name) for name in ("Old", "Gone", "New"))
    content.terms = [old, gone]
    db.session.commit()
    seen = f"{old.id} {gone.id}"
    content.terms = [old, gone, new]
    db.session.commit()
    assert post(owner_client, content, edit(content, term_ids=[old.id], terms_seen=seen))[0] == 200
    assert {term.name for term in content.terms} == {"Old", "New"}


def test_without_script_the_choices_are_made_on_a_page_of_their_own(owner_client: FlaskClient, site: Site) -> None:
    content = make_content(site, content_html=BASE)
    mine = edit(content, content=BASE.replace("One", "1"))
    post(owner_client, content, edit(content, content=BASE.replace("One", "I")))
    answer = owner_client.post(f"/content/{content.id}/edit/", data=mine)
    assert answer.status_code == 409
    assert 'form="conflict-form" required' in answer.text
    (key,) = choices(answer.text)
    assert owner_client.post(f"/content/{content.id}/edit/", data=mine | {key: "theirs"}).status_code == 303
    db.session.expire_all()
    assert content.content_html == BASE.replace("One", "I")
