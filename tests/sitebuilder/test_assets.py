"""The files of a site: what is taken, what is refused, and what goes when they go."""

import io
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Account
from app.accounts.modules import switch
from app.billing.plans import PLANS, Plan
from app.core import media
from app.core.actor import THE_APP
from app.core.errors import DomainError, NotFound
from app.core.extensions import db
from app.sitebuilder.assets import actions, upkeep
from app.sitebuilder.assets.models import SiteAsset
from app.sitebuilder.assets.shelves import ASSETS
from app.sitebuilder.assets.uses import uses_of
from app.sitebuilder.blocks.registry import new_section
from app.sites.models import Site
from tests.factories.built import make_planned_site
from tests.factories.papers import pdf
from tests.factories.pictures import png
from tests.factories.things import make_site

OFFICE = {"[Content_Types].xml": "<Types/>", "word/document.xml": "<w/>"}


@pytest.fixture(autouse=True)
def _no_files(site: Site) -> None:
    """Accounts of other tests had the same number."""
    media.remove_account(site.account_id)


def packed(files: Mapping[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as pack:
        for name, text in files.items():
            pack.writestr(name, text)
    return out.getvalue()


def upload(site: Site, data: bytes, name: str = "Shop front.PNG") -> SiteAsset:
    asset = actions.upload_asset(site.account_id, THE_APP, site.id, data, name).asset
    db.session.commit()
    return asset


def stored(site: Site) -> list[Path]:
    """All files on the disk, also half-written ones."""
    folder = media.media_folder() / "accounts" / str(site.account_id) / ASSETS.name
    return [path for path in folder.glob("*/*") if path.is_file()]


def age(site: Site) -> None:
    """Make the files two hours old."""
    for path in stored(site):
        long_ago = path.stat().st_mtime - 7200
        os.utime(path, (long_ago, long_ago))


@pytest.mark.parametrize(
    ("data", "path"),
    [
        (png(), "images/a.png"),
        (pdf(), "documents/a.pdf"),
        (packed(OFFICE), "documents/a.docx"),
        (packed({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "x"}), "documents/a.odt"),
        (b"\0\0\0\x18ftypisom\0\0\0\0", "media/a.mp4"),
        (b"ID3\x03 sound", "media/a.mp3"),
        (b"RIFF\0\0\0\0WAVEfmt ", "media/a.wav"),
        (b"\x1a\x45\xdf\xa3\x42\x82webm", "media/a.webm"),
        (b"OggS" + b"\0" * 24 + b"\x01vorbis", "media/a.ogg"),
    ],
)
def test_the_bytes_choose_folder_and_ending(site: Site, data: bytes, path: str) -> None:
    asset = upload(site, data, "../../A.exe")
    assert asset.path == path
    assert ASSETS.load(site.account_id, asset.sha256)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "ASSET_REFUSED"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "IMAGE_TYPE_REFUSED"),
        (b"<!doctype html><script>alert(1)</script>", "ASSET_REFUSED"),
        (b"GIF89a<script>", "IMAGE_TOO_LARGE"),
        (png()[:60], "IMAGE_BROKEN"),
        (b"MZ\x90\0 program", "ASSET_REFUSED"),
        (packed({"a.html": "<script>"}), "ASSET_REFUSED"),
        (packed({**OFFICE, "word/vbaProject.bin": "x"}), "ASSET_REFUSED"),
        (packed({**OFFICE, "word/media/a.xml": b"\0" * 80_000_000}), "ASSET_REFUSED"),
        (b"%PDF-", "ASSET_REFUSED"),
        (b"%PDF-1.7 words", "ASSET_REFUSED"),
        (pdf()[:-8], "ASSET_REFUSED"),
        (pdf().replace(b"startxref\n", b"startxref\n9"), "ASSET_REFUSED"),
        (b"%PDF-" + b"\0" * (20 * 1024 * 1024), "ASSET_REFUSED"),
    ],
)
def test_all_else_is_refused_and_leaves_nothing(site: Site, data: bytes, code: str) -> None:
    with pytest.raises(DomainError) as refused:
        upload(site, data, "a.jpg")
    assert refused.value.code == code
    assert refused.value.cure
    assert stored(site) == []


def test_the_same_bytes_are_kept_once_and_names_are_told_apart(site: Site) -> None:
    data = png()
    first = upload(site, data)
    assert upload(site, data, "other.png").id == first.id
    assert [upload(site, png()).name for _again in range(2)] == [
        "shop-front-2.png",
        "shop-front-3.png",
    ]
    assert upload(site, png(), "دکان.png").path == "images/دکان.png"


def test_the_plan_says_how_much_room_there_is(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PLANS, "local", Plan("local", "Local", "", asset_mb=0))
    with pytest.raises(DomainError, match="of the 0 MB that the plan Local gives each site") as refused:
        upload(site, png())
    assert refused.value.code == "ASSET_QUOTA"
    db.session.rollback()
    assert stored(site) == []
    assert [plan.asset_mb for plan in PLANS.values() if plan.cents] == [50, 500, 1000, 5000]


def test_a_full_disk_and_a_kill_leave_nothing(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_paths: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("app.core.media_stores.os.fsync", full)
    with pytest.raises(DomainError, match="no room") as refused:
        upload(site, png())
    assert refused.value.retryable
    db.session.rollback()
    monkeypatch.undo()
    assert stored(site) == []
    actions.upload_asset(site.account_id, THE_APP, site.id, png(), "a.png")
    db.session.rollback()  # killed before the commit
    assert len(stored(site)) == 1
    assert upkeep.tidy_assets(site.account_id) == 0, "somebody may be about to commit it"
    age(site)
    assert upkeep.tidy_assets(site.account_id) == 1
    assert stored(site) == []


def test_a_file_that_a_page_uses_asks_and_says_where(owner_client: FlaskClient, site: Site) -> None:
    home = make_planned_site(site, "Acme")
    asset = upload(site, png())
    home.blocks = [new_section("hero", {"heading": "Here", "image": asset.address})]
    db.session.commit()
    age(site)
    assert [use.title for use in uses_of(site.account_id, site.id, [asset.address])[asset.address]] == ["Acme page"]
    asset_id = asset.id
    address = f"/site-builder/assets/{asset_id}/"
    answer = owner_client.post(f"{address}delete/")
    assert answer.status_code == 409
    assert "This file is used in “Acme page”." in answer.text
    assert 'name="anyhow"' in answer.text
    assert owner_client.post(f"{address}delete/", data={"anyhow": "1"}).status_code == 303
    db.session.rollback()
    assert stored(site) == []
    with pytest.raises(NotFound):
        actions.delete_asset(site.account_id, THE_APP, asset_id)


def test_the_bytes_stay_while_another_site_has_them(account: Account, site: Site) -> None:
    other_site = make_site(account)
    data = png()
    asset, theirs = upload(site, data), upload(other_site, data)
    age(site)
    actions.delete_asset(site.account_id, THE_APP, asset.id)
    db.session.commit()
    assert upkeep.forget_bytes(site.account_id, [asset.sha256]) == 0
    assert ASSETS.has(site.account_id, theirs.sha256)


def test_the_pages_upload_show_and_describe(owner_client: FlaskClient, site: Site) -> None:
    switch(site.account_id, THE_APP, "site_builder", True)
    db.session.commit()
    assert "No file yet" in owner_client.get("/site-builder/assets/").text
    files = [(io.BytesIO(png()), "a.png"), (io.BytesIO(b"<svg></svg>"), "b.svg")]
    answer = owner_client.post("/site-builder/assets/", data={"files": files}, headers={"Accept": "application/json"})
    told = answer.get_json()
    assert (answer.status_code, told["added"], len(told["problems"])) == (201, 1, 1)
    asset = db.session.scalars(select(SiteAsset)).one()
    address = f"/site-builder/assets/{asset.id}/"
    assert owner_client.post(address, data={"alt": "The shop"}).status_code == 303
    for shape in ("", "?shape=list", "?folder=images&q=shop"):
        assert "a.png" in owner_client.get(f"/site-builder/assets/{shape}").text
    assert 'value="asset:images/a.png"' in owner_client.get(address).text
    sent = owner_client.get(f"{address}file/")
    assert (sent.mimetype, sent.headers["X-Content-Type-Options"]) == ("image/png", "nosniff")
    assert "sandbox" in sent.headers["Content-Security-Policy"]


def test_an_account_takes_its_files_along(site: Site) -> None:
    upload(site, png())
    media.remove_account(site.account_id)
    assert stored(site) == []


def test_a_picture_is_chosen_in_the_form_and_shown_with_its_words(owner_client: FlaskClient, site: Site) -> None:
    home = make_planned_site(site, "Acme")
    asset, paper = upload(site, png()), upload(site, pdf(), "Prices.pdf")
    actions.describe_asset(site.account_id, THE_APP, asset.id, "Our <shop> & you")
    db.session.commit()
    address = f"/site-builder/{home.blueprint_id}/pages/{home.id}/sections/{home.blocks[0]['id']}/"
    form = {"kind": "hero", "heading": "Typed", "version": "1", "button": "Prices", "address": paper.address}
    offered = owner_client.post(address, data={**form, "change": "pick image", "picture_words": "shop"})
    choice = f"take {asset.address} image"
    assert f'value="{choice}"' in offered.text
    assert 'value="Typed"' in offered.text
    assert choice not in owner_client.post(address, data={**form, "change": "pick image", "picture_words": "zzz"}).text
    chosen = owner_client.post(address, data={**form, "change": choice})
    assert f'value="{asset.address}"' in chosen.text
    assert owner_client.post(address, data={**form, "image": asset.address}).status_code == 303
    preview = owner_client.get(f"/site-builder/{home.blueprint_id}/preview/{home.id}/").text
    assert (
        f'src="/site-builder/assets/{asset.id}/file/" alt="Our &lt;shop&gt; &amp; you" width="24" height="16"'
        in preview
    )
    assert f'href="/site-builder/assets/{paper.id}/file/"' in preview
    files = owner_client.get(f"/site-builder/{home.blueprint_id}/files.zip")
    with zipfile.ZipFile(io.BytesIO(files.data)) as pack:
        page = pack.read("index.html").decode()
        assert {"files/images/shop-front.png", "files/documents/prices.pdf"} <= set(pack.namelist())
    assert 'src="files/images/shop-front.png" alt="Our &lt;shop&gt; &amp; you"' in page
    assert 'href="files/documents/prices.pdf"' in page
