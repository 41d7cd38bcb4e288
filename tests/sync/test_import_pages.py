"""The pages of an import: what is there, watching, pausing, what came of it; and who may."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.accounts.models import Account
from app.core.extensions import db
from app.core.runs import Run
from app.sites.models import Site
from app.sync.imports import site_imports
from app.sync.imports.models import ImportProblem, SiteImport
from tests.factories.blog import Blog
from tests.factories.imports import add_post, add_posts, asked_of, import_all, import_of, plugin_code, start, work
from tests.factories.people import SignIn, make_member

HTMX = {"HX-Request": "true"}


@pytest.fixture
def paired(site: Site, blog: Blog) -> Blog:
    blog.pair(site)
    assert site.connection is not None
    site.connection.state = "connected"
    db.session.commit()
    return blog


def text_of(client: FlaskClient, path: str, **options: object) -> str:
    answer = client.get(path, **options)  # type: ignore[arg-type]
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.text)


def test_what_will_be_imported_is_counted_by_type(client: FlaskClient, owner_client: FlaskClient, paired: Blog) -> None:
    add_posts(paired, 12)
    add_posts(paired, 3, kind="page")
    page = text_of(owner_client, "/content/import/")
    assert "/content/import/choices/" in page
    choices = text_of(owner_client, "/content/import/choices/", headers=HTMX)
    assert re.search(r'value="post" checked.*?Posts.*?<span class="num secondary">12</span>', choices)
    assert re.search(r'value="page" checked.*?<span class="num secondary">3</span>', choices)
    assert "Import from WordPress</button>" in choices
    assert "<h1" in text_of(owner_client, "/content/import/choices/")


def test_the_content_manager_and_the_settings_lead_to_the_import(
    owner_client: FlaskClient, site: Site, paired: Blog
) -> None:
    for path in ("/content/", f"/sites/{site.id}/settings/?tab=wordpress"):
        page = text_of(owner_client, path)
        assert re.search(rf'href="/content/import/\?site={site.id}"[^>]*>.*?Import from WordPress</a>', page)


def test_a_double_click_starts_one_import(owner_client: FlaskClient, site: Site, paired: Blog) -> None:
    form = {"types": ["post"], "statuses": ["publish", "nonsense"]}
    first, second = (owner_client.post("/content/import/", data=form) for _ in range(2))
    assert first.status_code == 303
    assert first.location == second.location
    found = db.session.scalars(select(SiteImport)).one()
    assert (found.types, found.statuses) == (["post"], ["publish"])


def test_an_import_is_watched_paused_resumed_and_told_of(owner_client: FlaskClient, site: Site, paired: Blog) -> None:
    add_posts(paired, 4)
    run = start(site)
    here = f"/content/import/{run.id}/"
    watched = text_of(owner_client, here, headers=HTMX)
    assert 'role="progressbar"' in watched
    assert 'hx-trigger="every 1s"' in watched
    paused = owner_client.post(here + "pause/", headers=HTMX).text
    assert "Paused." in paused
    assert "every 1s" not in paused
    assert ">Resume</button>" in text_of(owner_client, "/content/import/")
    assert owner_client.post(here + "resume/").location == here
    work(run)
    told = text_of(owner_client, here)
    assert "Read 4 items: 4 new, 0 updated, 0 unchanged. Read " in told
    assert f'href="/content/?site={site.id}&amp;source=wordpress"' in told
    assert 'data-state="succeeded"' in told
    assert owner_client.post(here + "resume/").status_code == 409
    assert "Earlier imports" in text_of(owner_client, "/content/import/")


def test_problems_can_be_downloaded(owner_client: FlaskClient, site: Site, paired: Blog) -> None:
    add_post(paired)
    found = import_all(site)
    told = {"account_id": site.account_id, "import_id": found.id, "object": "post", "title": '=1+1, "quoted"'}
    db.session.add_all(ImportProblem(**told, object_id=number, message="Bad") for number in range(1, 26))
    found.problems = 25
    db.session.commit()
    page = text_of(owner_client, f"/content/import/{found.run_id}/")
    assert "The first 20 of 25." in page
    answer = owner_client.get(f"/content/import/{found.run_id}/problems.csv")
    lines = answer.text.splitlines()
    assert len(lines) == 26
    assert lines[1] == 'post,1,"\'=1+1, ""quoted""",Bad'


def test_without_wordpress_the_page_says_what_to_do(owner_client: FlaskClient, site: Site) -> None:
    page = text_of(owner_client, "/content/import/")
    assert "WordPress is not connected" in page
    assert f"/sites/{site.id}/settings/?tab=wordpress" in page
    assert "not connected" in text_of(owner_client, "/content/import/choices/", headers=HTMX)


def test_a_plugin_without_the_routes_is_to_be_updated(owner_client: FlaskClient, site: Site, paired: Blog) -> None:
    answer = 'http_response_code(404); echo \'{"code":"rest_no_route"}\'; exit;'
    code = f"if ( {asked_of('(posts|taxonomies)')} ) {{ {answer} }}"
    with plugin_code(paired, code):
        choices = text_of(owner_client, "/content/import/choices/", headers=HTMX)
    assert "too old to import from" in choices
    assert "/sites/plugin.zip" in choices


def test_viewers_look_and_strangers_find_nothing(
    account: Account, site: Site, paired: Blog, sign_in: SignIn, stranger_client: FlaskClient
) -> None:
    add_post(paired)
    found = import_all(site)
    here = f"/content/import/{found.run_id}/"
    viewer = sign_in(make_member(account, "viewer"))
    assert viewer.get(here).status_code == 200
    assert viewer.post("/content/import/", data={"types": "post", "statuses": "publish"}).status_code == 403
    for name in ("pause", "resume", "cancel"):
        assert viewer.post(f"{here}{name}/").status_code == 403
        assert stranger_client.post(f"{here}{name}/").status_code == 404
    assert stranger_client.get(here).status_code == 404
    assert stranger_client.get(f"{here}problems.csv").status_code == 404
    assert db.session.scalar(select(func.count()).select_from(SiteImport)) == 1


def test_a_run_that_is_no_import_is_not_found(owner_client: FlaskClient, site: Site) -> None:
    run = Run(account_id=site.account_id, kind="t", title="t", job="jobs.none", state="failed", site_id=site.id)
    db.session.add(run)
    db.session.commit()
    assert owner_client.get(f"/content/import/{run.id}/").status_code == 404


def test_time_left_follows_the_pace(site: Site, paired: Blog) -> None:
    found = import_of(start(site))
    assert site_imports.seconds_left(found) is None
    found.done, found.total, found.rate = 400, 1000, 20.0
    assert site_imports.seconds_left(found) == 30
