"""Taking everything of an account along."""

import csv
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.accounts.models import Account
from app.content.images.shelves import IMAGES
from app.core.actor import THE_APP
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.runs import Run
from app.export import services, tables
from app.identity.models import User
from app.sitebuilder.assets.actions import upload_asset
from app.sites import connection
from app.sites.models import Site
from tests.factories.papers import pdf
from tests.factories.people import SignIn, make_account, make_member
from tests.factories.pictures import add_images
from tests.factories.things import (
    make_cluster,
    make_content,
    make_idea,
    make_keyword,
    make_site,
    make_task,
    make_term,
)
from tests.factories.work import newest_run, put_back, work


def fill(account: Account, word: str = "cold brew") -> None:
    """One of each kind, with texts that spreadsheets and files find hard."""
    site = make_site(account, name=f"{word} site")
    connection.make_key(site)
    cluster = make_cluster(site, word)
    make_keyword(site, f"=cmd|'/C calc'!A0 {word}", cluster_id=cluster.id)
    make_idea(cluster, f"Idea {word}")
    make_task(cluster, f"Task {word}")
    content = make_content(
        site, f"<b>Title</b> {word}", slug="æ/../x y", content_html="<!-- wp:paragraph --><p>أهلا</p>"
    )
    add_images(content, 1)
    make_term(site, word)
    db.session.commit()


def export(client: FlaskClient) -> Run:
    assert client.post("/account/export/").status_code == 303
    return work(newest_run())


def opened(client: FlaskClient, run: Run) -> zipfile.ZipFile:
    answer = client.get(f"/account/export/{run.id}/file/")
    assert answer.status_code == 200
    return zipfile.ZipFile(io.BytesIO(answer.data))


def table(pack: zipfile.ZipFile, name: str) -> list[dict[str, Any]]:
    rows = json.loads(pack.read(f"tables/{name}.json"))
    lines = list(csv.DictReader(io.StringIO(pack.read(f"tables/{name}.csv").decode())))
    assert len(lines) == len(rows)
    return rows


def test_everything_of_the_account_is_in_the_archive(account: Account, owner: User, owner_client: FlaskClient) -> None:
    fill(account)
    fill(make_account("Elsewhere"), "strange")
    run = export(owner_client)
    assert (run.state, run.message) == ("succeeded", "The export of Acme is ready.")
    pack = opened(owner_client, run)
    assert pack.testzip() is None
    for name in ("sites", "keywords", "clusters", "ideas", "tasks", "contents", "content_taxonomies", "content_images"):
        assert len(table(pack, name)) == 1, name
    assert {row["action"] for row in table(pack, "audit_events")} >= {"person.signed_in", "account.export_started"}
    assert [row["kind"] for row in table(pack, "runs")] == ["export"]
    assert [row["email"] for row in json.loads(pack.read("members.json"))] == [owner.email]
    assert all(b"strange" not in pack.read(name) for name in pack.namelist())
    assert "keywords" in pack.read("index.html").decode()


def test_content_is_there_as_it_was_written_and_images_byte_for_byte(
    account: Account, owner_client: FlaskClient
) -> None:
    fill(account)
    pack = opened(owner_client, export(owner_client))
    [page] = [name for name in pack.namelist() if name.startswith("contents/")]
    assert page == "contents/1-æ----x-y.html"
    text = pack.read(page).decode()
    assert "<!-- wp:paragraph --><p>أهلا</p>" in text
    assert "<h1>&lt;b&gt;Title&lt;/b&gt; cold brew</h1>" in text
    [image] = [name for name in pack.namelist() if name.startswith("images/")]
    assert ".." not in image
    [row] = table(pack, "content_images")
    assert pack.read(image) == IMAGES.load(row["account_id"], row["sha256"])


def test_files_of_sites_are_in_their_folders(account: Account, site: Site, owner_client: FlaskClient) -> None:
    upload_asset(account.id, THE_APP, site.id, pdf(), "Prices.pdf")
    db.session.commit()
    pack = opened(owner_client, export(owner_client))
    assert pack.read(f"assets/{site.id}/documents/prices.pdf") == pdf()


def test_cells_are_no_formulas(account: Account, owner_client: FlaskClient) -> None:
    fill(account)
    pack = opened(owner_client, export(owner_client))
    [line] = csv.DictReader(io.StringIO(pack.read("tables/keywords.csv").decode()))
    assert line["keyword"].startswith("'=cmd")
    assert table(pack, "keywords")[0]["keyword"].startswith("=cmd")


def test_nothing_that_lets_somebody_in_is_in_it(account: Account, owner: User, owner_client: FlaskClient) -> None:
    fill(account)
    owner_client.post("/account/tokens/", data={"name": "A", "scopes": "account:read", "days": "30", "holder": "me"})
    pack = opened(owner_client, export(owner_client))
    everything = b"".join(pack.read(name) for name in pack.namelist())
    assert owner.password_hash.encode() not in everything
    assert "secret" not in table(pack, "wordpress_connections")[0]
    assert "token_hash" not in table(pack, "api_tokens")[0]
    assert {"users", "user_sessions", "mail_tokens", "outgoing_mails"}.isdisjoint(t.name for t in tables.tables())


def test_only_its_maker_downloads_an_export(account: Account, owner_client: FlaskClient, sign_in: SignIn) -> None:
    run = export(owner_client)
    path = f"/account/export/{run.id}/file/"
    assert sign_in(make_member(account, "admin")).get(path).status_code == 404
    assert sign_in(make_member(account, "editor")).get(path).status_code == 403
    assert sign_in(make_member(make_account("Elsewhere"))).get(path).status_code == 404


def test_the_page_asks_for_itself_when_it_is_made_and_leads_to_the_file(
    account: Account, owner_client: FlaskClient
) -> None:
    owner_client.post("/account/export/")
    page = owner_client.get("/account/export/").text
    assert 'hx-get="/account/export/" hx-trigger="runEnded from:body"' in page
    assert "Download</a>" not in page
    run = work(newest_run())
    part = owner_client.get("/account/export/", headers={"HX-Request": "true"}).text
    assert f'href="/account/export/{run.id}/file/"' in part
    assert "<html" not in part
    said = owner_client.get(f"/runs/{run.id}/", headers={"HX-Request": "true"}).text
    assert f'<a href="/account/export/{run.id}/file/" hx-boost="false">Download</a>' in said


def test_pressed_twice_it_is_made_once(account: Account, owner_client: FlaskClient) -> None:
    owner_client.post("/account/export/")
    owner_client.post("/account/export/")
    assert len(db.session.scalars(select(Run).where(Run.kind == "export")).all()) == 1
    assert 'role="progressbar"' in owner_client.get("/account/export/").text


def test_an_export_that_was_cut_off_is_made_again(account: Account, owner_client: FlaskClient, app: Flask) -> None:
    fill(account)
    run = export(owner_client)
    put_back(run)
    assert work(run).state == "succeeded"
    scratch = Path(app.config["INSTANCE_PATH"]) / "scratch"
    assert list(scratch.iterdir()) == []


def test_long_tables_are_read_page_by_page(
    account: Account, owner_client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "AT_ONCE", 3)
    site = make_site(account)
    for _ in range(8):
        make_keyword(site)
    rows = table(opened(owner_client, export(owner_client)), "keywords")
    assert [row["id"] for row in rows] == list(range(1, 9))


def test_an_export_is_forgotten_after_a_week(account: Account, owner_client: FlaskClient) -> None:
    run = export(owner_client)
    assert services.forget_old() == 0
    path = services.file_of(run)
    assert path is not None
    db.session.execute(update(Run).values(ended_at=utcnow() - services.RETENTION))
    db.session.commit()
    assert services.forget_old() == 1
    assert not path.exists()
    assert owner_client.get(f"/account/export/{run.id}/file/").status_code == 404
    assert "no longer kept" in owner_client.get("/account/export/").text.lower()


def test_every_table_of_an_account_is_taken_along(app: Flask) -> None:
    names = {table.name for table in tables.tables()}
    assert names >= {
        "accounts",
        "sites",
        "sectors",
        "keywords",
        "clusters",
        "ideas",
        "tasks",
        "contents",
        "content_taxonomies",
        "content_terms",
        "content_images",
        "remote_states",
        "publish_runs",
        "runs",
        "audit_events",
        "invitations",
    }
