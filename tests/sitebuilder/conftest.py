"""Planned sites for tests: made of the example's answers, without a model."""

import pytest

from app.accounts.modules import is_module_on, switch
from app.core.actor import THE_APP
from app.core.extensions import db
from app.sitebuilder import actions
from app.sitebuilder.example import example_answers
from app.sitebuilder.models import SiteBlueprint
from app.sites.models import Site
from tests.factories.work import newest_run, work


def make_blueprint(site: Site, **answers: object) -> SiteBlueprint:
    """A planned site with the answers of the example, and these."""
    if not is_module_on(site.account_id, "site_builder"):
        switch(site.account_id, THE_APP, "site_builder", True)
    config = {**example_answers(), **answers}
    blueprint = actions.create_blueprint(site.account_id, THE_APP, site.id, config)
    db.session.commit()
    return blueprint


def made(blueprint: SiteBlueprint) -> SiteBlueprint:
    """The same with its structure."""
    actions.start_structure(blueprint.account_id, THE_APP, blueprint.id)
    db.session.commit()
    assert work(newest_run()).state == "succeeded"
    db.session.rollback()
    db.session.expire_all()
    return blueprint


@pytest.fixture
def built(site: Site) -> SiteBlueprint:
    """A planned site with pages."""
    return made(make_blueprint(site))
