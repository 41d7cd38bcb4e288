"""What is not saved yet is kept on the server for its person, and is neither saved nor published by that."""

from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Account
from app.content.editing import presence, working_copies
from app.content.editing.models import WorkingCopy
from app.content.models import Content
from app.core.extensions import db
from app.core.queue import redis_connection
from app.identity.models import User
from app.sites.models import Site
from tests.factories.people import SignIn, make_member
from tests.factories.things import make_content

TAB, OTHER = "a" * 16, "b" * 16


def keep(client: FlaskClient, content: Content, words: str, tab: str = TAB, **more: str) -> tuple[int, Any]:
    sent = {"title": content.title, "content": words, "version": "1", "tab": tab} | more
    answer = client.post(f"/content/{content.id}/working-copy/", data=sent)
    return answer.status_code, answer.get_json()


def copies() -> list[WorkingCopy]:
    db.session.expire_all()
    return list(db.session.scalars(select(WorkingCopy).order_by(WorkingCopy.id)))


def test_it_is_kept_without_touching_what_is_saved(owner_client: FlaskClient, site: Site) -> None:
    content = make_content(site, content_html="<p>Old</p>")
    status, answer = keep(owner_client, content, "<p>Old,\r\nnew\x00</p>", term_ids="7", image_texts="x")
    assert (status, set(answer)) == (200, {"kept_at", "people", "own_tab", "version"})
    keep(owner_client, content, "<p>Newer</p>", version="3")
    (copy,) = copies()
    assert (copy.fields["content"], copy.base_version, copy.tab) == (["<p>Newer</p>"], 3, TAB)
    assert not {"csrf_token", "version", "tab"} & set(copy.fields)
    assert (content.content_html, content.version) == ("<p>Old</p>", 1)
    page = owner_client.get(f"/content/{content.id}/edit/").text
    assert "\\u003cp\\u003eNewer" in page


def test_line_endings_and_nul_are_as_the_browser_and_the_database_have_them(
    owner_client: FlaskClient, site: Site
) -> None:
    content = make_content(site)
    keep(owner_client, content, "a\r\nb\x00c")
    assert copies()[0].fields["content"] == ["a\nbc"]


def test_saving_ends_the_copy_of_its_own_window_alone(owner_client: FlaskClient, site: Site) -> None:
    content = make_content(site)
    keep(owner_client, content, "<p>Mine</p>")
    form = {"title": "T", "content": "<p>Saved</p>", "version": "1"}
    assert owner_client.post(f"/content/{content.id}/edit/", data=form | {"tab": OTHER}).status_code == 303
    assert len(copies()) == 1
    owner_client.post(f"/content/{content.id}/edit/", data=form | {"version": "2", "tab": [OTHER, TAB]})
    assert copies() == []


def test_a_save_that_is_refused_keeps_the_copy(owner_client: FlaskClient, site: Site) -> None:
    content = make_content(site)
    keep(owner_client, content, "<p>Mine</p>")
    form = {"title": "", "content": "<p>Mine</p>", "version": "1", "tab": TAB}
    assert owner_client.post(f"/content/{content.id}/edit/", data=form).status_code == 422
    assert len(copies()) == 1


def test_another_window_has_to_take_over(owner_client: FlaskClient, site: Site) -> None:
    content = make_content(site)
    keep(owner_client, content, "<p>First</p>")
    status, answer = keep(owner_client, content, "<p>Second</p>", OTHER)
    assert (status, answer["error"]["code"]) == (409, "OTHER_TAB")
    assert answer["copy"]["fields"]["content"] == ["<p>First</p>"]
    assert keep(owner_client, content, "<p>Second</p>", OTHER, take_over="1")[0] == 200
    assert (copies()[0].tab, copies()[0].fields["content"]) == (OTHER, ["<p>Second</p>"])
    assert keep(owner_client, content, "<p>First</p>")[0] == 409


def test_each_person_has_a_copy_that_nobody_else_sees(
    owner_client: FlaskClient, account: Account, site: Site, sign_in: SignIn
) -> None:
    content = make_content(site)
    colleague = sign_in(make_member(account, "editor"))
    keep(owner_client, content, "<p>Of the owner</p>")
    keep(colleague, content, "<p>Of the editor</p>")
    assert len(copies()) == 2
    assert "Of the owner" not in colleague.get(f"/content/{content.id}/edit/").text
    assert colleague.post(f"/content/{content.id}/working-copy/discard/").status_code == 204
    assert [copy.fields["content"] for copy in copies()] == [["<p>Of the owner</p>"]]


def test_discarding_with_a_window_named_is_only_of_that_window(owner_client: FlaskClient, site: Site) -> None:
    content = make_content(site)
    keep(owner_client, content, "<p>Mine</p>")
    address = f"/content/{content.id}/working-copy/discard/"
    owner_client.post(address, data={"tab": OTHER})
    assert len(copies()) == 1
    owner_client.post(address, data={"tab": TAB})
    assert copies() == []


def test_what_is_too_long_is_refused(owner_client: FlaskClient, site: Site) -> None:
    content = make_content(site)
    status, _answer = keep(owner_client, content, "x" * (working_copies.MAX_LETTERS + 1))
    assert (status, copies()) == (413, [])


def test_a_window_without_a_name_is_refused(owner_client: FlaskClient, site: Site) -> None:
    content = make_content(site)
    for tab in ("", "<script>", "a" * 41):
        assert keep(owner_client, content, "x", tab)[0] == 400


def test_who_else_has_it_open_is_named_until_they_leave(
    owner_client: FlaskClient, owner: User, account: Account, site: Site, sign_in: SignIn
) -> None:
    content, another = make_content(site), make_content(site)
    colleague = sign_in(make_member(account, "editor", name="Bee Keeper"))
    address = f"/content/{content.id}/presence/"
    assert colleague.post(address, data={"tab": OTHER}).get_json()["people"] == []
    answer = keep(owner_client, content, "x")[1]
    assert (answer["people"], answer["own_tab"]) == (["Bee Keeper"], False)
    assert owner_client.post(f"/content/{another.id}/presence/", data={"tab": TAB}).get_json()["people"] == []
    assert owner_client.post(address, data={"tab": "c" * 16}).get_json()["own_tab"] is True
    assert colleague.post(address, data={"tab": OTHER, "leaving": "1"}).status_code == 204
    assert owner_client.post(address, data={"tab": TAB}).get_json()["people"] == []


def test_who_was_not_heard_of_for_a_minute_is_gone(app: Flask, owner: User, account: Account, site: Site) -> None:
    content, colleague = make_content(site), make_member(account, "editor", name="Bee")
    presence.record_window(account.id, content.id, colleague.id, OTHER)
    assert presence.record_window(account.id, content.id, owner.id, TAB).names == ("Bee",)
    key = f"igny8:editing:{account.id}:{content.id}"
    redis_connection().zincrby(key, -presence.LIFETIME_SECONDS - 1, f"{colleague.id}:{OTHER}")
    assert presence.record_window(account.id, content.id, owner.id, TAB).names == ()
