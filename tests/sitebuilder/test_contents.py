"""The text of each page becomes a content, which stays a person's once they have changed it."""

import json
from typing import Any

import pytest

from app.content.models import Content
from app.content.services import update_content
from app.core.actor import THE_APP
from app.core.extensions import db
from app.core.runs import Run
from app.sitebuilder import actions, editing, writing
from app.sitebuilder.editing import SectionPlace
from app.sitebuilder.models import PageBlueprint, SiteBlueprint
from app.sitebuilder.structure.ai_texts import SITE_PAGE, PageTextRequest, TextsAnswer
from app.sitebuilder.versions import pages_of
from app.sites.models import Site
from tests.factories.work import newest_run, put_back, work


def write(blueprint: SiteBlueprint, *page_ids: int) -> Run:
    actions.start_page_texts(blueprint.account_id, THE_APP, blueprint.id, page_ids)
    db.session.commit()
    return work(newest_run())


def contents(site: Site) -> list[Content]:
    db.session.rollback()
    return db.session.query(Content).filter_by(site_id=site.id).order_by(Content.id).all()


def test_every_page_gets_a_content_with_wordpress_blocks(built: SiteBlueprint, site: Site) -> None:
    run = write(built)
    assert (run.state, run.message) == ("succeeded", "6 pages written.")
    made = contents(site)
    assert [(content.title, content.content_type, content.status) for content in made][:2] == [
        ("Home", "Page", "draft"),
        ("Services", "Page", "draft"),
    ]
    assert "<!-- wp:group" in made[0].content_html
    assert f'href="{site.url.rstrip("/")}/contact/"' in made[0].content_html
    assert [page.content_id for page in pages_of(built)] == [content.id for content in made]


def test_written_again_nothing_is_doubled_and_a_person_s_text_stays(built: SiteBlueprint, site: Site) -> None:
    write(built)
    home, services = contents(site)[:2]
    update_content(home.id, home.account_id, {"content_html": "<p>By hand</p>"}, expected_version=home.version)
    db.session.commit()
    page = pages_of(built)[1]
    place = SectionPlace(page.id, page.blocks[0]["id"])
    editing.save_section(built.account_id, THE_APP, built.id, place, {"heading": "All we do"}, seen=built.version)
    db.session.commit()
    run = write(built)
    assert "The text of “Home” was left: it was changed in the editor." in (run.message or "")
    again = contents(site)
    assert len(again) == 6
    assert again[0].content_html == "<p>By hand</p>"
    assert "All we do" in again[1].content_html
    assert again[1].version == services.version


def test_a_killed_run_goes_on_where_it_was(built: SiteBlueprint, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    first = pages_of(built)[0].id
    whole = writing._store_page

    def dies(*args: Any) -> None:
        if args[4].page_id != first:
            raise SystemExit
        whole(*args)

    monkeypatch.setattr(writing, "_store_page", dies)
    actions.start_page_texts(built.account_id, THE_APP, built.id, [])
    db.session.commit()
    run = newest_run()
    with pytest.raises(SystemExit):
        work(run)
    monkeypatch.undo()
    put_back(run)
    assert work(run).message == "6 pages written."
    assert len(contents(site)) == 6


def test_a_model_s_texts_keep_pictures_and_locked_sections(built: SiteBlueprint) -> None:
    page: PageBlueprint = pages_of(built)[0]
    sections = [{**page.blocks[0], "fields": {**page.blocks[0]["fields"], "image": "asset:images/a.png"}}]
    request = PageTextRequest(
        config=built.config,
        title=page.title,
        page_type="home",
        slugs=["home", "contact"],
        sections=sections,
        wanted=[sections[0]["id"]],
    )
    answer = {"sections": [{"kind": "hero", "fields": {"heading": "Ride on", "image": "https://x.example/b.png"}}]}
    texts = SITE_PAGE.check(request, TextsAnswer.model_validate(answer), json.dumps(answer))
    fields = texts[sections[0]["id"]]
    assert (fields["heading"], fields["image"]) == ("Ride on", "asset:images/a.png")
