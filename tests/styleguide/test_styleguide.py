"""The style guide: every component in both schemes, in development only."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.config import ROOT, from_environment
from app.core.runs.states import ACTIVE
from tests.conftest import ENCRYPTION_KEY

PARTS = "buttons states forms tables runs figures calendar diff overlays"
NEEDED = {
    "DATABASE_URL": "postgresql://x",
    "REDIS_URL": "redis://x",
    "SECRET_KEY": "a-secret-of-the-tests",
    "ENCRYPTION_KEYS": ENCRYPTION_KEY,
}


@pytest.mark.parametrize("scheme", ["", "light", "dark", "nonsense"])
def test_it_shows_every_part_in_the_scheme_that_is_asked_for(owner_client: FlaskClient, scheme: str) -> None:
    page = owner_client.get("/styleguide/", query_string={"scheme": scheme}).text
    assert " ".join(re.findall(r'<h2 id="sg-([a-z]+)"', page)) == PARTS
    assert (f"scheme-{scheme}" in page) == (scheme in ("light", "dark"))
    assert "Choose 100 to 5,000 words." in page


def test_every_state_of_a_run_and_of_the_calendar_is_there(owner_client: FlaskClient) -> None:
    page = owner_client.get("/styleguide/").text
    assert set(re.findall(r'class="run [^>]*data-state="([a-z]+)"', page)) >= {*ACTIVE, "paused", "succeeded", "failed"}
    entries = set(re.findall(r'class="calendar-entry" data-state="([a-z]+)"', page))
    assert entries == {"queued", "running", "succeeded", "failed", "paused", "live"}


def test_production_has_none(app: Flask, owner_client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not from_environment(NEEDED)["STYLEGUIDE"]
    assert from_environment({**NEEDED, "STYLEGUIDE": "1"})["STYLEGUIDE"]
    monkeypatch.setitem(app.config, "STYLEGUIDE", False)
    assert owner_client.get("/styleguide/").status_code == 404


def test_every_macro_of_the_house_is_drawn() -> None:
    """A component that is added to the house is added to its style guide."""
    used = " ".join(path.read_text() for path in (ROOT / "templates" / "styleguide").glob("*.html"))
    for name in ("buttons", "form", "layout", "progress"):
        text = (ROOT / "templates" / "macros" / f"{name}.html").read_text()
        made = {found for found in re.findall(r"\{%-? macro ([a-z]\w+)\(", text) if found not in ELSEWHERE}
        assert {macro for macro in made if not re.search(rf"\b{macro}\b", used)} == set(), name


# Parts of parts, and what only one page has.
ELSEWHERE = {"ago", "csrf", "options_html", "row_link", "row_menu", "in_letters_after", "filesize", "page_header"}
