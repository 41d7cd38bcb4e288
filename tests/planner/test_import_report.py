"""What became of an import: counts while it goes on, and the rejected rows as a table to mend and import again."""

import csv
import io
from typing import Any

import pytest
from flask.testing import FlaskClient

import jobs
from app.core.extensions import db
from app.core.runs import Run, services
from app.planner.imports import services as imports
from app.planner.imports.shelves import REPORTS, UPLOADS
from app.sites.models import Site
from tests.factories.things import make_keyword
from tests.factories.work import newest_run

IMPORT = "/planner/keywords/import/"
FILE = (
    "My report\nKeyword;Volume;Note\n"
    "tea;5;fine\n"
    ";7;no keyword\n"
    "Tea;8;'=SUM(A1)\n"
    "bell\x07;9;=1+1\n"
    '"two\nlines ???";1;"a\nb"\n'
    "???;2;x\n"
    "milk;3;y;4;5\n"
    "tea pot;many;z\n"
)


def send(client: FlaskClient, text: str, name: str = "csv_file") -> str:
    data: dict[str, Any] = {name: (io.BytesIO(text.encode()), "x.csv") if name == "csv_file" else text}
    answer = client.post(IMPORT, data=data | {"read_as": "x"})
    if answer.status_code == 200:  # it asks first
        fields = {"upload": UPLOADS.save(newest_account(), text.encode()), "map_keyword": "0", "map_volume": "1"}
        answer = client.post(IMPORT, data=fields | {"mapped_header": "Keyword|Volume|Note"})
    assert answer.status_code == 303
    return str(answer.location)


def newest_account() -> int:
    return db.session.scalars(db.select(Site.account_id)).one()


def rejected(client: FlaskClient, place: str) -> list[list[str]]:
    answer = client.get(f"{place}rejected.csv")
    assert answer.mimetype == "text/csv"
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))


def test_rejected_rows_come_with_line_cells_and_reason(owner_client: FlaskClient, site: Site) -> None:
    place = send(owner_client, FILE)
    header, *rows = rejected(owner_client, place)
    assert header == ["line", "Keyword", "Volume", "Note", "Column 4", "Column 5", "reason"]
    assert [row[:-1] for row in rows] == [
        ["4", "", "7", "no keyword", "", ""],
        ["5", "Tea", "8", "'=SUM(A1)", "", ""],
        ["6", "bell�", "9", "'=1+1", "", ""],
        ["10", "???", "2", "x", "", ""],
        ["11", "milk", "3", "y", "4", "5"],
    ]
    assert all(row[-1].endswith(".") for row in rows)
    page = " ".join(owner_client.get(place).text.split())
    assert "8 rows were read: 3 added, 0 already there, 5 rejected." in page
    assert "Read as UTF-8, cells separated by semicolon, the names of the columns in line 2." in page


def test_the_mended_report_can_be_imported_as_it_is(owner_client: FlaskClient, site: Site) -> None:
    report = owner_client.get(f"{send(owner_client, FILE.replace(';4;5', ''))}rejected.csv").data.decode("utf-8-sig")
    mended = report.replace("4,,7", "4,black tea,7").replace("???", "white tea")
    data = {"csv_file": (io.BytesIO(mended.encode("utf-8-sig")), "rejected-keywords.csv")}
    answer = owner_client.post(IMPORT, data=data)
    assert answer.status_code == 303
    assert newest_run().data["added"] == 2


def test_all_rejected_rows_are_in_the_report(owner_client: FlaskClient, site: Site) -> None:
    place = send(owner_client, "keyword\n" + "???\n" * 1900 + "tea\n")
    assert len(rejected(owner_client, place)) == 1 + 1900
    assert "The first 20 of 1,900." in owner_client.get(place).text


def test_nobody_else_gets_the_report(
    owner_client: FlaskClient, stranger_client: FlaskClient, viewer_client: FlaskClient, site: Site
) -> None:
    place = send(owner_client, FILE)
    assert stranger_client.get(f"{place}rejected.csv").status_code == 404
    assert viewer_client.get(f"{place}rejected.csv").status_code == 200


def test_a_report_that_is_gone_is_said_to_be(owner_client: FlaskClient, site: Site) -> None:
    place = send(owner_client, FILE)
    REPORTS.remove(site.account_id, newest_run().data["rejected_file"])
    page = owner_client.get(place).text
    assert "was kept for 90 days and is gone" in page
    assert "rejected.csv" not in page
    assert owner_client.get(f"{place}rejected.csv").status_code == 404


def test_a_run_tells_what_it_has_done_so_far_and_keeps_it_when_cancelled(
    owner_client: FlaskClient, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_keyword(site, "keyword 7")
    text = "\n".join(f"keyword {number}" for number in range(4500)) + "\nkeyword 3"
    place = send(owner_client, text.replace("keyword 5\n", "???\n"), "keywords")
    run_id = newest_run().id
    store, seen = imports.store_chunk, list[str | None]()

    def cancel_in_second(rows: Any, target: Any) -> int:
        seen.append(db.session.scalar(db.select(Run.message)))
        if len(seen) == 2:
            with db.engine.begin() as other:
                other.execute(db.update(services.RUNS).values(cancel_requested=True))
        return store(rows, target)

    monkeypatch.setattr(imports, "store_chunk", cancel_in_second)
    jobs.execute(str(run_id))
    db.session.expire_all()
    run = newest_run()
    assert run.state == "cancelled"
    assert seen == [None, "2,000 rows were read: 1,998 added, 1 already there, 1 rejected."]
    assert (run.data["added"], run.data["known"], run.data["rejected"]) == (3998, 1, 1)
    page = owner_client.get(place).text
    assert "What it had stored until then stays." in page
    assert rejected(owner_client, place)[1][:2] == ["6", "???"]
