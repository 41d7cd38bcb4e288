"""What a person changes: nobody overwrites another, everything can be undone, and old states come back whole."""

import pytest
from flask import Flask

from app.core.actor import THE_APP
from app.core.errors import DomainError, NotFound
from app.core.extensions import db
from app.sitebuilder import actions, editing, versions
from app.sitebuilder.comparison import differing_pages
from app.sitebuilder.editing import PageValues, SectionPlace
from app.sitebuilder.models import BlueprintVersion, PageBlueprint, SiteBlueprint
from app.sitebuilder.pages import page_of_row, pages_of_snapshot
from app.sitebuilder.versions import BlueprintConflict, pages_of
from app.sites.models import Site
from tests.factories.built import make_planned_site
from tests.factories.races import race


@pytest.fixture
def home(site: Site) -> PageBlueprint:
    """The one page of a planned site."""
    return make_planned_site(site, "Acme")


def place_of(page: PageBlueprint, number: int = 0) -> SectionPlace:
    return SectionPlace(page.id, page.blocks[number]["id"])


def headings(page: PageBlueprint) -> list[str]:
    db.session.expire_all()
    return [section["fields"].get("heading", "") for section in page.blocks]


def save_heading(page: PageBlueprint, heading: str, seen: int) -> None:
    fields = {"heading": heading}
    editing.save_section(page.account_id, THE_APP, page.blueprint_id, place_of(page), fields, seen=seen)
    db.session.commit()


def undo(page: PageBlueprint, seen: int) -> None:
    versions.undo_blueprint_change(page.account_id, THE_APP, page.blueprint_id, seen=seen)
    db.session.commit()


def redo(page: PageBlueprint, seen: int) -> None:
    versions.redo_blueprint_change(page.account_id, THE_APP, page.blueprint_id, seen=seen)
    db.session.commit()


def test_who_comes_second_is_told_and_overwrites_nothing(home: PageBlueprint) -> None:
    save_heading(home, "First", 1)
    with pytest.raises(BlueprintConflict) as refused:
        save_heading(home, "Second", 1)
    db.session.rollback()
    assert refused.value.current == 2
    assert headings(home) == ["First"]


def test_of_many_at_once_one_is_saved(app: Flask, home: PageBlueprint) -> None:
    place, account_id, blueprint_id = place_of(home), home.account_id, home.blueprint_id

    def save(number: int) -> str:
        try:
            fields = {"heading": f"By {number}"}
            editing.save_section(account_id, THE_APP, blueprint_id, place, fields, seen=1)
            db.session.commit()
        except BlueprintConflict:
            db.session.rollback()
            return "told"
        return "saved"

    assert sorted(race(app, save, 4)) == ["saved", "told", "told", "told"]
    assert db.session.query(BlueprintVersion).filter_by(blueprint_id=blueprint_id).count() == 2


def test_undo_and_redo_go_back_and_forth_and_a_change_between_them_counts(home: PageBlueprint) -> None:
    for number, heading in enumerate(("One", "Two", "Three"), 1):
        save_heading(home, heading, number)
    undo(home, 4)
    assert headings(home) == ["Two"]
    undo(home, 5)
    assert headings(home) == ["One"]
    redo(home, 6)
    assert headings(home) == ["Two"]
    redo(home, 7)
    assert headings(home) == ["Three"]
    undo(home, 8)
    save_heading(home, "Other", 9)
    with pytest.raises(DomainError, match="nothing to redo"):
        redo(home, 10)
    db.session.rollback()
    undo(home, 10)
    assert headings(home) == ["Two"]
    for seen in (11, 12):
        undo(home, seen)
    assert headings(home) == ["Acme heading"]
    with pytest.raises(DomainError, match="nothing to undo"):
        undo(home, 13)


def test_a_removed_page_comes_back_as_the_same_row(home: PageBlueprint) -> None:
    account_id, blueprint_id = home.account_id, home.blueprint_id
    page = editing.add_page(account_id, THE_APP, blueprint_id, PageValues("Team", parent_id=home.id), seen=1)
    db.session.commit()
    assert (page.slug, page.parent_id) == ("team", home.id)
    editing.remove_page(account_id, THE_APP, blueprint_id, home.id, seen=2)
    db.session.commit()
    db.session.refresh(page)
    assert page.parent_id is None
    with pytest.raises(DomainError, match="at least one page"):
        editing.remove_page(account_id, THE_APP, blueprint_id, page.id, seen=3)
    db.session.rollback()
    versions.restore_blueprint_version(account_id, THE_APP, blueprint_id, 2, seen=3)
    db.session.commit()
    blueprint = db.session.get_one(SiteBlueprint, blueprint_id)
    assert [(row.id, row.parent_id) for row in pages_of(blueprint)] == [(home.id, None), (page.id, home.id)]


def test_links_follow_a_page_to_its_new_address(home: PageBlueprint) -> None:
    account_id, blueprint_id = home.account_id, home.blueprint_id
    page = editing.add_page(account_id, THE_APP, blueprint_id, PageValues("Team"), seen=1)
    fields = {"heading": "Meet us", "button": "Go", "address": "page:team"}
    editing.add_section(account_id, THE_APP, blueprint_id, home.id, "call_to_action", fields, seen=2)
    editing.save_page(account_id, THE_APP, blueprint_id, page.id, PageValues("ٹیم", "ٹیم"), seen=3)
    db.session.commit()
    assert page.slug == "ٹیم"
    assert home.blocks[1]["fields"]["address"] == "page:ٹیم"
    with pytest.raises(DomainError) as refused:
        editing.save_page(account_id, THE_APP, blueprint_id, page.id, PageValues("Team", "home"), seen=4)
    assert refused.value.field == "slug"


def test_sections_move_go_and_are_locked(home: PageBlueprint) -> None:
    account_id, blueprint_id = home.account_id, home.blueprint_id
    added = editing.add_section(account_id, THE_APP, blueprint_id, home.id, "text_image", {"text": "Words"}, seen=1)
    place = SectionPlace(home.id, added["id"])
    editing.move_section(account_id, THE_APP, blueprint_id, place, 0, seen=2)
    db.session.commit()
    assert [section["kind"] for section in home.blocks] == ["text_image", "hero"]
    editing.lock_section(account_id, THE_APP, blueprint_id, place, False, seen=3)
    assert not home.blocks[0]["locked"]
    editing.remove_section(account_id, THE_APP, blueprint_id, place, seen=4)
    with pytest.raises(NotFound):
        editing.remove_section(account_id, THE_APP, blueprint_id, place, seen=5)
    assert [section["kind"] for section in home.blocks] == ["hero"]


def test_versions_are_compared_page_by_page(home: PageBlueprint) -> None:
    editing.add_page(home.account_id, THE_APP, home.blueprint_id, PageValues("Team"), seen=1)
    save_heading(home, "New words", 2)
    blueprint = db.session.get_one(SiteBlueprint, home.blueprint_id)
    first = versions.version_of(home.account_id, home.blueprint_id, 1)
    now = [page_of_row(row) for row in pages_of(blueprint)]
    before = pages_of_snapshot(first.snapshot)
    assert [(one.title, one.kind) for one in differing_pages(before, now)] == [
        ("Acme page", "changed"),
        ("Team", "added"),
    ]
    assert [(one.title, one.kind) for one in differing_pages(now, before)] == [
        ("Acme page", "changed"),
        ("Team", "removed"),
    ]


def test_a_copy_has_pages_of_its_own(home: PageBlueprint) -> None:
    child = editing.add_page(home.account_id, THE_APP, home.blueprint_id, PageValues("Team", parent_id=home.id), seen=1)
    copy = actions.duplicate_blueprint(home.account_id, THE_APP, home.blueprint_id)
    db.session.commit()
    pages = pages_of(copy)
    assert [page.title for page in pages] == ["Acme page", "Team"]
    assert pages[1].parent_id == pages[0].id != home.id
    assert {page.id for page in pages}.isdisjoint({home.id, child.id})
    assert (copy.version, copy.deployed_version) == (1, None)


def test_what_is_in_the_trash_stays_as_it_is_until_it_comes_back(home: PageBlueprint) -> None:
    actions.trash_blueprint(home.account_id, THE_APP, home.blueprint_id)
    db.session.commit()
    with pytest.raises(DomainError, match="in the trash"):
        save_heading(home, "Words", 1)
    db.session.rollback()
    actions.restore_blueprint(home.account_id, THE_APP, home.blueprint_id)
    db.session.commit()
    save_heading(home, "Words", 1)
    assert headings(home) == ["Words"]
