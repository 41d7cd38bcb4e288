"""Makes the pictures of the user guide: starts the application with its demo, works through it, and looks at it.

`python scripts/guide_pictures.py` writes docs/guide/pictures/*.png. It takes some minutes and needs what `make run`
needs, and Chromium. With `GUIDE_URL` and `GUIDE_PASSWORD` it looks at an application that runs already.
"""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests
from playwright.sync_api import Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "guide" / "pictures"
EMAIL = "demo@example.com"
LONG_MS = 240_000  # for what a worker does
TEXT = """<h2>The ratio</h2>
<p>One part of coffee to eight of water makes a concentrate; one to fifteen is ready to drink.</p>
<h2>The time</h2><p>Twelve hours at room temperature, or eighteen in the fridge.</p>
<ul><li>Grind coarse.</li><li>Stir once.</li><li>Filter twice.</li></ul>"""


@contextmanager
def application() -> Iterator[tuple[str, str]]:
    """Address and password of the demo, from the environment or of an application started for this."""
    if "GUIDE_URL" in os.environ:
        yield os.environ["GUIDE_URL"], os.environ["GUIDE_PASSWORD"]
        return
    with tempfile.TemporaryDirectory() as folder:
        ports = [str(_free_port()) for _ in range(2)]
        settings = {"PORT": ports[0], "WORDPRESS_PORT": ports[1], "INSTANCE_PATH": f"{folder}/instance"}
        command = [sys.executable, "-m", "app.cli", "serve"]
        process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **settings}, start_new_session=True)
        try:
            url = f"http://127.0.0.1:{ports[0]}"
            _wait_for(url)
            yield url, (Path(folder) / "instance" / "secrets" / "demo_password").read_text().strip()
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=60)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _wait_for(url: str) -> None:
    for _ in range(240):
        try:
            if requests.get(f"{url}/login", timeout=5).ok:
                return
        except requests.ConnectionError:
            pass
        time.sleep(1)
    raise SystemExit(f"{url} does not answer.")


def keep(page: Page, name: str) -> None:
    """Store what the window shows."""
    page.mouse.move(0, 0)
    page.evaluate("document.activeElement?.blur?.()")
    page.screenshot(path=PICTURES / f"{name}.png", animations="disabled")
    sys.stdout.write(f"{name}.png\n")


def plan(page: Page) -> None:
    """Keywords, clusters, ideas and tasks."""
    page.goto("/planner/keywords/import/")
    rows = ["keyword,volume,difficulty,cpc,intent", "cold brew ratio,1900,22,0.40,informational"]
    rows += ["cold brew concentrate,880,18,0.55,commercial", "how long does cold brew last,2400,15,0.20,informational"]
    page.get_by_label("Keywords", exact=True).fill("\n".join(rows))
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#import-preview table").first).to_be_visible()
    keep(page, "import")
    page.goto("/planner/keywords/")
    keep(page, "keywords")
    page.get_by_role("button", name="Cluster keywords").click()
    page.locator("#confirm").get_by_role("button", name="Cluster keywords").click()
    see(page, r"Made \d+ clusters? from")
    page.goto("/planner/clusters/")
    keep(page, "clusters")
    page.locator("#clusters-region tbody a.cell-title").first.click()
    page.get_by_role("button", name="Generate ideas").click()
    see(page, r"\d+ ideas")
    page.goto("/planner/ideas/")
    keep(page, "ideas")
    boxes = page.get_by_role("checkbox", name=re.compile("^Select (?!all)"))
    for number in range(min(boxes.count(), 4)):
        boxes.nth(number).check()
    page.get_by_role("button", name="Create tasks").click()
    see(page, "tasks")


def write(page: Page) -> None:
    """A brief and drafts."""
    page.goto("/writer/tasks/")
    keep(page, "tasks")
    page.locator("tbody a.cell-title").first.click()
    see(page, "Outline")
    keep(page, "brief")
    page.goto("/writer/tasks/")
    page.get_by_role("checkbox", name="Select all on this page").check()
    page.get_by_role("button", name="Generate drafts").first.click()
    see(page, r"Wrote \d+ drafts\.")


def edit_and_publish(page: Page) -> None:
    """The editor, the check, a publish, and the table with its states."""
    for title in ("Cold brew at home: ratio, time, storage", "Which grinder for which coffee"):
        page.goto("/content/")
        page.locator("tbody tr", has_text="Draft").locator(".cell-title").first.click()
        page.get_by_label("Title", exact=True).fill(title)
        page.get_by_role("button", name="Source").click()
        page.get_by_label("Content", exact=True).fill(TEXT)
        page.get_by_role("button", name="Save").first.click()
        see(page, "Saved")
        page.get_by_role("button", name="Visual").click()
        keep(page, "editor")
        page.get_by_role("button", name="Publish", exact=True).first.click()
        see(page, "It is live at")
    keep(page, "published")
    page.goto("/content/")
    keep(page, "content")


def schedule(page: Page) -> None:
    """The calendar with something in it."""
    page.goto("/calendar/")
    keep(page, "calendar")
    page.goto("/runs/")
    keep(page, "activity")


def set_up(page: Page) -> None:
    """Pages that need nothing before them."""
    for name, path in (("prompt", "/thinker/prompts/draft/"), ("dashboard", "/dashboard/")):
        page.goto(path)
        keep(page, name)


def see(page: Page, pattern: str) -> None:
    """Wait until a text is to be seen somewhere."""
    expect(page.get_by_text(re.compile(pattern)).filter(visible=True).first).to_be_visible(timeout=LONG_MS)


STEPS = (plan, write, edit_and_publish, schedule, set_up)


def main() -> None:
    """Make every picture."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with application() as (url, password), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page(base_url=url, viewport={"width": 1280, "height": 800}, locale="en-GB")
        page.goto("/login")
        page.get_by_label("Email").fill(EMAIL)
        page.get_by_label("Password", exact=True).fill(password)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/dashboard/")
        for step in STEPS:
            step(page)
        browser.close()


if __name__ == "__main__":
    main()
