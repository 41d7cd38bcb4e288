"""Moving in by a program: reading a dump, looking at what would come, moving, mending and undoing."""

import pytest
from sqlalchemy import func, select

from app.core.extensions import db
from app.legacy_import.models import LegacyImport, LegacyRow
from app.planner.models import Keyword
from app.sites.models import Site
from tests.api.conftest import Caller, caller, make_caller
from tests.factories.old_plugin import as_dump, inserts
from tests.factories.people import make_account
from tests.factories.things import make_site
from tests.factories.work import newest_run, work

__all__ = ["caller", "make_caller"]
FILE = "application/octet-stream"
IMPORTS = "/legacy-imports/"
SERVER = {"host": "db.old.example", "database": "wordpress", "user": "reader", "password": "tent-pole"}


def test_from_a_dump_to_the_result_and_back(caller: Caller, site: Site) -> None:
    assert caller("GET", IMPORTS).json["result"] == []
    bad = "".join(inserts("wp_igny8_keywords", [(900, "x" * 250, 18446744073709551615, *[None] * 8)]))
    query = f"?site_id={site.id}&filename=../old.sql"
    begun = caller("POST", f"{IMPORTS}dump/{query}", data=as_dump(more=bad), content_type=FILE)
    assert (begun.status_code, begun.json["result"]["name"]) == (202, "old.sql"), begun.text
    assert begun.headers["Location"].endswith(f"{begun.json['result']['run']['id']}/")
    work(newest_run())
    path = f"{IMPORTS}{begun.json['result']['id']}/"
    seen = caller("GET", path).json["result"]
    assert (seen["state"], seen["run"]["state"]) == ("ready", "succeeded")
    assert {"tables", "people"} <= set(seen["summary"])
    assert db.session.scalar(select(func.count()).select_from(Keyword)) == 0
    assert caller("POST", f"{path}undo/").json["error"]["code"] == "NOTHING_MOVED"
    moved = caller("POST", f"{path}move/", json={})
    assert moved.status_code == 202
    busy = caller("POST", f"{path}move/", json={})
    assert (busy.status_code, busy.json["error"]["code"]) == (409, "RUN_ACTIVE")
    work(newest_run())
    done = caller("GET", path).json["result"]
    assert (done["state"], done["counts"]["keywords"]["quarantined"]) == ("done", 1)
    assert done["checklist"]
    csv = caller("GET", f"{path}rows/keywords/")
    mended = csv.get_data(as_text=True).replace("18446744073709551615", "70").encode()
    given = caller("POST", f"{path}rows/keywords/", data=mended, content_type=FILE)
    assert given.json["result"] == {"taken": 1, "ignored": 0}
    work(newest_run())
    assert caller("GET", f"{path}rows/keywords/").status_code == 404
    assert db.session.scalar(select(Keyword.volume).where(Keyword.keyword == "x" * 250)) == 70
    assert caller("POST", f"{path}undo/").status_code == 202
    work(newest_run())
    assert db.session.scalar(select(func.count()).select_from(Keyword)) == 0
    assert caller("DELETE", path).json["result"] == {"count": 1}
    assert db.session.scalar(select(func.count()).select_from(LegacyRow)) == 0


def test_a_server_is_read_and_its_password_never_answered(caller: Caller, site: Site) -> None:
    begun = caller("POST", f"{IMPORTS}server/", json={"site_id": site.id, **SERVER}, headers={"Idempotency-Key": "k1"})
    assert (begun.status_code, begun.json["result"]["source"]) == (202, "server"), begun.text
    again = caller("POST", f"{IMPORTS}server/", json={"site_id": site.id, **SERVER}, headers={"Idempotency-Key": "k1"})
    assert (again.data, db.session.query(LegacyImport).count()) == (begun.data, 1)
    assert "tent-pole" not in begun.text + caller("GET", f"{IMPORTS}{begun.json['result']['id']}/").text


@pytest.mark.parametrize(
    "wrong", [{"port": 22}, {"port": 0}, {"host": "a\nb"}, {"tls": "none"}, {"user": ""}, {"prefix": "p" * 65}]
)
def test_a_server_that_cannot_be_is_refused(caller: Caller, site: Site, wrong: dict[str, object]) -> None:
    answer = caller("POST", f"{IMPORTS}server/", json={"site_id": site.id, **SERVER, **wrong})
    assert answer.status_code == 422, answer.text
    assert db.session.query(LegacyImport).count() == 0


def test_another_accounts_site_and_import_do_not_exist(caller: Caller, site: Site) -> None:
    theirs = make_site(make_account("Other"))
    assert caller("POST", f"{IMPORTS}server/", json={"site_id": theirs.id, **SERVER}).status_code == 404
    answer = caller("POST", f"{IMPORTS}dump/?site_id={theirs.id}", data=b"x", content_type=FILE)
    assert (answer.status_code, db.session.query(LegacyImport).count()) == (404, 0)
