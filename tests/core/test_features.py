"""A feature is entered in one folder: what it names is found in menu, permissions, modules, schedule and audit."""

import os
import pkgutil
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

import jobs
from app import create_app
from app.accounts import modules
from app.accounts.audit_words import action_label
from app.accounts.models import Account
from app.ai.tasks import OPERATIONS
from app.billing.costs import cost_of, costs
from app.config import ROOT
from app.content.models import Content
from app.core import events, features, limits, media
from app.core.actor import THE_APP
from app.core.bodies import STRANGERS_BYTES
from app.core.errors import Refused
from app.core.events import delivery
from app.core.events.models import EventDelivery
from app.core.events.subscribers import subscribers_of
from app.core.extensions import db
from app.core.own_jobs import may_be_called
from app.core.permissions import AnyPermission, Permission
from app.core.roles import allows, roles_by_permission, scope_words
from app.core.runs import Run, start_run
from app.core.runs.kinds import Hold, RunKind, all_kinds, kind_of, kinds_holding, register, unattended_kinds
from app.features import FEATURES, features_in
from app.identity import hooks
from app.identity.models import User
from app.planner.models import Cluster
from app.sites.models import Site
from app.thinker import rows
from jobs.schedule import periodic_jobs
from tests.conftest import Engines
from tests.core.toys.toy.events import ToyPlayed, heard
from tests.core.toys.toy.feature import SHELF
from tests.core.toys.toy.permissions import ToyPermission
from tests.core.toys.toy.questions import MOVE
from tests.core.toys.toy.run_kinds import PLAY
from tests.factories.people import NOBODY, PASSWORD
from tests.factories.things import make_content

HTMX = {"HX-Request": "true"}
TOYS = features_in("tests.core.toys", Path(__file__).parent / "toys")


@pytest.fixture
def toy_app(app: Flask, engines: Engines) -> Iterator[Flask]:
    """The application with one feature more; the others' registry comes back at the end."""
    environment = {**engines.environment(), "RATELIMIT_ENABLED": "0"}  # the limiter is one for all applications
    with_toys = sorted((*FEATURES, *TOYS), key=lambda feature: feature.place)
    made = create_app({"TESTING": True, "WTF_CSRF_ENABLED": False}, environment, with_toys)
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
    module_keys = ["planner", "writer", "toy", "linker", "optimizer", "thinker", "site_builder", "automation"]
    assert list(modules.module_states(account.id)) == module_keys
    assert (allows("admin", ToyPermission.WRITE), allows("editor", ToyPermission.WRITE)) == (True, False)
    assert scope_words()[ToyPermission.WRITE] == "Play"
    assert "wind_up" in {job.name for job in periodic_jobs()}
    assert action_label("toy.played") == "Played"
    assert cost_of("playing").of(2) == 6
    assert kind_of("play") is PLAY
    assert PLAY in kinds_holding(Hold.TEXT)
    assert "play" in unattended_kinds()
    assert features.lists()["toys"].label == "Toys"
    assert features.guide_of("toy.index") == "keywords"
    assert may_be_called("builtins.id")
    assert ["teddy"] in hooks.words_about_person(0)
    assert OPERATIONS["toy_move"] is MOVE
    assert features.item_links()["toy"] == ("toy.panel", "content_id")


def test_its_events_reach_who_subscribes(toy_app: Flask, site: Site) -> None:
    events.publish(ToyPlayed(site.account_id, site.id, (2, 1)))
    db.session.commit()
    delivery.deliver(site.account_id)
    assert [event.subjects for event in heard] == [(1, 2)]
    heard.clear()


def test_switched_off_it_is_neither_told_nor_asked_and_on_again_it_hears_of_what_comes_later(
    toy_app: Flask, site: Site
) -> None:
    def play(subject: int) -> None:
        events.publish(ToyPlayed(site.account_id, site.id, (subject,)))
        db.session.commit()

    def offered() -> list[str]:
        return [row.title for row in rows.list_rows(site.account_id, MOVE)]

    play(1)
    modules.switch(site.account_id, NOBODY, "toy", False)
    play(2)
    delivery.deliver(site.account_id)
    assert (heard, offered()) == ([], [])
    modules.switch(site.account_id, NOBODY, "toy", True)
    play(3)
    delivery.deliver(site.account_id)
    assert [event.subjects for event in heard] == [(3,)]
    assert offered() == ["A game of chess"]
    assert db.session.scalars(select(EventDelivery)).all() == []
    heard.clear()


def test_a_worker_does_its_work(toy_app: Flask, site: Site) -> None:
    run = start_run(account_id=site.account_id, kind=PLAY, title="Playing", actor=THE_APP, site_id=site.id)
    db.session.commit()
    jobs.execute(str(run.id))
    db.session.refresh(run)
    assert (run.state, run.message) == ("succeeded", "Played once.")
    delivery.deliver(site.account_id)
    assert [event.subjects for event in heard] == [(1,)]
    heard.clear()


def test_a_row_names_no_function_but_a_job(site: Site) -> None:
    run = Run(account_id=site.account_id, kind="none_of_ours", title="x", job="builtins.exec")
    db.session.add(run)
    db.session.commit()
    jobs.execute(str(run.id))
    db.session.refresh(run)
    assert (run.state, run.error and run.error["code"]) == ("failed", "UNEXPECTED")


def test_its_files_go_in_their_time(toy_app: Flask, account: Account) -> None:
    name = SHELF.save(account.id, b"a toy")
    hours_ago = time.time() - 2 * 3600
    os.utime(SHELF.path_of(account.id, name), (hours_ago, hours_ago))
    with toy_app.app_context():
        media.forget_old()
    assert not SHELF.has(account.id, name)


def test_its_switch_turns_it_off_whole(toy_app: Flask, account: Account) -> None:
    modules.switch(account.id, NOBODY, "toy", False)
    with pytest.raises(Refused, match="Toys is switched off"):
        start_run(account_id=account.id, kind=PLAY, title="Playing", actor=THE_APP)
    modules.switch(account.id, NOBODY, "toy", True)
    assert start_run(account_id=account.id, kind=PLAY, title="Playing", actor=THE_APP).kind == "play"
    db.session.rollback()


def places_of_the_toy(player: FlaskClient, site: Site, content: Content) -> dict[str, bool]:
    """Where people meet it."""
    return {
        "page": "A toy with two batteries." in player.get("/toy/").text,
        "menu": '<span class="label">Toys</span></a>' in player.get("/sites/").text,
        "finder": "/toy/" in player.get("/find/?q=play", headers=HTMX).text,
        "finding": "A teddy bear" in player.get("/find/?q=teddy", headers=HTMX).text,
        "settings": "Toy box" in player.get("/account/profile/").text,
        "tab": f'hx-get="/toy/of/{site.id}/"' in player.get(f"/sites/{site.id}/settings/?tab=toys").text,
        "dashboard": "Toys to play" in player.get("/dashboard/").text,
        "panel": f"/toy/in/{content.id}/" in player.get(f"/content/{content.id}/edit/").text,
    }


def test_people_meet_it_and_no_more_with_its_switch(player: FlaskClient, site: Site) -> None:
    content = make_content(site, "A text")
    assert set(places_of_the_toy(player, site, content).values()) == {True}
    assert "Moves of the toy" in player.get("/thinker/prompts/").text
    assert "Playthings" in player.get("/account/audit/").text
    assert player.post("/account/modules/", data={"module": "toy", "on": "0"}).status_code == 303
    assert set(places_of_the_toy(player, site, content).values()) == {False}
    assert player.get("/toy/").status_code == 404


def test_machines_get_json_and_people_its_dialog(player: FlaskClient, toy_app: Flask) -> None:
    for method, path, status in (("POST", "", 403), ("GET", "", 405), ("GET", "nothing/", 404)):
        answer = toy_app.test_client().open(f"/toy-machine/{path}", method=method)
        assert (answer.status_code, answer.json and answer.json["ok"]) == (status, False)
    long = toy_app.test_client().post("/toy-machine/", data=b"x" * (STRANGERS_BYTES + 1))
    assert long.status_code == 403  # it bounds its bodies itself
    shown = player.post("/toy/broken/", headers=HTMX)
    assert (shown.status_code, shown.headers["HX-Retarget"]) == (403, "#dialogs")
    assert shown.text == "<dialog>The toy is broken.</dialog>"


@pytest.mark.parametrize(
    ("endpoint", "mark"),
    [("toy.index", limits.PART), ("toy.fail", limits.NEVER_REFUSED), ("content.blocks", limits.PART)],
)
def test_a_route_says_how_it_is_counted(toy_app: Flask, endpoint: str, mark: str) -> None:
    assert hasattr(toy_app.view_functions[endpoint], mark)
    assert not hasattr(toy_app.view_functions["toy.region"], mark)


def test_without_it_nothing_of_it_is_there(app: Flask, toy_app: Flask, account: Account) -> None:
    features.register(FEATURES)
    assert "toy" not in modules.module_states(account.id)
    assert not allows("owner", ToyPermission.WRITE)
    assert kind_of("play").job == ""
    assert "playing" not in costs()
    assert subscribers_of(ToyPlayed) == []
    assert not features.is_for_machines("toy_machine")
    assert not may_be_called("builtins.id")
    assert "toy_move" not in OPERATIONS
    assert "toy" not in features.item_links()
    assert "Toys to play" not in {stage.label for stage in features.stages()}
    assert ["teddy"] not in hooks.words_about_person(0)
    assert "toy" not in str([entry.endpoint for entry in (*features.navigation(), *features.actions())])


def test_permissions_are_members_of_enums(app: Flask) -> None:
    assert [name for name in roles_by_permission() if not isinstance(name, AnyPermission)] == []
    asked = [kind.permission for kind in all_kinds()] + [kind.may_cancel for kind in all_kinds()]
    asked += [shown.permission for shown in (*features.actions(), *features.settings_pages())]
    asked += [shown.permission for shown in (*features.settings_tabs(), *features.editor_panels())]
    assert set(map(type, asked)) <= set(AnyPermission.__subclasses__())
    assert set(asked) <= set(roles_by_permission())


def test_the_permissions_that_templates_ask_for_are_there(app: Flask) -> None:
    asked = {
        name
        for path in (ROOT / "templates").rglob("*.html")
        for found in re.findall(r"""\bcan\(["']([^"']+)["']\)|block needs %}([a-z]+:[a-z]+)""", path.read_text())
        for name in found
        if name
    }
    assert len(asked) > 10
    assert asked <= {str(name) for name in roles_by_permission()}


def test_every_kind_of_run_is_whole(app: Flask) -> None:
    for kind in all_kinds():
        assert callable(pkgutil.resolve_name(kind.job))
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
    used += [action.icon for feature in FEATURES for action in feature.actions]
    used += [feature.module.icon for feature in FEATURES if feature.module]
    assert used
    assert set(used) <= set(names)
