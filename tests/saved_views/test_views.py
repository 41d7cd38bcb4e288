"""Views of a list: kept, opened, changed, shared, deleted and brought back."""

from urllib.parse import parse_qsl, urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Account
from app.core.clock import utcnow
from app.core.extensions import db
from app.saved_views import services
from app.saved_views.models import SavedView
from app.saved_views.services import KEPT, forget_deleted
from app.sites.models import Site
from tests.factories.people import SignIn, make_member
from tests.factories.things import make_cluster, make_content, make_keyword, make_site


def keep(client: FlaskClient, name: str = "Drafts", query: str = "status=draft&sort=title", **fields: str) -> SavedView:
    answer = client.post("/lists/content/views/", data={"name": name, "query": query, **fields})
    assert answer.status_code == 303, answer.text
    view = db.session.scalars(select(SavedView).order_by(SavedView.id.desc())).first()
    assert view is not None
    return view


@pytest.fixture
def editor(account: Account, site: Site, sign_in: SignIn) -> FlaskClient:
    make_content(site, "A draft")
    make_content(site, "A live one", status="published")
    return sign_in(make_member(account, "editor", name="Erika"))


@pytest.fixture
def colleague(account: Account, site: Site, sign_in: SignIn) -> FlaskClient:
    return sign_in(make_member(account, "editor"))


def test_a_view_is_filters_order_and_columns_under_a_name(editor: FlaskClient) -> None:
    view = keep(editor, query="status=draft&sort=title&columns=url,type&page=3&after=x&per_page=25&nonsense=1&q=a")
    assert (view.filters, view.columns) == ({"status": "draft", "sort": "title", "q": "a"}, ["title", "url", "type"])
    answer = editor.get(f"/views/{view.id}/")
    assert dict(parse_qsl(urlsplit(answer.location).query)) == {**view.filters, "view": str(view.id)}
    page = editor.get(answer.location).text
    assert "A draft" in page
    assert "A live one" not in page
    assert "Save changes to view" not in page


def test_changes_of_a_view_are_offered_to_be_saved(editor: FlaskClient) -> None:
    view = keep(editor)
    changed = f"status=published&view={view.id}"
    assert "Save changes to view" in editor.get(f"/content/?{changed}").text
    editor.post(f"/views/{view.id}/update/", data={"query": changed})
    assert "A live one" in editor.get(editor.get(f"/views/{view.id}/").location).text
    assert "Save changes to view" not in editor.get(f"/content/?{changed}").text
    assert "Save changes to view" in editor.get(f"/content/?view={view.id}").text, "a filter taken away is a change"


def test_columns_of_a_view_are_chosen_in_the_address_until_it_is_saved(editor: FlaskClient) -> None:
    view = keep(editor)
    answer = editor.post(
        "/lists/content/columns/",
        data={"query": f"status=draft&sort=title&view={view.id}", "order": ["url", "type"], "column": ["type"]},
    )
    assert "columns=title%2Ctype" in answer.location
    assert "Save changes to view" in editor.get(answer.location).text
    db.session.refresh(view)
    assert "url" in view.columns


def test_a_view_is_its_makers_until_it_is_shared(editor: FlaskClient, colleague: FlaskClient) -> None:
    view = keep(editor)
    assert colleague.get(f"/views/{view.id}/").status_code == 404
    assert "Drafts" not in colleague.get("/content/?view=all").text
    editor.post(f"/views/{view.id}/edit/", data={"name": "Our drafts", "shared": "1"})
    assert colleague.get(f"/views/{view.id}/").status_code == 303
    page = colleague.get("/content/").text
    assert "Our drafts" in page
    assert "shared by Erika" in page


def test_another_person_uses_a_shared_view_and_does_not_change_it(editor: FlaskClient, colleague: FlaskClient) -> None:
    view = keep(editor, shared="1")
    for path, data in (("update", {"query": ""}), ("delete", {})):
        assert colleague.post(f"/views/{view.id}/{path}/", data=data).status_code == 409
    colleague.post(f"/views/{view.id}/edit/", data={"name": "Mine", "default": "1"})
    db.session.refresh(view)
    assert (view.name, view.is_shared, view.deleted_at) == ("Drafts", True, None)
    assert f"view={view.id}" in colleague.get("/content/").location, "but it may be what their list opens with"


def test_a_viewer_keeps_views_and_shares_none(account: Account, site: Site, sign_in: SignIn) -> None:
    viewer = sign_in(make_member(account, "viewer"))
    assert viewer.post("/lists/content/views/", data={"name": "All", "shared": "1"}).status_code == 403
    assert keep(viewer, "Own").is_shared is False


def test_an_admin_changes_what_is_shared_and_sees_nothing_else(
    editor: FlaskClient, account: Account, sign_in: SignIn
) -> None:
    admin = sign_in(make_member(account, "admin"))
    own, shared = keep(editor, "Own"), keep(editor, "Ours", shared="1")
    assert admin.get(f"/views/{own.id}/edit/").status_code == 404
    assert admin.post(f"/views/{shared.id}/delete/").status_code == 303


def test_a_deleted_view_can_be_brought_back(editor: FlaskClient) -> None:
    view = keep(editor)
    answer = editor.post(f"/views/{view.id}/delete/")
    page = editor.get(answer.location).text
    assert "Deleted the view" in page
    assert editor.get(f"/views/{view.id}/").status_code == 404
    keep(editor, "Drafts")
    assert editor.post(f"/views/{view.id}/restore/").status_code == 303
    db.session.refresh(view)
    assert (view.name, view.deleted_at) == ("Drafts (restored)", None)


def test_no_view_comes_back_beyond_what_its_maker_may_have(
    editor: FlaskClient, account: Account, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "MOST", 2)
    view = keep(editor, shared="1")
    editor.post(f"/views/{view.id}/delete/")
    other = keep(editor, "One")
    keep(editor, "Two")
    admin = sign_in(make_member(account, "admin"))
    for client, words in (
        (editor, "You have 2 views already."),
        (admin, "Whoever made this view has 2 views already."),
    ):
        answer = client.post(f"/views/{view.id}/restore/")
        page = client.get(answer.location).text
        assert words in page
        assert "Deleted the view" in page, "it is offered again"
        db.session.refresh(view)
        assert view.deleted_at is not None
    editor.post(f"/views/{other.id}/delete/")
    editor.post(f"/views/{view.id}/restore/")
    db.session.refresh(view)
    assert view.deleted_at is None


def test_what_was_deleted_a_month_ago_is_gone_for_good(editor: FlaskClient) -> None:
    view, other = keep(editor), keep(editor, "Other")
    view.deleted_at, other.deleted_at = utcnow() - KEPT, utcnow()
    db.session.commit()
    assert forget_deleted() == 1
    assert db.session.scalars(select(SavedView.id)).all() == [other.id]


@pytest.mark.parametrize(("name", "code"), [("", "needs a name"), ("x" * 81, "at most 80"), ("DRAFTS", "already")])
def test_a_name_that_cannot_be_is_told_at_the_field(editor: FlaskClient, name: str, code: str) -> None:
    keep(editor)
    answer = editor.post("/lists/content/views/", data={"name": name, "query": "status=published"})
    assert answer.status_code == 422
    assert code in answer.text
    assert 'value="status=published"' in answer.text


def test_a_list_opens_with_the_view_that_the_person_has_chosen(editor: FlaskClient, colleague: FlaskClient) -> None:
    view = keep(editor, default="1")
    assert f"view={view.id}" in editor.get("/content/").location
    assert editor.get("/content/?view=all").status_code == 200
    assert editor.get("/content/?q=x").status_code == 200
    assert editor.get("/content/", headers={"HX-Request": "true"}).status_code == 200
    assert colleague.get("/content/").status_code == 200
    editor.post(f"/views/{view.id}/delete/")
    assert editor.get("/content/").status_code == 200


def test_a_view_says_when_what_it_is_filtered_by_is_gone(editor: FlaskClient, site: Site) -> None:
    cluster = make_cluster(site, "Beans")
    view = keep(editor, query=f"cluster={cluster.id}")
    assert view.site_id == site.id
    page = editor.get(editor.get(f"/views/{view.id}/").location).text
    assert "no longer exists" not in page
    db.session.delete(cluster)
    db.session.commit()
    assert "no longer exists" in editor.get(editor.get(f"/views/{view.id}/").location).text


def test_a_view_of_what_every_site_has_is_there_on_every_site(
    editor: FlaskClient, account: Account, site: Site
) -> None:
    other = make_site(account)
    make_keyword(other)
    keep(editor, "Everywhere")
    keep(editor, "Of beans", query=f"cluster={make_cluster(site).id}")
    page = editor.get(f"/content/?view=all&site={other.id}").text
    assert "Everywhere" in page
    assert ">Of beans</span>" not in page
    assert ">Of beans</span>" in editor.get(f"/content/?view=all&site={site.id}").text


def test_own_views_are_all_there_however_many_are_shared(
    editor: FlaskClient, colleague: FlaskClient, account: Account
) -> None:
    for number in range(60):
        keep(colleague, f"aa {number}", shared="1")
    for number in range(60):
        keep(editor, f"zz {number}")
    page = editor.get("/content/").text
    assert [number for number in range(60) if f"zz {number}<" not in page] == []
    assert "aa 0<" in page
