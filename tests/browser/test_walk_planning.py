"""From 1,000 mixed keywords to a reviewed draft, by clicks, with a real worker: without a key, and with a model."""

import re
from collections.abc import Iterator
from itertools import product
from threading import Event

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from app.accounts.models import Account
from app.ai.calls.models import AiSettings
from app.core.crypto import encrypt
from app.core.extensions import db
from app.identity.models import User
from app.sites.models import Site
from tests.browser.conftest import sign_in
from tests.factories.live import LiveApp
from tests.factories.providers import make_provider
from tests.fakes.openai_server import KEY, MODEL, FakeOpenAI

NICHES = (
    (
        ("moka pot", "french press", "cold brew", "espresso machine", "coffee grinder", "pour over coffee"),
        ("best {}", "how to clean a {}", "{} for beginners", "{} price", "{} parts", "how to use a {}", "{} vs filter"),
        ("", " at home", " uk", " 2026", " for two", " small", " steel", " cheap"),
    ),
    (
        ("Zahnimplantat", "Zahnspange", "Zahnbrücke", "Bleaching", "Wurzelbehandlung", "Prophylaxe"),
        ("{}", "{} Kosten", "{} Ablauf", "{} Schmerzen", "{} Dauer", "was kostet {}", "{} Erfahrungen"),
        ("", " Berlin", " Köln", " ohne Zuzahlung", " mit Kindern", " privat", " München", " ab 50"),
    ),
    (
        ("zapatillas de running", "medias de compresión", "reloj gps", "chaleco de hidratación", "plantillas", "gorra"),
        ("{}", "mejores {}", "{} baratas", "{} para maratón", "cómo elegir {}", "{} opiniones", "{} para trail"),
        ("", " mujer", " hombre", " 2026", " niños", " verano", " invierno", " amazon"),
    ),
)
BAD = ("", "x" * 300)


def csv() -> tuple[bytes, int]:
    """A file of 1,000 rows, some of them empty, too long or there twice; and how many keywords are in it."""
    keywords = [
        (pattern.format(head) + tail).strip()
        for heads, patterns, tails in NICHES
        for head, pattern, tail in product(heads, patterns, tails)
    ][:985]
    rows = [f"{keyword},{10 * (number % 97 + 1)},{number % 80}" for number, keyword in enumerate(keywords)]
    rows += [f'"{keyword}",50,5' for keyword in BAD * 4]
    rows += rows[: 1000 - len(rows)]
    rows = [rows[at * 37 % 1000] for at in range(1000)]  # mixed
    return "\n".join(["Keyword,Volume,KD", *rows]).encode(), len(keywords)


@pytest.fixture(params=["without a key", "with a model"])
def model(
    request: pytest.FixtureRequest, app: Flask, account: Account, workers: LiveApp, monkeypatch: pytest.MonkeyPatch
) -> Iterator[FakeOpenAI | None]:
    """The account's own provider, or none."""
    if request.param == "without a key":
        yield None
        return
    with FakeOpenAI() as server:
        monkeypatch.setitem(app.config, "AI_PRIVATE_HOSTS", ["127.0.0.1"])
        workers.env["AI_PRIVATE_HOSTS"] = "127.0.0.1"
        provider = make_provider(account, base_url=server.url, model=MODEL, requests_per_minute=10_000)
        provider.api_key_encrypted = encrypt(KEY)
        db.session.add(AiSettings(account_id=account.id, concurrency=8))
        db.session.commit()
        yield server


def test_from_a_thousand_keywords_to_a_reviewed_draft(
    page: Page, web: LiveApp, workers: LiveApp, owner: User, site: Site, model: FakeOpenAI | None
) -> None:
    workers.start_worker("interactive", "default")
    sign_in(page, web, owner)
    import_the_file(page, web)
    name_a_topic(page)
    plan_ideas(page)
    change_the_brief(page)
    write_the_draft(page, model)
    review(page, model)
    page.goto(f"{web.url}/content/")
    expect(page.locator("tbody tr", has_text="A title of our own").get_by_text("Draft", exact=True)).to_be_visible()


def see(page: Page, pattern: str) -> None:
    """Wait until a text is to be seen somewhere."""
    expect(page.get_by_text(re.compile(pattern)).filter(visible=True).first).to_be_visible(timeout=120_000)


def import_the_file(page: Page, web: LiveApp) -> None:
    """Every row is accounted for."""
    content, count = csv()
    page.goto(f"{web.url}/planner/keywords/import/")
    page.get_by_label("CSV file").set_input_files({"name": "all.csv", "mimeType": "text/csv", "buffer": content})
    expect(page.locator("#import-preview tbody tr").first).to_be_visible()
    page.get_by_role("button", name="Import keywords").click()
    see(page, f"Added {count:,} keywords")
    see(page, f"1,000 rows were read: {count:,} added, 0 already there, {1000 - count:,} rejected")
    see(page, "Rejected rows")


def name_a_topic(page: Page) -> None:
    """Cluster all, look at what came, and name the first as one would."""
    page.get_by_role("link", name="View keywords").click()
    page.get_by_role("button", name="Cluster keywords").click()
    page.locator("#confirm").get_by_role("button", name="Cluster keywords").click()
    see(page, r"Made \d+ clusters? from \d+ keywords")
    page.get_by_role("link", name="View").first.click()
    page.locator("#clusters-region tbody a.cell-title").first.click()
    page.get_by_role("button", name="Edit", exact=True).click()
    page.get_by_role("dialog").get_by_label("Name", exact=True).fill("Our topic")
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Our topic")).to_be_visible()


def plan_ideas(page: Page) -> None:
    """Ideas for the topic, and a task of the first."""
    page.get_by_role("button", name="Generate ideas").click()
    see(page, r"\d+ ideas")
    page.get_by_role("link", name="Open in ideas").click()
    page.get_by_role("checkbox", name=re.compile("^Select (?!all)")).first.check()
    page.get_by_role("button", name=re.compile("Create 1 task|Create tasks")).first.click()
    page.wait_for_url("**/writer/tasks/**")
    page.locator("#tasks-region tbody a.cell-title").first.click()


def change_the_brief(page: Page) -> None:
    """A section of one's own, before anything is written."""
    page.get_by_label("Heading of section 1", exact=True).fill("What nobody tells you")
    page.get_by_label("Length in words").fill("300")


def write_the_draft(page: Page, model: FakeOpenAI | None) -> None:
    """With a model the text is watched as it comes."""
    may_end = Event()
    if model is not None:
        model.stream.may_end = may_end
    page.get_by_role("button", name="Save and write the draft").click()
    if model is not None:
        expect(page.locator(".live-text-words").filter(has_text="About What nobody")).to_be_visible()
    may_end.set()
    see(page, r"Wrote 1 draft\.")
    page.get_by_role("link", name="View").filter(visible=True).first.click()
    page.wait_for_url("**/content/*/edit/")


def review(page: Page, model: FakeOpenAI | None) -> None:
    """The list of what the text lacks stands beside it; with a model one section is written anew and taken."""
    panel = page.locator("#panel-draft-checks")
    expect(panel).to_contain_text("to check")
    if model is not None:
        model.answer_next({"content_html": "<p>Nobody tells you to warm the cup first.</p>"})
        panel.get_by_role("link", name="Write anew").click()
        page.get_by_label("What", exact=True).select_option("What nobody tells you")
        page.get_by_role("button", name="Write anew").click()
        page.locator("#versions-list").get_by_role("link", name="What nobody tells you").click()
        page.get_by_role("button", name="Use this text").click()
        see(page, "The text is used")
        expect(page.locator("#visual")).to_contain_text("warm the cup first")
    page.get_by_label("Title", exact=True).fill("A title of our own")
    page.get_by_role("button", name="Save", exact=True).first.click()
    see(page, "Saved")
