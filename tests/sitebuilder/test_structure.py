"""A structure is made of what the person said, and of nothing else."""

import json

import pytest

from app.ai.operations import AnswerRejected
from app.core.actor import THE_APP
from app.core.extensions import db
from app.sitebuilder import actions, editing
from app.sitebuilder.answers import BUSINESS_TYPES, OBJECTIVE_LABELS, read_answers
from app.sitebuilder.editing import PageValues, SectionPlace
from app.sitebuilder.example import example_answers
from app.sitebuilder.models import SiteBlueprint
from app.sitebuilder.pages import page_of_row, page_path, site_menu
from app.sitebuilder.structure.ai_structure import SITE_STRUCTURE, StructureAnswer, StructureRequest
from app.sitebuilder.structure.rules import structure_by_rule
from app.sitebuilder.structure.words import LANGUAGES_WITH_WORDS, words_in
from app.sitebuilder.versions import pages_of
from app.sites.models import Site
from tests.factories.work import newest_run, work
from tests.sitebuilder.conftest import made, make_blueprint


def titles(blueprint: SiteBlueprint) -> list[str]:
    db.session.expire_all()
    return [page.title for page in pages_of(blueprint)]


def test_the_example_makes_a_whole_site(built: SiteBlueprint) -> None:
    assert built.status == "ready"
    assert built.version == 1
    pages = pages_of(built)
    assert [page.slug for page in pages] == ["home", "services", "about", "prices", "questions", "contact"]
    home = {section["kind"]: section["fields"] for section in pages[0].blocks}
    assert home["hero"]["heading"] == "Bicycle shop and repairs – 12 Mill Lane, Leeds"
    assert home["hero"]["address"] == "page:contact"
    assert home["feature_grid"]["items"][0]["title"] == "Repairs"
    assert home["stats"]["items"][0] == {"value": "2 days", "label": "for most repairs"}
    assert built.structure["theme"]["palette"] == "forest"
    assert site_menu([page_of_row(page) for page in pages])[0].page.slug == "home"
    assert page_path(page_of_row(pages[1]), [page_of_row(page) for page in pages]) == "services"


@pytest.mark.parametrize("kind", BUSINESS_TYPES)
@pytest.mark.parametrize("language", LANGUAGES_WITH_WORDS)
def test_every_text_is_one_that_was_given(kind: str, language: str) -> None:
    config = {**example_answers(), "business_type": kind, "language": language, "objectives": list(OBJECTIVE_LABELS)}
    given = json.dumps(config, ensure_ascii=False) + json.dumps(list(words_in(language).values()), ensure_ascii=False)
    plan = structure_by_rule(read_answers(config))
    assert plan.pages[0].page_type == "home"
    assert len({page.slug for page in plan.pages}) == len(plan.pages)
    for page in plan.pages:
        assert len(page.sections) > 1, page.title
        for section in page.sections:
            for text in _texts(section["fields"]):
                parts = [part for part in text.replace("\n", " – ").split(" – ") if part]
                assert all(part.casefold() in given.casefold() for part in parts), text


def _texts(value: object) -> list[str]:
    if isinstance(value, dict):
        skipped = ("address", "second_address", "side", "link")
        return [text for name, inner in value.items() if name not in skipped for text in _texts(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in _texts(inner)]
    return [value] if isinstance(value, str) and value else []


def test_little_makes_little_and_says_what_was_left_out() -> None:
    config = {"name": "X", "industry": "y", "business_type": "other", "description": "z" * 30, "objectives": ["prices"]}
    plan = structure_by_rule(read_answers(config))
    assert [page.slug for page in plan.pages] == ["home", "about", "contact"]
    assert plan.notes == ["No page “Prices” was made: the brief has nothing for it yet."]


def test_a_new_structure_leaves_what_a_person_changed(built: SiteBlueprint) -> None:
    account_id = built.account_id
    home, services = pages_of(built)[:2]
    place = SectionPlace(home.id, home.blocks[0]["id"])
    editing.save_section(account_id, THE_APP, built.id, place, {"heading": "My own words"}, seen=1)
    editing.save_page(
        account_id, THE_APP, built.id, services.id, PageValues("What we mend", "mending", "services"), seen=2
    )
    editing.add_page(account_id, THE_APP, built.id, PageValues("Our dog"), seen=3)
    db.session.commit()
    built.config = {**built.config, "prices": "", "offers": "Painting: any colour", "objectives": ["enquiries"]}
    db.session.commit()
    made(built)
    assert titles(built) == ["Home", "What we mend", "About us", "Questions and answers", "Contact", "Our dog"]
    pages = pages_of(built)
    assert pages[0].blocks[0]["fields"]["heading"] == "My own words"
    assert pages[0].blocks[0]["locked"]
    assert pages[1].slug == "mending"
    grid = next(section for section in pages[0].blocks if section["kind"] == "feature_grid")
    assert [item["title"] for item in grid["fields"]["items"]] == ["Painting"]
    assert "page:services" not in json.dumps([page.blocks for page in pages])


ANSWER = {
    "pages": [
        {
            "title": "Start",
            "slug": "/",
            "type": "home",
            "blocks": [
                {"type": "hero", "content": {"heading": "**Bicycles**", "button": "Go", "address": "/contact"}},
                {"type": "Feature Grid", "fields": {"heading": "All", "items": [{"title": "Repairs"}]}},
                {"type": "stats", "fields": {"items": [{"value": "1000000", "label": "happy customers"}]}},
                {"type": "testimonials", "fields": {"items": [{"quote": "Best!", "name": "Jo"}]}},
                {"type": "text_image", "fields": {"text": "Words", "image": "https://evil.example/x.png"}},
            ],
        },
        {"title": "Contact", "slug": "contact", "type": "contact", "sections": [{"kind": "contact", "fields": {}}]},
    ]
}


def test_a_model_invents_no_customers_pictures_or_figures() -> None:
    request = StructureRequest(config={**example_answers(), "figures": "2011: opened"})
    plan = SITE_STRUCTURE.check(request, StructureAnswer.model_validate(ANSWER), json.dumps(ANSWER))
    kinds = [section["kind"] for section in plan.pages[0].sections]
    assert kinds == ["hero", "feature_grid", "stats", "text_image"]
    hero, _grid, stats, text = plan.pages[0].sections
    assert hero["fields"]["heading"] == "Bicycles"
    assert hero["fields"]["address"] == "page:contact"
    assert stats["fields"]["items"] == [{"value": "2011", "label": "opened"}]
    assert text["fields"]["image"] == ""
    assert plan.pages[1].sections[0]["fields"]["email"] == "hello@lindenhof.example"


def test_an_answer_that_does_not_fit_is_sent_back() -> None:
    request = StructureRequest(config=example_answers())
    broken = {
        "pages": [{"title": "Home", "type": "home", "sections": [{"kind": "hero", "fields": {"heading": "x" * 400}}]}]
    }
    for answer in (broken, {"pages": [{"title": "Contact", "type": "contact", "sections": []}]}):
        with pytest.raises(AnswerRejected):
            SITE_STRUCTURE.check(request, StructureAnswer.model_validate(answer), "")


def test_one_structure_is_made_at_a_time_and_a_failed_one_leaves_the_site(site: Site) -> None:
    blueprint = make_blueprint(site)
    first = actions.start_structure(site.account_id, THE_APP, blueprint.id)
    db.session.commit()
    assert actions.start_structure(site.account_id, THE_APP, blueprint.id).id == first.id
    assert blueprint.status == "generating"
    blueprint.config = {**blueprint.config, "theme": {"palette": "gone"}}
    db.session.commit()
    assert work(newest_run()).state == "failed"
    db.session.rollback()
    db.session.refresh(blueprint)
    assert blueprint.status == "draft"
