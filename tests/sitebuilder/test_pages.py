"""Planned sites by their forms: what is typed is kept, and what is wrong is said at its field."""

from flask.testing import FlaskClient

from app.core.extensions import db
from app.sitebuilder.models import PageBlueprint, SiteBlueprint
from app.sites.models import Site
from tests.factories.built import make_planned_site
from tests.sitebuilder.conftest import make_blueprint


def test_a_step_keeps_what_was_typed_though_it_is_not_done(owner_client: FlaskClient, site: Site) -> None:
    blueprint = make_blueprint(site)
    address = f"/site-builder/{blueprint.id}/wizard/"
    form = {"step": "1", "version": "1", "name": "Acme", "industry": "", "business_type": "shop", "email": "x"}
    answer = owner_client.post(address, data={**form, "go": "next"})
    assert "Say what the business does." in answer.text
    later = owner_client.post(address, data={**form, "version": "2", "go": "later"})
    assert later.status_code == 303
    db.session.rollback()
    db.session.expire_all()
    assert (blueprint.name, blueprint.config["email"], blueprint.config["description"][:7]) == ("Acme", "x", "We sell")
    stale = owner_client.post(address, data={**form, "name": "Mine", "go": "next"})
    assert stale.status_code == 409
    assert 'value="Mine"' in stale.text


def test_objectives_are_added_and_removed(owner_client: FlaskClient, site: Site) -> None:
    blueprint = make_blueprint(site, objectives=["enquiries", "Lend bicycles", "Teach"])
    address = f"/site-builder/{blueprint.id}/wizard/"
    form = {"step": "3", "version": "1", "objectives": ["enquiries"], "own": ["Lend bicycles", "Teach", ""]}
    assert owner_client.post(address, data={**form, "go": "remove-0"}).status_code == 303
    db.session.rollback()
    db.session.expire_all()
    assert blueprint.config["objectives"] == ["enquiries", "Teach"]


def test_a_stale_form_shows_the_words_again(owner_client: FlaskClient, site: Site) -> None:
    home = make_planned_site(site, "Acme")
    address = f"/site-builder/{home.blueprint_id}/pages/{home.id}/sections/{home.blocks[0]['id']}/"
    form = {"kind": "hero", "heading": "Theirs", "tone": "accent", "version": "1"}
    assert owner_client.post(address, data=form).status_code == 303
    answer = owner_client.post(address, data={**form, "heading": "<Mine> & words"})
    assert answer.status_code == 409
    assert "Somebody else changed this site meanwhile." in answer.text
    assert "&lt;Mine&gt; &amp; words" in answer.text
    removed = owner_client.post(f"{address}remove/", data={"version": "2"})
    assert removed.status_code == 303
    gone = owner_client.post(address, data={**form, "heading": "Kept", "version": "2"})
    assert 'value="Kept"' in gone.text


def test_the_form_of_a_section_is_made_of_its_block(owner_client: FlaskClient, site: Site) -> None:
    home = make_planned_site(site, "Acme")
    address = f"/site-builder/{home.blueprint_id}/pages/{home.id}/sections/"
    form = {"kind": "faq", "version": "1", "items-0-question": "Why?", "items-0-answer": ""}
    more = owner_client.post(address, data={**form, "change": "add-items"})
    assert 'name="items-1-question"' in more.text
    assert 'value="Why?"' in more.text
    wrong = owner_client.post(address, data=form)
    assert wrong.status_code == 422
    assert "“Answer” is missing." in wrong.text
    good = owner_client.post(address, data={**form, "items-0-answer": "Rain."})
    assert good.status_code == 303
    db.session.rollback()
    db.session.expire_all()
    assert db.session.get_one(PageBlueprint, home.id).blocks[1]["kind"] == "faq"


def test_the_preview_runs_nothing_and_the_style_has_its_own_address(owner_client: FlaskClient, site: Site) -> None:
    home = make_planned_site(site, "Acme")
    answer = owner_client.get(f"/site-builder/{home.blueprint_id}/preview/{home.id}/")
    assert "Acme heading</h1>" in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "<script" not in answer.text
    assert " style=" not in answer.text
    assert owner_client.get(f"/site-builder/{home.blueprint_id}/style.css").mimetype == "text/css"
    old = owner_client.get(f"/site-builder/{home.blueprint_id}/preview/{home.id}/?version=1")
    assert "Acme heading</h1>" in old.text


def test_colours_that_nobody_could_read_are_refused_with_what_was_typed(owner_client: FlaskClient, site: Site) -> None:
    home = make_planned_site(site, "Acme")
    form = {"palette": "own", "accent": "#ffee00", "ground": "#ffffff", "text": "#222222", "layout": "default"}
    answer = owner_client.post(f"/site-builder/{home.blueprint_id}/style/", data={**form, "version": "1"})
    assert answer.status_code == 422
    assert "can hardly be read" in answer.text
    assert 'value="#ffee00"' in answer.text


def test_the_list_renames_duplicates_trashes_and_restores(owner_client: FlaskClient, site: Site) -> None:
    home = make_planned_site(site, "Acme")
    address = f"/site-builder/{home.blueprint_id}"
    owner_client.post(f"{address}/rename/", data={"name": " "})
    assert "at most 120 characters" in owner_client.get("/site-builder/").text
    owner_client.post(f"{address}/rename/", data={"name": "B&B"})
    owner_client.post(f"{address}/duplicate/")
    page = owner_client.get("/site-builder/").text
    assert "Copy of B&amp;B" in page
    trashed = owner_client.post(f"{address}/trash/", headers={"HX-Request": "true"})
    assert trashed.status_code == 204
    listed = owner_client.get("/site-builder/").text
    assert f'{address}/"' not in listed
    assert "Trash" in listed
    assert f"{address}/restore/" in owner_client.get("/site-builder/?show=trash").text
    owner_client.post(f"{address}/restore/")
    assert f'{address}/"' in owner_client.get("/site-builder/").text
    db.session.rollback()
    assert db.session.get_one(SiteBlueprint, home.blueprint_id).trashed_at is None


def test_two_versions_are_compared_whichever_is_named_first(owner_client: FlaskClient, site: Site) -> None:
    home = make_planned_site(site, "Acme")
    address = f"/site-builder/{home.blueprint_id}"
    section = f"{address}/pages/{home.id}/sections/{home.blocks[0]['id']}/"
    for number, heading in enumerate(("Second", "Third"), 1):
        owner_client.post(section, data={"kind": "hero", "heading": heading, "version": str(number)})
    for first, second in ((1, 2), (2, 1)):
        page = owner_client.get(f"{address}/versions/{first}/?with={second}").text
        assert "What is different in version 2" in page
        assert "Acme heading" in page
        assert "Second" in page
        assert "Third" not in page
    assert "Third" in owner_client.get(f"{address}/versions/1/").text
    assert owner_client.get(f"{address}/versions/1/?with=77").status_code == 404
    listed = owner_client.get(f"{address}/versions/?before=3").text
    assert "Version 2" in listed
    assert "Version 3" not in listed
