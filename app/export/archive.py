"""Everything of an account in one ZIP: tables as CSV and JSON, content as HTML, images, a page to begin with."""

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path
from typing import Any

from sqlalchemy import Table, func, select

from app.accounts.members import granted_sites, list_members
from app.accounts.models import Account
from app.content.images.shelves import IMAGES
from app.content.models import Content, ContentImage
from app.content.seo_templates import without_template
from app.core import spreadsheets
from app.core.clock import iso, utcnow
from app.core.errors import NotFound
from app.core.extensions import db
from app.export import tables
from app.sitebuilder.assets.models import SiteAsset
from app.sitebuilder.assets.shelves import ASSETS
from app.sites.models import Site

Report = Callable[[str, int, int], None]
AT_ONCE = 200


class Archive:
    """Writes the ZIP to a file on disk; no table is held in memory as a whole."""

    def __init__(self, account_id: int, path: Path, report: Report) -> None:
        self._account_id = account_id
        self._path = path
        self._report = report
        self._counts: dict[str, int] = {}
        self._done = 0
        self._total = 0

    def write(self) -> dict[str, int]:
        """Write everything. Returns how many rows, pieces of content and images there are, by name."""
        all_tables = tables.tables()
        self._total = 2 * len(all_tables) + 1 + self._count(Content) + self._count(ContentImage)
        self._total += self._count(SiteAsset)
        with zipfile.ZipFile(self._path, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as pack:
            for table in all_tables:
                self._table(pack, table)
            self._members(pack)
            self._contents(pack)
            self._images(pack)
            self._assets(pack)
            pack.writestr("index.html", self._front_page())
        return self._counts

    def _count(self, model: Any) -> int:
        return db.session.scalar(select(func.count()).where(model.account_id == self._account_id)) or 0

    def _step(self, words: str, steps: int = 1) -> None:
        self._done += steps
        self._report(words, min(self._done, self._total), self._total)

    def _table(self, pack: zipfile.ZipFile, table: Table) -> None:
        names = [column.name for column in tables.exported_columns(table)]
        with _text(pack, f"tables/{table.name}.csv") as out:
            writer = csv.DictWriter(out, names)
            writer.writeheader()
            count = 0
            for row in tables.rows(table, self._account_id):
                writer.writerow({name: csv_cell(value) for name, value in row.items()})
                count += 1
                if count % 5000 == 0:
                    self._step(f"Writing {table.name.replace('_', ' ')}", 0)
        self._counts[table.name] = count
        self._step(f"Writing {table.name.replace('_', ' ')}")
        with _text(pack, f"tables/{table.name}.json") as out:
            write_json(out, tables.rows(table, self._account_id))
        self._step(f"Writing {table.name.replace('_', ' ')}")

    def _members(self, pack: zipfile.ZipFile) -> None:
        sites = {site.id: site.name for site in db.session.scalars(select(Site).where(self._of_account(Site)))}
        granted = granted_sites(self._account_id)
        rows = [
            {
                "name": row.user.name,
                "email": row.user.email,
                "role": row.role,
                "since": iso(row.created_at),
                "sites": ", ".join(sites[i] for i in granted.get(row.id, []) if i in sites),
            }
            for row in list_members(self._account_id)
        ]
        db.session.commit()
        with _text(pack, "members.csv") as out:
            writer = csv.DictWriter(out, ["name", "email", "role", "since", "sites"])
            writer.writeheader()
            writer.writerows({name: csv_cell(value) for name, value in row.items()} for row in rows)
        pack.writestr("members.json", json.dumps(rows, ensure_ascii=False, indent=1))
        self._counts["members"] = len(rows)
        self._step("Writing members")

    def _of_account(self, model: Any) -> Any:
        return model.account_id == self._account_id

    def _contents(self, pack: zipfile.ZipFile) -> None:
        columns = (Content.id, Content.title, Content.slug, Content.seo_description, Content.content_html)
        for row in self._pages(select(*columns).where(self._of_account(Content)), Content.id):
            pack.writestr(
                content_name(row.id, row.slug),
                content_page(row.title, without_template(row.seo_description), row.content_html),
            )
            self._step("Writing content")

    def _images(self, pack: zipfile.ZipFile) -> None:
        columns = (ContentImage.id, ContentImage.content_id, ContentImage.sha256, ContentImage.filename)
        for row in self._pages(select(*columns).where(self._of_account(ContentImage)), ContentImage.id):
            try:
                path = IMAGES.path_of(self._account_id, row.sha256)
            except NotFound:
                self._counts["images missing"] = self._counts.get("images missing", 0) + 1
            else:
                pack.write(path, image_name(row.content_id, row.id, row.filename), zipfile.ZIP_STORED)
            self._step("Adding images")

    def _assets(self, pack: zipfile.ZipFile) -> None:
        columns = (SiteAsset.id, SiteAsset.site_id, SiteAsset.folder, SiteAsset.name, SiteAsset.sha256)
        for row in self._pages(select(*columns).where(self._of_account(SiteAsset)), SiteAsset.id):
            if ASSETS.has(self._account_id, row.sha256):
                path = ASSETS.path_of(self._account_id, row.sha256)
                pack.write(path, f"assets/{row.site_id}/{row.folder}/{row.name}", zipfile.ZIP_STORED)
            else:
                self._counts["files missing"] = self._counts.get("files missing", 0) + 1
            self._step("Adding files of sites")

    def _pages(self, stmt: Any, key: Any) -> Iterator[Any]:
        last = 0
        while True:
            rows = db.session.execute(stmt.where(key > last).order_by(key).limit(AT_ONCE)).all()
            db.session.commit()
            yield from rows
            if len(rows) < AT_ONCE:
                return
            last = rows[-1].id

    def _front_page(self) -> str:
        account = db.session.get_one(Account, self._account_id)
        name, now = escape(account.name), iso(utcnow())
        db.session.commit()
        table_rows = "".join(
            f'<tr><td>{escape(table)}</td><td>{count}</td><td><a href="tables/{table}.csv">CSV</a> '
            f'<a href="tables/{table}.json">JSON</a></td></tr>'
            for table, count in self._counts.items()
            if " " not in table and table != "members"
        )
        return (
            f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{name}</title></head><body>'
            f"<h1>{name}</h1><p>Everything of this account, as of {now}.</p>"
            '<p><a href="members.csv">Members</a>; content is in the folder contents, images are in images, '
            "files of sites in assets.</p>"
            f"<table><tr><th>Table</th><th>Rows</th><th>Files</th></tr>{table_rows}</table></body></html>"
        )


def content_name(content_id: int, slug: str) -> str:
    """The file of a piece of content: its number and slug, of harmless characters."""
    safe = "".join(char if char.isalnum() or char in "-_" else "-" for char in slug)[:80].strip("-")
    return f"contents/{content_id}{'-' + safe if safe else ''}.html"


def image_name(content_id: int, image_id: int, filename: str) -> str:
    """The file of an image: its number and name, of harmless characters, whatever the row says."""
    stem, _, ending = filename.replace("\\", "/").rsplit("/", 1)[-1].rpartition(".")
    safe = "".join(char if char.isalnum() or char in "-_" else "-" for char in stem)[:80].strip("-")
    kind = "".join(char for char in ending if char.isascii() and char.isalnum())[:5].lower()
    return f"images/{content_id}/{image_id}-{safe or 'image'}.{kind or 'bin'}"


def content_page(title: str, description: str, html: str) -> str:
    """A page that a browser shows; the content is as the author wrote it."""
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{escape(title)}</title>\n'
        f'<meta name="description" content="{escape(description)}">\n</head>\n<body>\n'
        f"<h1>{escape(title)}</h1>\n{html}\n</body>\n</html>\n"
    )


def csv_cell(value: Any) -> str:
    """A value in a CSV file: never a formula to a spreadsheet."""
    if value is None:
        return ""
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False)
    return str(spreadsheets.escape_cell(value))


def write_json(out: io.TextIOBase, rows: Iterator[dict[str, Any]]) -> None:
    """A JSON array, row by row."""
    out.write("[")
    for number, row in enumerate(rows):
        out.write(",\n" if number else "\n")
        out.write(json.dumps(row, ensure_ascii=False))
    out.write("\n]\n")


def _text(pack: zipfile.ZipFile, name: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(pack.open(name, "w", force_zip64=True), encoding="utf-8", newline="")
