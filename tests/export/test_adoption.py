"""Files that an older version kept for all accounts together come to their accounts."""

import hashlib

import pytest
from flask import Flask

from app.content.images.shelves import IMAGES
from app.core import media
from app.core.errors import NotFound
from app.core.extensions import db
from app.core.runs import Run
from app.export.adoption import adopt_old_files
from app.planner.imports.shelves import REPORTS
from tests.factories.people import make_account
from tests.factories.pictures import add_images
from tests.factories.things import make_content, make_site


def old_file(data: bytes) -> str:
    name = hashlib.sha256(data).hexdigest()
    path = media.media_folder() / name[:2] / name[2:4] / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return name


def test_each_file_is_linked_to_who_refers_to_it_and_the_rest_goes(app: Flask) -> None:
    first, second = make_site(make_account("One")), make_site(make_account("Two"))
    shared, report, upload = old_file(b"a picture"), old_file(b"rejected rows"), old_file(b"left by a preview")
    for site in (first, second):
        (image,) = add_images(make_content(site), 1)
        image.sha256 = shared
    db.session.add(
        Run(account_id=first.account_id, kind="import_keywords", job="x", title="x", data={"rejected_file": report})
    )
    db.session.commit()
    assert adopt_old_files() == 3
    for site in (first, second):
        assert IMAGES.load(site.account_id, shared) == b"a picture"
    assert REPORTS.load(first.account_id, report) == b"rejected rows"
    with pytest.raises(NotFound):
        REPORTS.load(second.account_id, report)
    assert not list(media.media_folder().rglob(upload))
    assert list(media.media_folder().glob("[0-9a-f][0-9a-f]")) == []
    assert adopt_old_files() == 0
