"""Names of files that mean harm, in headers and archives: of an account, a site, a text, a picture."""

import io
import re
import zipfile
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from app.accounts.models import Account
from app.content.models import Content, ContentImage
from app.core.extensions import db
from app.export import archive
from app.export.archive import Archive
from app.sites.models import Site
from tests.factories.pictures import add_images
from tests.factories.things import make_content, make_term
from tests.factories.work import newest_run, work
from tests.factories.world import World, address, routes, world

__all__ = ["world"]
NAMES = (
    "../../../../etc/cron.d/x",
    "..\\..\\..\\boot.ini",
    "/etc/passwd",
    "C:\\Windows\\x",
    "a\r\nSet-Cookie: x=y",
    'q"; filename="evil.html',
    "a;b=c",
    "\u202egpj.exe",
    "x\u0085\u2028y",
    "na\u0000me",
    "%0d%0aX-Evil: 1",
    "é\u4e2d\U0001f600",
    "~/.ssh/id",
    "$(id)`id`|id",
    "con",
    "." * 300,
    "<script>alert(1)</script>",
)
PLAIN_HEADER = re.compile(r'attachment; filename="?[A-Za-z0-9._-]{1,120}"?')
PLAIN_ENTRY = re.compile(r"(?:(?:tables|contents|images/\d+)/)?[\w-]{1,120}\.[a-z0-9]{1,5}")


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_an_archive_holds_plain_names_alone(
    account: Account, site: Site, owner_client: FlaskClient, name: str, tmp_path: Path
) -> None:
    content = make_content(site, name.replace("\0", "")[:200])
    add_images(content, 1)
    make_term(site, name.replace("\0", "")[:200])
    # Straight in the database: what the forms would refuse, an import or a later mistake may bring.
    harm = name.replace("\0", "")
    db.session.execute(update(Content).values(slug=harm[:180]))
    db.session.execute(update(ContentImage).values(filename=f"{harm[:140]}.png"))
    db.session.execute(update(Account).values(name=harm[:110] or "x"))
    db.session.commit()
    assert owner_client.post("/account/export/").status_code == 303
    run = work(newest_run())
    answer = owner_client.get(f"/account/export/{run.id}/file/")
    header = answer.headers["Content-Disposition"]
    assert PLAIN_HEADER.fullmatch(header), header
    assert "Set-Cookie: x=y" not in str(answer.headers)
    pack = zipfile.ZipFile(io.BytesIO(answer.data))
    assert len(pack.namelist()) == len(set(pack.namelist()))
    for entry in pack.infolist():
        assert PLAIN_ENTRY.fullmatch(entry.filename), entry.filename
        assert not entry.filename.startswith(("/", "."))
        assert entry.external_attr >> 28 in (0, 8)  # a file, no link
    pack.extractall(tmp_path / "out")
    found = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(found) == len(pack.namelist())


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_names_in_archives_are_built_of_harmless_characters(name: str) -> None:
    assert PLAIN_ENTRY.fullmatch(archive.content_name(7, name))
    assert PLAIN_ENTRY.fullmatch(archive.image_name(7, 8, name))
    assert PLAIN_ENTRY.fullmatch(archive.image_name(7, 8, f"{name}.p/n\\g"))


def test_every_download_has_a_plain_name_whatever_things_are_called(
    app: Flask, world: World, owner_client: FlaskClient, account: Account, site: Site
) -> None:
    """Each GET route, with hostile values in every parameter that could end up in a header."""
    harm = 'x"\r\nSet-Cookie: x=y; filename="../evil.html'
    db.session.execute(update(Account).values(name=harm))
    db.session.execute(update(Site).values(name=harm))
    db.session.commit()
    query = dict.fromkeys(
        ("since", "until", "action", "words", "q", "operation", "month", "name", "site", "format"), harm
    )
    seen = []
    for rule, method in routes(app):
        if method != "GET" or rule.arguments:
            continue
        for given in ({}, query):
            answer = owner_client.get(address(app, rule, world), query_string=given)
            header = answer.headers.get("Content-Disposition")
            assert "Set-Cookie: x=y" not in str(answer.headers), rule
            if header is not None:
                seen.append(str(rule))
                assert PLAIN_HEADER.fullmatch(header), (str(rule), header)
    assert {"/account/audit/export.csv", "/account/billing/usage.csv"} <= set(seen)


def test_an_archive_is_written_without_the_folder_it_comes_from(account: Account, app: Flask, tmp_path: Path) -> None:
    Archive(account.id, tmp_path / "all.zip", lambda *_: None).write()
    with zipfile.ZipFile(tmp_path / "all.zip") as pack:
        assert str(tmp_path) not in "".join(pack.namelist())
        assert str(tmp_path).encode() not in b"".join(pack.read(name) for name in pack.namelist())
