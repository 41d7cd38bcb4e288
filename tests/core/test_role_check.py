"""A way into the database that does not keep accounts apart: told in a sentence, and nothing is served by it."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy import Engine, make_url, text

from app import create_app
from app.config import ConfigError
from app.core import role_check
from app.core.extensions import db
from tests.conftest import Engines
from tests.factories import warm


@pytest.fixture
def roles(owner_engine: Engine) -> Iterator[None]:
    """Roles of all the kinds that should not be used."""
    made = {
        "t_super": "superuser",
        "t_bypass": "nosuperuser bypassrls",
        "t_owner": "nosuperuser",
        "t_bare": "nosuperuser",
    }
    with owner_engine.begin() as connection:
        for name, kind in made.items():
            connection.execute(text(f"create role {name} login {kind}"))
        connection.execute(text("grant postgres to t_owner"))
        connection.execute(text("grant igny8_app to t_bypass"))
    yield
    with owner_engine.begin() as connection:
        for name in made:
            connection.execute(text(f"drop role {name}"))


@pytest.fixture
def connected_as(engines: Engines) -> Iterator[Callable[..., Flask]]:
    """The application with this role in DATABASE_APP_URL, or with none; other settings as given."""
    made: list[Flask] = []

    def make(role: str | None, **env: str) -> Flask:
        usual = engines.environment()
        url = make_url(usual["DATABASE_APP_URL"]).set(username=role).render_as_string(False) if role else ""
        made.append(create_app({"TESTING": True}, {**usual, "RATELIMIT_ENABLED": "0", "DATABASE_APP_URL": url, **env}))
        return made[-1]

    yield make
    for one in made:
        with one.app_context():
            db.session.remove()
            db.engine.dispose()


SAYS = {
    "t_super": "t_super passes row-level security by. Connect as igny8_app",
    "t_bypass": "t_bypass passes row-level security by. Connect as igny8_app",
    "t_owner": "t_owner owns the tables. Connect as igny8_app",
    "t_bare": "t_bare may not read the tables. Name igny8_app in DATABASE_APP_URL",
    "t_unknown": "does not let t_unknown of DATABASE_APP_URL in",
}


@pytest.mark.parametrize("role", SAYS)
def test_a_role_that_would_not_do_is_refused_at_the_start_and_told_by_healthz(
    app: Flask, connected_as: Callable[..., Flask], roles: None, role: str
) -> None:
    weak = connected_as(role)
    with pytest.raises(ConfigError, match=SAYS[role]):
        role_check.check_database_role(weak)
    answer = weak.test_client().get("/healthz")
    assert answer.status_code == 503
    assert SAYS[role] in answer.json["checks"]["database"]["detail"]


@pytest.mark.parametrize("role", ["igny8_app", None])
def test_without_a_role_of_that_name_the_cure_is_named(
    app: Flask, connected_as: Callable[..., Flask], owner_engine: Engine, role: str | None
) -> None:
    with owner_engine.begin() as connection:
        connection.execute(text("alter role igny8_app rename to t_away"))
    try:
        with pytest.raises(ConfigError, match=r"has no role igny8_app.*cli migrate"):
            role_check.check_database_role(connected_as(role))
    finally:
        with owner_engine.begin() as connection:
            connection.execute(text("alter role t_away rename to igny8_app"))


def test_an_owner_that_acts_as_the_role_is_let_in_and_told_of_the_better_way(
    app: Flask, connected_as: Callable[..., Flask]
) -> None:
    single = connected_as(None)
    role_check.check_database_role(single)
    with single.app_context():
        assert role_check.find_problem() is None
        assert "set DATABASE_APP_URL" in (role_check.find_advice() or "")
    assert "set DATABASE_APP_URL" in single.test_client().get("/healthz").json["checks"]["database"]["detail"]


def test_the_right_role_is_let_in_without_a_word(app: Flask) -> None:
    role_check.check_database_role(app)
    assert (role_check.find_problem(), role_check.find_advice()) == (None, None)
    assert app.test_client().get("/healthz").json["checks"]["database"] == {"ok": True, "detail": "answers"}


def test_a_database_that_was_never_migrated_is_told(engines: Engines, connected_as: Callable[..., Flask]) -> None:
    postgres = engines.postgres
    bare = {"DATABASE_URL": postgres.make_database("bare_one"), "DATABASE_APP_URL": postgres.app_url_of("bare_one")}
    with pytest.raises(ConfigError, match="cli migrate"):
        role_check.check_database_role(connected_as(None, **bare))


def test_a_database_that_is_away_is_no_fault_of_the_role(connected_as: Callable[..., Flask]) -> None:
    away = {"DATABASE_URL": "postgresql://u@127.0.0.1:9/x", "DATABASE_APP_URL": "postgresql://igny8_app@127.0.0.1:9/x"}
    role_check.check_database_role(connected_as(None, **away))


@pytest.mark.parametrize(
    "command",
    [
        ["-m", "gunicorn", "-c", "gunicorn.conf.py", "wsgi:app"],
        ["-m", "app.cli", "worker"],
        ["-m", "app.cli", "scheduler"],
    ],
)
def test_no_process_starts_as_a_superuser(app: Flask, engines: Engines, command: list[str]) -> None:
    env = {**engines.environment(), "DATABASE_APP_URL": engines.postgres.url, "PORT": "0", "HOST": "127.0.0.1"}
    code, said = warm.run(*command, environment=env)
    assert code != 0
    assert said.splitlines()[-1].startswith("IGNY8 does not start: The role postgres passes row-level security by.")
    assert "Traceback" not in said
