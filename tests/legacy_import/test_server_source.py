"""A live MariaDB gives the same rows as its dump, in one snapshot, read only; addresses are checked."""

import pytest
from flask import Flask

from app.core.errors import DomainError
from app.core.extensions import db
from app.legacy_import import actions
from app.legacy_import.dump_source import DumpSource
from app.legacy_import.models import LegacyImport
from app.legacy_import.schema import installations
from app.legacy_import.server_source import Server, ServerSource, connect
from app.legacy_import.sources import OldSource
from tests.factories.old_plugin import READER, READER_PASSWORD, OldServer, Size
from tests.factories.work import work
from tests.legacy_import.conftest import Moving

ALLOWED = ("127.0.0.1",)


def at(server: OldServer, **more: object) -> Server:
    values = {
        "host": "127.0.0.1",
        "database": "wordpress",
        "user": READER,
        "password": READER_PASSWORD,
        "port": server.port,
    }
    return Server(**{**values, "tls": "off", **more})  # type: ignore[arg-type]


def everything(source: OldSource) -> list[tuple[str, str]]:
    (installation,) = installations(source.tables())
    rows = [(row.key, dict(row.raw)) for row in source.rows(installation)]
    for key, raw in rows:
        if key == "users":
            raw.pop("user_pass", None)
            raw.pop("user_login", None)
    return sorted((key, repr(sorted(raw.items()))) for key, raw in rows)


def of_the_plugin(rows: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [row for row in rows if "_edit_lock" not in row[1] and "blogname" not in row[1]]


def test_a_server_and_its_dumps_read_back_equal(app: Flask, old_server: OldServer, moving: Moving) -> None:
    nasty = "insert into wp_igny8_logs values (90, 'x', 'a\\\\b\\'c\\n\\0;--', '\U0001f600\"', null)"
    old_server.run(nasty)
    with connect(at(old_server), ALLOWED) as connection:
        live = everything(ServerSource(connection, "wordpress"))
    assert len(live) > 90
    for options in ((), ("--skip-extended-insert",), ("--hex-blob", "--complete-insert"), ("--compatible=ansi",)):
        path = moving.folder / "real.sql"
        path.write_bytes(old_server.dump(*options))
        assert of_the_plugin(everything(DumpSource(path, None))) == live, options


def test_the_snapshot_does_not_see_what_is_written_meanwhile(app: Flask, old_server: OldServer) -> None:
    with connect(at(old_server), ALLOWED) as connection:
        source = ServerSource(connection, "wordpress")
        (installation,) = installations(source.tables())
        old_server.run("delete from wp_igny8_keywords")
        rows = [row for row in source.rows(installation) if row.key == "keywords"]
    assert len(rows) == 40


def test_a_reader_that_stops_early_leaves_nothing_open(app: Flask, old_server: OldServer) -> None:
    old_server.fill(Size(keywords=5000))
    with connect(at(old_server), ALLOWED) as connection:
        source = ServerSource(connection, "wordpress")
        (installation,) = installations(source.tables())
        rows = source.rows(installation)
        next(rows)
        rows.close()  # type: ignore[attr-defined]
    assert not connection.open


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"password": "wrong"}, "SERVER_REFUSED"),
        ({"database": "mysql"}, "SERVER_REFUSED"),
        ({"tls": "required"}, "NO_TLS"),
        ({"port": 1}, "PORT_BLOCKED"),
        ({"port": 25}, "PORT_BLOCKED"),
        ({"host": "10.0.0.1"}, "ADDRESS_BLOCKED"),
        ({"host": "169.254.169.254", "port": 3306}, "ADDRESS_BLOCKED"),
    ],
)
def test_what_cannot_be_read_is_said_with_a_cure(
    app: Flask, old_server: OldServer, more: dict[str, object], code: str
) -> None:
    with pytest.raises(DomainError) as refused, connect(at(old_server, **more), ALLOWED):
        pass
    assert refused.value.code == code
    assert refused.value.cure
    assert READER_PASSWORD not in repr(refused.value.as_dict())


def test_a_server_is_moved_in_and_its_password_forgotten(moving: Moving, old_server: OldServer) -> None:
    legacy = actions.begin_from_server(moving.account_id, moving.actor, moving.site_id, server=at(old_server))
    db.session.commit()
    assert legacy.password is not None
    assert READER_PASSWORD not in legacy.password
    run = work(moving.run_of(legacy))
    assert run.state == "succeeded", run.error
    assert READER_PASSWORD not in repr((run.params, run.title, run.data))
    legacy = moving.move(moving.after(run))
    assert legacy.password is None
    assert "password" not in legacy.server
    assert legacy.report["tables"]["keywords"]["imported"] == 40


def test_what_comes_from_a_dump_after_the_server_is_known_again(moving: Moving, old_server: OldServer) -> None:
    legacy = actions.begin_from_server(moving.account_id, moving.actor, moving.site_id, server=at(old_server))
    db.session.commit()
    moving.move(moving.after(work(moving.run_of(legacy))))
    again = moving.move(moving.read(old_server.dump()))
    assert all(not table["imported"] for table in again.report["tables"].values())


def test_a_password_goes_with_an_import_that_fails(moving: Moving, old_server: OldServer) -> None:
    wrong = at(old_server, password="not this one")
    legacy = actions.begin_from_server(moving.account_id, moving.actor, moving.site_id, server=wrong)
    db.session.commit()
    run = work(moving.run_of(legacy))
    assert (run.error or {})["code"] == "SERVER_REFUSED"
    failed = db.session.get_one(LegacyImport, legacy.id)
    assert (failed.state, failed.password) == ("reading", None)
