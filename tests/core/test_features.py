"""A feature is entered in one folder: what it names is found in menu, permissions, modules, schedule and audit."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Blueprint, Flask
from flask.testing import FlaskClient

from app import create_app
from app.accounts import modules
from app.accounts.audit_words import action_label
from app.accounts.models import Account
from app.billing.costs import cost_of, costs
from app.config import ROOT
from app.core import features
from app.core.access import requires
from app.core.costs import Cost
from app.core.errors import Refused
from app.core.events import KeywordsAdded, Subscriber
from app.core.events.subscribers import subscribers_of
from app.core.extensions import db
from app.core.features import Entry, Feature, Module, SettingsTab
from app.core.permissions import Permission
from app.core.roles import allows, scope_words
from app.core.runs import start_run
from app.core.runs.kinds import RunKind, all_kinds, kind_of, register
from app.core.scheduler import Periodic
from app.features import FEATURES
from app.identity.models import User
from app.planner.models import Cluster
from jobs.schedule import periodic_jobs
from tests.conftest import Engines
from tests.factories.people import PASSWORD

pages = Blueprint("toy", __name__, url_prefix="/toy")
PLAY = RunKind("play", "jobs.none", "Playing", permission="toy:write", module="toy", operation="playing")


@pages.get("/", endpoint="index")
@requires("toy:write")
def show() -> str:
    """The toy's page."""
    return "A toy."


TOY = Feature(
    key="toy",
    blueprints=(pages,),
    navigation=(Entry("Toys", "toy.index", "target", place=35),),
    module=Module("toy", "Toys", "Playing.", "target"),
    permissions={"toy:write": frozenset({"owner", "admin"})},
    scopes={"toy:write": "Play"},
    run_kinds=(PLAY,),
    periodic=(Periodic("wind_up", timedelta(hours=1), "builtins.dict"),),
    audit_words={"toy.played": "Played"},
    credit_operations={"playing": Cost("Playing", 3, "game")},
    subscribers=(Subscriber("toy.keywords", KeywordsAdded, print),),
    settings_tabs=(SettingsTab("toys", "Toys", 70),),
)


@pytest.fixture
def toy_app(app: Flask, engines: Engines) -> Iterator[Flask]:
    """The application with one feature more; the others' registry comes back at the end."""
    environment = {**engines.environment(), "RATELIMIT_ENABLED": "0"}  # the limiter is one for all applications
    made = create_app({"TESTING": True, "WTF_CSRF_ENABLED": False}, environment, (*FEATURES, TOY))
    yield made
    with made.app_context():
        db.engine.dispose()
    features.register(FEATURES)


@pytest.fixture
def player(toy_app: Flask, owner: User) -> FlaskClient:
    """The owner's browser at the application with the toy."""
    browser = toy_app.test_client()
    assert browser.post("/login", data={"email": owner.email, "password": PASSWORD}).status_code == 303
    return browser


def test_a_feature_is_found_everywhere_it_belongs(toy_app: Flask, account: Account) -> None:
    assert [entry.label for entry in features.navigation()][2:5] == ["Writer", "Toys", "Content"]
    assert modules.states(account.id)["toy"] is True
    assert (allows("admin", "toy:write"), allows("editor", "toy:write")) == (True, False)
    assert scope_words()["toy:write"] == "Play"
    assert "wind_up" in {job.name for job in periodic_jobs()}
    assert action_label("toy.played") == "Played"
    assert cost_of("playing").of(2) == 6
    assert kind_of("play") is PLAY
    assert features.settings_tabs()[-1].key == "toys"
    assert [one.name for one in subscribers_of(KeywordsAdded)] == ["toy.keywords"]


def test_its_switch_turns_it_off_whole(toy_app: Flask, account: Account) -> None:
    modules.switch(account.id, "toy", False)
    with pytest.raises(Refused, match="Toys is switched off"):
        start_run(account_id=account.id, kind=PLAY, title="Playing", actor_id=None)
    modules.switch(account.id, "toy", True)
    assert start_run(account_id=account.id, kind=PLAY, title="Playing", actor_id=None).job == "jobs.none"
    db.session.rollback()


def test_its_page_is_in_the_menu_and_gone_with_its_switch(player: FlaskClient, account: Account) -> None:
    assert player.get("/toy/").text == "A toy."
    assert 'title="Toys"' in player.get("/sites/").text
    assert player.post("/account/modules/", data={"module": "toy", "on": "0"}).status_code == 303
    assert player.get("/toy/").status_code == 404
    assert 'title="Toys"' not in player.get("/sites/").text


def test_without_it_nothing_of_it_is_there(app: Flask, toy_app: Flask, account: Account) -> None:
    features.register(FEATURES)
    assert "toy" not in modules.states(account.id)
    assert not allows("owner", "toy:write")
    assert kind_of("play").job == ""
    assert "playing" not in costs()
    assert subscribers_of(KeywordsAdded) == []


def test_every_kind_of_run_is_whole(app: Flask) -> None:
    for kind in all_kinds():
        assert kind.job.startswith("jobs.")
        assert allows("owner", kind.permission)
        assert allows("owner", kind.may_cancel)
        assert kind.module is None or kind.module in features.modules()
        assert kind.operation is None or kind.operation in costs()


def test_two_kinds_of_one_name_are_refused(app: Flask) -> None:
    try:
        with pytest.raises(ValueError, match="play"):
            register([PLAY, RunKind("play", "jobs.other", "Other", permission=Permission.ACCOUNT_READ)])
    finally:
        features.register(FEATURES)


def test_everything_that_points_at_a_cluster_is_moved_when_it_is_merged() -> None:
    pointing = {
        table.name
        for table in Cluster.metadata.tables.values()
        for key in table.foreign_keys
        if key.column is Cluster.__table__.c.id
    }
    ours = {"keywords", "ideas", "nearest_clusters"}
    assert pointing == ours | {"tasks", "contents", "cluster_suggestions"}  # each of these has a hook


def test_the_icons_that_features_name_are_there() -> None:
    names = (ROOT / "static" / "img" / "icons.txt").read_text().split()
    used = [entry.icon for feature in FEATURES for entry in feature.navigation]
    used += [feature.module.icon for feature in FEATURES if feature.module]
    assert used
    assert set(used) <= set(names)
