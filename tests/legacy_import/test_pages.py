"""The pages of moving in: from the empty list to a result, its quarantine and its undo."""

import io

from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.accounts.models import Account, Invitation
from app.core.extensions import db
from app.legacy_import.actions import MoveChoices
from app.legacy_import.models import LegacyImport, LegacyRow
from app.legacy_import.quarantine import KEY
from app.planner.models import Keyword
from app.sites.models import Site
from tests.factories.old_plugin import as_dump, inserts
from tests.factories.people import make_member
from tests.factories.work import newest_run, work
from tests.legacy_import.conftest import Moving

HERE = "/account/legacy/"


def upload(browser: FlaskClient, site: Site, data: bytes, name: str = "old.sql", **more: str) -> object:
    form = {"source": "dump", "site": str(site.id), "dump": (io.BytesIO(data), name), **more}
    return browser.post(f"{HERE}new/", data=form, content_type="multipart/form-data")


def test_from_an_upload_to_the_result_and_back(owner_client: FlaskClient, site: Site) -> None:
    assert "Nothing was moved in yet" in owner_client.get(HERE).text
    bad = "".join(inserts("wp_igny8_keywords", [(900, "x" * 250, 18446744073709551615, *[None] * 8)]))
    answer = upload(owner_client, site, as_dump(more=bad), "الموقع القديم.sql")
    page = answer.headers["Location"]  # type: ignore[attr-defined]
    assert "Reading" in owner_client.get(page).text
    work(newest_run())
    text = owner_client.get(page).text
    for words in ("Ready to move in", "wp_igny8_keywords", "without country", "besides: keyword_count", "Anna Old"):
        assert words in text, words
    assert len(text) < 60_000
    assert owner_client.post(f"{page}move/", data={"chosen": "1"}).status_code == 303
    work(newest_run())
    text = owner_client.get(page).text
    for words in ("1 could not be moved", "Checklist", "igny8_auto_cluster_cron", "Keywords: 1 in quarantine"):
        assert words in text, words
    mended = owner_client.get(f"{page}rows/keywords.csv").text.replace("18446744073709551615", "70")
    assert mended.splitlines()[0].lstrip("\ufeff").startswith(KEY)
    form = {"mended": (io.BytesIO(mended.encode()), "mended.csv")}
    answer = owner_client.post(f"{page}rows/keywords/", data=form, content_type="multipart/form-data")
    assert answer.status_code == 303
    work(newest_run())
    assert "Download as CSV" not in owner_client.get(page).text
    assert db.session.scalar(select(Keyword.volume).where(Keyword.keyword == "x" * 250)) == 70
    owner_client.post(f"{page}undo/")
    work(newest_run())
    assert "Undone" in owner_client.get(page).text
    assert db.session.scalar(select(func.count()).select_from(Keyword)) == 0
    assert owner_client.post(f"{page}forget/").status_code == 303
    assert db.session.scalar(select(func.count()).select_from(LegacyRow)) == 0


def test_what_cannot_be_taken_is_said_at_its_field(owner_client: FlaskClient, site: Site) -> None:
    for data, words in ((b"", "The file is empty"), (b"PK\x03\x04", "This is not the text of a dump")):
        answer = upload(owner_client, site, data)
        assert answer.status_code == 422  # type: ignore[attr-defined]
        assert words in answer.text  # type: ignore[attr-defined]
    server = {"source": "server", "site": str(site.id), "host": "db.example.com", "database": "wp", "user": "wp"}
    secret = "a password of mine"
    for more, words in (
        ({"port": "25", "tls": "off"}, "Port 25 is not called"),
        ({"port": "3306", "tls": "none"}, "Choose how the connection is encrypted"),
        ({"host": "", "tls": "off"}, "This is needed to read the database"),
    ):
        answer = owner_client.post(f"{HERE}new/", data={**server, **more, "password": secret})
        assert answer.status_code == 422
        assert words in answer.text
        assert secret not in answer.text
    assert db.session.scalar(select(func.count()).select_from(LegacyImport)) == 0


def test_a_cut_dump_says_where(owner_client: FlaskClient, site: Site) -> None:
    answer = upload(owner_client, site, as_dump()[:5000])
    run = work(newest_run())
    assert (run.error or {})["code"] == "DUMP_UNREADABLE"
    assert "at byte" in owner_client.get(answer.headers["Location"]).text  # type: ignore[attr-defined]


def test_a_file_that_is_no_table_of_quarantined_rows_is_refused(owner_client: FlaskClient, moving: Moving) -> None:
    legacy = moving.move(moving.read())
    for data in (b"a,b\n1,2\n", b"\xff\xfe\x00", b'"'):
        form = {"mended": (io.BytesIO(data), "mended.csv")}
        answer = owner_client.post(f"{HERE}{legacy.id}/rows/keywords/", data=form, content_type="multipart/form-data")
        assert answer.status_code == 422
    assert owner_client.get(f"{HERE}{legacy.id}/rows/keywords.csv").status_code == 404


def test_two_imports_of_a_site_do_not_work_at_once(moving: Moving, owner_client: FlaskClient) -> None:
    first = moving.read()
    moving.start(first)
    answer = upload(owner_client, moving.site, as_dump())
    assert answer.status_code == 409  # type: ignore[attr-defined]
    assert "Another import of this site is under way" in answer.text  # type: ignore[attr-defined]


def test_people_are_matched_by_address_and_invited_when_chosen(moving: Moving, account: Account) -> None:
    bert = [
        (9100, 7, "2024-01-01 00:00:00", "2024-01-01 00:00:00", "x", "By Bert", "", "publish", "b", "", 0, "", "post")
    ]
    metas = [(9100, 9100, "_igny8_extra", "1")]
    more = "".join([*inserts("wp_postmeta", metas), *inserts("wp_posts", bert)])
    make_member(account, "editor", email="anna@old.example.com")
    legacy = moving.move(moving.read(as_dump(more=more)), MoveChoices(invite=True))
    users = legacy.report["tables"]["users"]
    assert (users["merged"], users["imported"] + users["quarantined"]) == (1, 1)
    invited = db.session.scalars(select(Invitation.email)).all()
    assert invited == ["bert@old.example.com"]
