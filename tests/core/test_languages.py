"""Languages: whose is chosen, what direction a page has, and that every text can be shown in each."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from flask import Flask
from flask.testing import FlaskClient

from app.config import ROOT
from app.core.extensions import db
from app.core.language_choice import language_of_request
from app.core.languages import LANGUAGES
from app.identity.models import User
from app.sites.models import Site
from tests.factories.people import SignIn, make_account, make_member

CATALOGUES = sorted((ROOT / "translations").glob("*/LC_MESSAGES/messages.po"))
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%")


def catalogue(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=path.parent.parent.name)


@pytest.mark.parametrize(
    ("asked", "language"),
    [("ur", "ur"), ("ur-PK,en;q=0.5", "ur"), ("de,ur;q=0.4", "ur"), ("de", "en"), ("", "en"), ("\0;q=x", "en")],
)
def test_strangers_get_what_their_browser_asks_for(app: Flask, asked: str, language: str) -> None:
    with app.test_request_context(headers={"Accept-Language": asked}):
        assert language_of_request() == language


def test_a_page_says_its_language_and_direction(client: FlaskClient) -> None:
    assert b'<html lang="en" dir="ltr">' in client.get("/login").data
    page = client.get("/login", headers={"Accept-Language": "ur"}).text
    assert '<html lang="ur" dir="rtl">' in page
    assert "vendor/texts/ur.js" in page


def test_the_profile_counts_more_than_the_browser(app: Flask, sign_in: SignIn) -> None:
    person = make_member(make_account(), "owner")
    client = sign_in(person)
    form = {"name": "Amna", "time_zone": "Asia/Karachi", "language": "ur"}
    assert client.post("/account/profile/", data=form).status_code == 303
    page = client.get("/account/profile/", headers={"Accept-Language": "en"}).text
    assert '<html lang="ur" dir="rtl">' in page
    assert client.post("/account/profile/", data=form | {"language": "xx"}).status_code == 422
    assert db.session.get_one(User, person.id).language == "ur"


def test_who_signs_up_keeps_the_language_and_zone_of_the_browser(client: FlaskClient) -> None:
    form = {
        "name": "Amna",
        "email": "amna@example.com",
        "password": "correct horse battery",
        "time_zone": "Asia/Karachi",
    }
    client.post("/signup", data=form, headers={"Accept-Language": "ur-PK,ur;q=0.9"})
    person = db.session.scalars(db.select(User).where(User.email == "amna@example.com")).one()
    assert (person.language, person.time_zone) == ("ur", "Asia/Karachi")


def test_each_language_that_is_offered_has_its_texts() -> None:
    assert {path.parent.parent.name for path in CATALOGUES} == set(LANGUAGES) - {"en"}


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parent.parent.name)
def test_translations_fill_in_what_the_english_text_does(path: Path) -> None:
    wrong = []
    for message in catalogue(path):
        if not message.id or not any(message.string):
            continue
        ours = message.id if isinstance(message.id, tuple) else (message.id,)
        theirs = message.string if isinstance(message.string, tuple) else (message.string,)
        allowed = {mark for text in ours for mark in PLACEHOLDER.findall(text)}
        needed = set(PLACEHOLDER.findall(ours[-1]))
        for text in theirs:
            found = set(PLACEHOLDER.findall(text))
            if (
                not found <= allowed
                or (text == theirs[-1] and found != needed)
                or re.findall(r"<[^>]*>", text) != re.findall(r"<[^>]*>", ours[-1])
            ):
                wrong.append((ours[-1], text))
    assert wrong == []


def test_every_text_of_the_source_is_in_each_catalogue(tmp_path: Path) -> None:
    """`make texts` brings the catalogues up to date; what is new there is to be translated."""
    template = tmp_path / "messages.pot"
    folders = ".* node_modules vendor instance build tests"
    keywords = ("N_", "NN_:1,2", "lazy_gettext")
    options = ["-q", "extract", "-F", "translations.toml", "--ignore-dirs", folders, "-o", str(template)]
    options += [part for keyword in keywords for part in ("-k", keyword)]
    done = subprocess.run(
        [sys.executable, "-m", "babel.messages.frontend", *options, "."], cwd=ROOT, capture_output=True
    )
    assert done.returncode == 0, done.stderr.decode()
    with template.open("rb") as file:
        source = {message.id for message in read_po(file) if message.id}
    assert len(source) > 2_000
    for path in CATALOGUES:
        texts = {message.id: message.string for message in catalogue(path) if message.id}
        assert set(texts) == source, f"make texts, then translate {path.name}"
        assert [text for text, translated in texts.items() if not all(translated)] == []


def test_a_form_is_answered_in_the_language_of_the_profile_whatever_the_browser_asks_for(
    owner_client: FlaskClient, owner: User, site: Site
) -> None:
    owner.language = "ur"
    db.session.commit()
    sent = owner_client.post("/planner/clusters/new/", data={"name": ""}, headers={"Accept-Language": "en"})
    assert sent.status_code == 422
    assert '<html lang="ur" dir="rtl">' in sent.text
    assert re.search(r"<label[^>]*>\s*[\u0600-\u06ff]", sent.text)
