"""The page of a deploy, by its requests: the plan, what a viewer may not, what is refused in words; the download."""

import io
import zipfile

from flask.testing import FlaskClient
from sqlalchemy import select

from app.core.extensions import db
from app.core.runs import Run
from app.sitebuilder.deploy.models import SiteDeploy
from app.sites.models import Site
from tests.factories.built import make_planned_site


def test_a_site_that_is_not_connected_is_refused_in_words(owner_client: FlaskClient, site: Site) -> None:
    page = make_planned_site(site, "Lindenhof")
    answer = owner_client.post(f"/site-builder/{page.blueprint_id}/deploy/")
    assert answer.status_code == 303
    assert "This site is not connected to WordPress yet." in owner_client.get(answer.location).text
    assert db.session.scalars(select(SiteDeploy)).all() == db.session.scalars(select(Run)).all() == []


def test_a_viewer_sees_the_plan_and_no_button(viewer_client: FlaskClient, site: Site) -> None:
    page = make_planned_site(site, "Lindenhof")
    shown = viewer_client.get(f"/site-builder/{page.blueprint_id}/deploy/").text
    assert "Create: 1" in shown
    assert "This site is not deployed yet." in shown
    assert "Deploy to WordPress" not in shown
    assert viewer_client.post(f"/site-builder/{page.blueprint_id}/deploy/").status_code == 403


def test_a_site_is_downloaded_as_files(viewer_client: FlaskClient, site: Site) -> None:
    page = make_planned_site(site, "Lindenhof")
    answer = viewer_client.get(f"/site-builder/{page.blueprint_id}/files.zip")
    assert answer.headers["Content-Disposition"] == "attachment; filename=lindenhof.zip"
    with zipfile.ZipFile(io.BytesIO(answer.data)) as pack:
        assert b"Lindenhof heading" in pack.read("index.html")
