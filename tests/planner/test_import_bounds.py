"""What an import may cost: bounds before parsing, one at a time, and files that are nobody else's and do not stay."""

import hashlib
import io
import time
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from app.accounts.models import Account
from app.core.one_at_a_time import HEAVY, one_at_a_time
from app.planner.imports import bounds as import_bounds
from app.planner.imports.shelves import UPLOADS
from app.sites.models import Site
from tests.factories.people import make_account
from tests.factories.work import newest_run, work

PREVIEW = "/planner/keywords/import/preview/"
IMPORT = "/planner/keywords/import/"


def post(client: FlaskClient, path: str, data: bytes, **form: str) -> Any:
    boundary, body = encode_multipart({"csv_file": FileStorage(io.BytesIO(data), "k.csv"), **form})
    return client.post(path, data=body, content_type=f"multipart/form-data; boundary={boundary}")


@pytest.mark.parametrize("sign", [",", "(", " , ", "["])
def test_a_line_of_signs_is_looked_at_in_no_time(site: Site, owner_client: FlaskClient, sign: str) -> None:
    began = time.process_time()
    post(owner_client, PREVIEW, (sign * 300_000).encode())
    post(owner_client, PREVIEW, f"keyword,volume,{sign * 30_000}\nmoka pot,1\n".encode())
    assert time.process_time() - began < 3  # a minute and the end of the web process, before


@pytest.mark.parametrize("path", [PREVIEW, IMPORT])
@pytest.mark.parametrize("blank", [b"\n", b"\r\n", b"\r", b" \n", b",,\n"])
def test_a_file_of_blank_lines_is_refused_at_once(
    site: Site, owner_client: FlaskClient, path: str, blank: bytes
) -> None:
    began = time.process_time()
    answer = post(owner_client, path, b"keyword,volume\n" + blank * (18_000_000 // len(blank)) + b"moka pot,1\n")
    assert answer.status_code == 422
    assert b"lines; at most 1,000,000 can be read at once" in answer.data
    assert time.process_time() - began < 2  # 75 s, before


@pytest.mark.parametrize(
    "filling",
    [
        b"x" * 100 + b",1\n",
        b"\n" * 20 + b"x,2\n" * 20,
        b'"' * 50 + b"\n",
        b"," * 2000 + b"\n",
        b'"a\n' * 3,
        b"x" * 9_000_000,
    ],
    ids=["rows", "blanks", "quotes", "columns", "broken quotes", "one line"],
)
def test_a_preview_looks_at_the_beginning_of_a_long_file_only(
    site: Site, owner_client: FlaskClient, filling: bytes
) -> None:
    data = b"keyword,volume\nmoka pot,5\n" + filling * (9_000_000 // len(filling))
    if data.count(b"\n") > import_bounds.MOST_LINES:
        data = b"\n".join(data.split(b"\n")[: import_bounds.MOST_LINES - 1])
    began = time.process_time()
    answer = post(owner_client, PREVIEW, data)
    assert answer.status_code == 200
    assert b"moka pot" in answer.data
    assert time.process_time() - began < 2


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le"])
def test_a_long_file_is_imported_whole_by_a_worker(site: Site, owner_client: FlaskClient, encoding: str) -> None:
    text = "keyword,volume\n" + "".join(f"café {number},{number}\n" for number in range(4000))
    assert post(owner_client, IMPORT, text.encode(encoding)).status_code == 303
    assert work(newest_run()).state == "succeeded"
    assert newest_run().data["added"] == 4000


def test_the_first_lines_end_at_a_whole_letter() -> None:
    data = b"keyword\n" + "ж".encode() * 3_000_000
    assert import_bounds.head_of(data) == b"keyword"
    data = "keyword\n".encode("utf-16-le") + "ж\n".encode("utf-16-le") * 300_000
    assert import_bounds.head_of(data).decode("utf-16-le").startswith("keyword\nж\nж")


def test_a_second_preview_of_the_account_is_told_to_wait(
    site: Site, account: Account, owner_client: FlaskClient
) -> None:
    with one_at_a_time(account.id, "", HEAVY):
        answer = post(owner_client, PREVIEW, b"keyword\n" + b"moka pot\n" * 30_000)
        assert answer.status_code == 429
        assert b"Another import of yours is being read just now." in answer.data
        assert post(owner_client, PREVIEW, b"keyword\nmoka pot\n").status_code == 200


def test_the_file_of_another_accounts_preview_cannot_be_read(site: Site, owner_client: FlaskClient) -> None:
    token = UPLOADS.save(make_account("Elsewhere").id, b"keyword\ntheir secret plan\n")
    for path in (PREVIEW, IMPORT):
        answer = owner_client.post(path, data={"upload": token})
        assert b"secret plan" not in answer.data
        assert answer.status_code == 422
        assert b"The file is gone" in answer.data


def test_a_previews_file_is_kept_for_its_import(site: Site, account: Account, owner_client: FlaskClient) -> None:
    data = b"keyword\nmoka pot\n"
    post(owner_client, PREVIEW, data)
    name = hashlib.sha256(data).hexdigest()
    assert UPLOADS.load(account.id, name) == data
    assert owner_client.post(IMPORT, data={"upload": name}).status_code == 303
    assert newest_run().data["added"] == 1
