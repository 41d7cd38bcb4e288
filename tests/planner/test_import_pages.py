"""Importing keywords in the browser, and as a run."""

import gc
import io
import re
import warnings
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

import jobs
from app.core.extensions import db
from app.core.runs import Run
from app.planner.imports import services as imports
from app.planner.models import Keyword
from app.sites.models import Site
from tests.factories.things import make_keyword, make_sector

ADDRESS = "/planner/keywords/import/"


def send(client: FlaskClient, address: str = ADDRESS, file: bytes | None = None, **fields: Any) -> Any:
    data = dict(fields)
    if file is not None:
        data["csv_file"] = (io.BytesIO(file), "export.csv")
    answer = client.post(address, data=data, content_type="multipart/form-data")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()  # the test client leaves the scratch file of a large body to the collector
    return answer


def count() -> int:
    return db.session.scalar(select(func.count()).select_from(Keyword)) or 0


def test_pasted_keywords_are_there_at_once(owner_client: FlaskClient, site: Site) -> None:
    sector = make_sector(site)
    make_keyword(site, "moka pot")
    text = "Moka  Pot\ncold brew\n\ncold brew\nbell\x07"
    answer = send(owner_client, keywords=text, sector=str(sector.id), country="de")
    assert answer.status_code == 303
    result = owner_client.get(answer.location).text
    assert "Added 1 keyword, 1 was already there, 2 rows were rejected." in result
    row = db.session.scalars(select(Keyword).where(Keyword.normalised == "cold brew")).one()
    assert (row.country, row.sector_id, row.site_id) == ("DE", sector.id, site.id)
    report = owner_client.get(f"{answer.location}rejected.csv")
    assert report.mimetype == "text/csv"
    assert "4,cold brew,The keyword appears earlier in the same import." in report.text


def test_an_export_keeps_its_figures(owner_client: FlaskClient, site: Site) -> None:
    send(owner_client, file=b'Keyword,Volume,KD,CPC,Intent,Country\nmoka pot,"1,300",45,0.80,Commercial,us\n')
    row = db.session.scalars(select(Keyword)).one()
    assert (row.volume, row.difficulty, float(row.cpc or 0)) == (1300, 45, 0.8)
    assert (row.intent, row.country) == ("commercial", "US")


def test_the_preview_shows_columns_and_keeps_the_file(owner_client: FlaskClient, site: Site) -> None:
    file = b"a;b;c\n1;moka pot;90\n2;cold brew;70\n"
    page = send(owner_client, f"{ADDRESS}preview/", file=file)
    assert page.status_code == 200
    assert "map_keyword" in page.text
    hidden = dict(re.findall(r'name="(upload|mapped_header)" value="([^"]*)"', page.text))
    answer = send(owner_client, map_keyword="1", map_volume="2", **hidden)
    assert answer.status_code == 303
    rows = db.session.execute(select(Keyword.keyword, Keyword.volume).order_by(Keyword.id)).all()
    assert ("moka pot", 90) in rows


def test_unknown_columns_are_asked_for_before_anything_is_stored(owner_client: FlaskClient, site: Site) -> None:
    page = send(owner_client, file=b"1,moka pot,90\n2,cold brew,70\n")
    assert page.status_code == 200
    assert "Check how this was read, then import." in page.text
    assert count() == 0


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "There are no keywords to import."),
        ({"file": b"PK\x03\x04zip"}, "Excel workbook or a ZIP file"),
        ({"file": b"<!DOCTYPE html><p>Sign in"}, "web page"),
        ({"file": bytes(range(256)) * 9}, "binary data"),
        ({"file": b"keyword\nx\n", "keywords": "y"}, "pasted keywords and a file"),
        ({"keywords": "x", "country": "Atlantis"}, "country is not known"),
        ({"keywords": "x\n" * (21 * 512 * 1024)}, "larger than 20 MB"),
    ],
)
def test_what_cannot_be_imported_gets_a_sentence(
    owner_client: FlaskClient, site: Site, fields: dict[str, Any], words: str
) -> None:
    answer = send(owner_client, **fields)
    assert answer.status_code == 422
    assert words in answer.text
    assert count() == 0


def test_more_than_the_server_takes_gets_a_sentence(owner_client: FlaskClient, site: Site) -> None:
    answer = send(owner_client, file=b"x" * (26 * 1024 * 1024))
    assert answer.status_code == 413
    assert "Split it into smaller parts" in answer.text


def test_long_keywords_and_markup_are_rejected_or_shown_as_text(owner_client: FlaskClient, site: Site) -> None:
    answer = send(owner_client, keywords="x" * 10_000 + "\n<script>alert(1)</script>\n=cmd|' /C calc'!A0\n-")
    result = owner_client.get(answer.location).text
    assert "more than 255 characters" in result
    assert "<script>alert" not in owner_client.get("/planner/keywords/").text
    report = owner_client.get(f"{answer.location}rejected.csv").text
    assert ",'-," in report


def _start_long(client: FlaskClient, rows: int = 3500) -> Run:
    text = "\n".join(f"keyword number {n}" for n in range(rows)) + "\nkeyword number 0\n"
    answer = send(client, keywords=text)
    assert answer.status_code == 303
    run = db.session.scalars(select(Run)).one()
    assert run.state == "queued"
    assert 'data-state="queued"' in client.get(answer.location).text
    return run


def test_a_long_import_is_a_run(owner_client: FlaskClient, site: Site) -> None:
    run = _start_long(owner_client)
    jobs.execute(str(run.id))
    db.session.expire_all()
    run = db.session.get_one(Run, run.id)
    assert run.state == "succeeded", run.error
    assert run.message == "Added 3,500 keywords, 1 row was rejected."
    assert count() == 3500
    assert "3,500" in owner_client.get(f"{ADDRESS}{run.id}/").text


def test_a_killed_import_goes_on_and_counts_right(
    owner_client: FlaskClient, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = _start_long(owner_client)
    real, calls = imports.store_chunk, []

    def die_at_second(rows: Any, target: Any) -> int:
        calls.append(len(rows))
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(rows, target)

    monkeypatch.setattr(imports, "store_chunk", die_at_second)
    with pytest.raises(KeyboardInterrupt):
        jobs.execute(str(run.id))
    assert count() == 2000
    monkeypatch.setattr(imports, "store_chunk", real)
    db.session.rollback()
    db.session.execute(db.update(Run).values(state="queued", lease_token=None))
    db.session.commit()
    jobs.execute(str(run.id))
    db.session.expire_all()
    run = db.session.get_one(Run, run.id)
    assert run.message == "Added 3,500 keywords, 1 row was rejected."
    assert count() == 3500


def test_results_of_other_accounts_and_other_runs_are_not_shown(
    owner_client: FlaskClient, stranger_client: FlaskClient, site: Site
) -> None:
    place = send(owner_client, keywords="moka pot\nmoka pot").location
    assert stranger_client.get(place).status_code == 404
    assert stranger_client.get(f"{place}rejected.csv").status_code == 404
    place = send(owner_client, keywords="french press").location
    assert owner_client.get(f"{place}rejected.csv").status_code == 404
