"""A document of 10,000 words in the editor, in Chromium: how long it takes until one can write in it, what a key costs,
and how long saving takes. A key is timed until the page is laid out again; what is done later is in the slowest.

Beside the time on the clock stands what the page's own thread worked meanwhile: it does not depend on how busy the
machine is. That of a key holds everything that typing sets off: counting words, the checklist, the working copy."""

import statistics
import sys
import time

from playwright.sync_api import CDPSession, Page, sync_playwright

from app.accounts.services import accounts_of, sign_up
from app.content.services import create_content
from app.core.extensions import db
from app.core.row_security import act_for
from app.sites.services import add_site
from benchmarks.serving import CHROMIUM, OPTIONS, served, sign_in

EMAIL, PASSWORD = "bench@example.com", "correct horse battery"
SECTIONS, PARAGRAPHS, WORDS = 40, 5, 50  # 10,000 words
KEYS, ROUNDS = 200, 5
GOALS = {
    "load": 1000.0,
    "load (work)": 1000.0,
    "key (median)": 16.0,
    "key (95 %)": 16.0,
    "key (work)": 16.0,
    "save": 500.0,
    "save (work)": 500.0,
}
TYPED, PAUSE, SETTLE = 60, 50, 4000  # real keys, milliseconds between two, and until all is done that they set off
TIME_KEYS = """(count) => new Promise((done) => {
  const body = document.querySelector('#visual');
  const times = [];
  const press = () => {
    const begun = performance.now();
    document.execCommand('insertText', false, times.length % 6 ? 'e' : ' ');
    void body.offsetHeight;
    times.push(performance.now() - begun);
    if (times.length < count) setTimeout(press, 30); else done(times);
  };
  press();
})"""


def document() -> str:
    """Blocks as Gutenberg writes them."""
    words = ("water", "grind", "beans", "brew", "cold", "patience", "filter", "paper", "taste", "bitter", "sweet")
    parts = []
    for section in range(SECTIONS):
        parts.append(f'<!-- wp:heading -->\n<h2 class="wp-block-heading">Part {section}</h2>\n<!-- /wp:heading -->')
        for number in range(PARAGRAPHS):
            text = " ".join(words[(section * 7 + number * 3 + at * at) % len(words)] for at in range(WORDS))
            parts.append(f"<!-- wp:paragraph -->\n<p>{text.capitalize()} {section}.</p>\n<!-- /wp:paragraph -->")
    return "\n\n".join(parts)


def _fill() -> int:
    """One person and the document: the id of the content."""
    user = sign_up(email=EMAIL, name="Bench", password=PASSWORD, account_name="Bench")
    account_id = accounts_of(user.id)[0].id
    act_for(account_id)
    site = add_site(account_id, name="Bench", url="https://bench.example.com", time_zone="UTC", sectors=[])
    content = create_content(account_id, site.id, title="Bench", content_html=document())
    db.session.commit()
    return content.id


def load(page: Page, address: str) -> float:
    """Milliseconds until the visual editor stands."""
    begun = time.perf_counter()
    page.goto(address, wait_until="commit")
    page.locator('[data-editor-mode="visual"][aria-pressed="true"]').wait_for()
    page.wait_for_function("() => document.querySelectorAll('#visual p').length > 100")
    return (time.perf_counter() - begun) * 1000


def save(page: Page) -> float:
    """Milliseconds from Ctrl+S until the page says that it is saved."""
    page.evaluate("document.querySelector('#version').dataset.old = '1'")
    begun = time.perf_counter()
    page.keyboard.press("Control+s")
    page.wait_for_function("() => !document.querySelector('#version').dataset.old")
    return (time.perf_counter() - begun) * 1000


def work_of(session: CDPSession) -> float:
    """Milliseconds that the page's thread has worked so far."""
    metrics = {entry["name"]: entry["value"] for entry in session.send("Performance.getMetrics")["metrics"]}
    return float(metrics["TaskDuration"]) * 1000


def type_keys(page: Page, session: CDPSession) -> float:
    """Milliseconds of work for each of some keys, with what is done later because of them."""
    page.wait_for_timeout(SETTLE)
    before = work_of(session)
    for number in range(TYPED):
        page.keyboard.press("e" if number % 6 else "Space")
        page.wait_for_timeout(PAUSE)
    page.wait_for_timeout(SETTLE)
    return (work_of(session) - before) / TYPED


def measure(page: Page, address: str) -> dict[str, float]:
    """The medians."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    loads, loading = [], []
    for _ in range(ROUNDS):
        before = work_of(session)
        loads.append(load(page, address))
        loading.append(work_of(session) - before)
    page.locator("#visual p").nth(SECTIONS).click()
    keys, typing = sorted(page.evaluate(TIME_KEYS, KEYS)), type_keys(page, session)
    saves, saving = [], []
    for _ in range(ROUNDS):
        page.keyboard.type("x")
        before = work_of(session)
        saves.append(save(page))
        saving.append(work_of(session) - before)
    return {
        "load": statistics.median(loads),
        "load (work)": statistics.median(loading),
        "key (median)": statistics.median(keys),
        "key (95 %)": keys[int(len(keys) * 0.95)],
        "key (slowest)": keys[-1],
        "key (work)": typing,
        "save": statistics.median(saves),
        "save (work)": statistics.median(saving),
    }


def main() -> int:
    """Print the figures; 1 when one is above its goal."""
    with served(_fill) as (url, content_id), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        page = browser.new_page()
        sign_in(page, url, EMAIL, PASSWORD)
        figures = measure(page, f"{url}/content/{content_id}/edit/")
        browser.close()
    for name, value in figures.items():
        goal = f"  goal {GOALS[name]:.0f} ms" if name in GOALS else ""
        print(f"{name:16} {value:8.1f} ms{goal}")
    return int(any(figures[name] > goal for name, goal in GOALS.items()))


if __name__ == "__main__":
    sys.exit(main())
