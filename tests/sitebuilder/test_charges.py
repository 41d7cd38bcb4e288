"""What a model makes of a site is charged once, and nothing is charged for what came to nothing."""

from app.accounts.models import Account
from app.core.actor import THE_APP
from app.core.extensions import db
from app.sitebuilder import actions
from app.sitebuilder.models import SiteBlueprint
from app.sitebuilder.versions import pages_of
from app.sites.models import Site
from tests.factories.stripe import credits_left, give_credits
from tests.factories.work import newest_run, put_back, work
from tests.fakes.openai_server import FakeOpenAI
from tests.sitebuilder.conftest import make_blueprint

HERO = {"kind": "hero", "fields": {"heading": "Ride on", "button": "Come by", "address": "page:contact"}}
GOOD = {
    "pages": [
        {"title": "Home", "type": "home", "sections": [HERO]},
        {"title": "Contact", "type": "contact", "sections": [HERO, {"kind": "contact", "fields": {}}]},
    ]
}
BROKEN = {"pages": [{"title": "Home", "type": "home", "sections": [{"kind": "hero", "fields": {"heading": ""}}]}]}


def start(blueprint: SiteBlueprint) -> None:
    actions.start_structure(blueprint.account_id, THE_APP, blueprint.id)
    db.session.commit()


def test_a_structure_costs_fifty_credits_once_and_a_broken_answer_is_mended(
    account: Account, site: Site, openai: FakeOpenAI
) -> None:
    give_credits(account, plan=200)
    blueprint = make_blueprint(site)
    openai.answer_next(BROKEN)
    openai.answer_next(GOOD)
    start(blueprint)
    run = newest_run()
    assert work(run).state == "succeeded"
    put_back(run)
    work(run)
    db.session.expire_all()
    assert [page.title for page in pages_of(blueprint)] == ["Home", "Contact"]
    assert blueprint.version == 1
    assert credits_left(account) == (150, 0)


def test_answers_that_never_fit_cost_nothing_and_leave_the_site(
    account: Account, site: Site, openai: FakeOpenAI
) -> None:
    give_credits(account, plan=200)
    blueprint = make_blueprint(site)
    openai.answer_next(BROKEN)
    openai.answer_next(BROKEN)
    start(blueprint)
    run = work(newest_run())
    assert (run.state, (run.error or {}).get("code")) == ("failed", "SITE_STRUCTURE_INVALID")
    db.session.expire_all()
    assert (blueprint.status, blueprint.version) == ("draft", 0)
    assert credits_left(account) == (200, 0)
