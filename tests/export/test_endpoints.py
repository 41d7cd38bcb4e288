"""Exports by a program: begun, and downloaded by the person whose token it is alone."""

import io
import zipfile

from app.accounts.models import Account
from app.core.audit import AuditEvent
from app.core.extensions import db
from app.identity.models import User
from tests.api.conftest import Caller, MakeCaller, caller, make_caller
from tests.factories.people import make_member
from tests.factories.work import newest_run, work

__all__ = ["caller", "make_caller"]


def test_an_export_is_begun_and_downloaded_by_who_made_it(
    caller: Caller, make_caller: MakeCaller, account: Account, owner: User
) -> None:
    begun = caller("POST", "/exports/", headers={"Idempotency-Key": "e1"})
    assert begun.status_code == 202
    assert caller("GET", "/exports/").json["result"][0]["has_file"] is False
    work(newest_run())
    [listed] = caller("GET", "/exports/").json["result"]
    assert (listed["has_file"], listed["run"]["state"]) == (True, "succeeded")
    path = f"/exports/{begun.json['result']['id']}/file/"
    archive = caller("GET", path)
    assert "account.json" in str(zipfile.ZipFile(io.BytesIO(archive.data)).namelist()) or archive.data[:2] == b"PK"
    assert db.session.query(AuditEvent).filter_by(action="account.export_downloaded").count() == 1
    admin = make_caller(account, make_member(account, "admin"), role="admin", scopes=["account:export"])
    assert (admin("GET", path).status_code, admin("GET", "/exports/").json["result"]) == (404, [])
    without = make_caller(account, owner, scopes=["account:manage"])
    assert without("POST", "/exports/").status_code == 403
