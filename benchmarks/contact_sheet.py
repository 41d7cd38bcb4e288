"""Every page in every state, as pictures on one sheet: `make pictures`.

Writes build/contact-sheet/index.html and its PNGs: accounts with 0, 1, 7 and 500 rows, titles that are long or run
from right to left, a failed run, errors; wide and narrow, light and dark. Pages that scroll sideways or say something
in the console are marked, and end the command with 1. It takes some minutes; `PAGES=calendar,dashboard ROWS=7` makes
fewer.
"""

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, TimeoutError, sync_playwright

from app.config import ROOT
from benchmarks.page_rows import PASSWORD, Filled, fill
from benchmarks.serving import CHROMIUM, OPTIONS, served, sign_in

FOLDER = ROOT / "build" / "contact-sheet"
WIDTHS, SCHEMES, SIZES = (1440, 375), ("light", "dark"), (0, 1, 7, 500)
TALLEST, MOST_MS = 2400, 120_000
PAGES = {
    "dashboard": "/dashboard/",
    "keywords": "/planner/keywords/",
    "keyword": "/planner/keywords/{keyword_id}/",
    "import": "/planner/keywords/import/",
    "clusters": "/planner/clusters/",
    "cluster": "/planner/clusters/{cluster_id}/",
    "ideas": "/planner/ideas/",
    "idea": "/planner/ideas/{idea_id}/edit/",
    "tasks": "/writer/tasks/",
    "brief": "/writer/tasks/{task_id}/brief/",
    "content": "/content/",
    "editor": "/content/{content_id}/edit/",
    "linker": "/linker/",
    "linker-content": "/linker/contents/{content_id}/",
    "linker-plan": "/linker/plan/",
    "linker-batches": "/linker/batches/",
    "linker-rules": "/linker/settings/",
    "optimizer": "/optimizer/",
    "optimizer-text": "/optimizer/{content_id}/?mark=sentence_length",
    "optimize-panel": "/optimizer/{content_id}/optimize/",
    "optimizer-history": "/optimizer/tasks/",
    "optimizer-panel": "/optimizer/{content_id}/panel/",
    "calendar": "/calendar/",
    "calendar-week": "/calendar/?view=week",
    "calendar-list": "/calendar/?view=list",
    "batches": "/publishing/batches/",
    "activity": "/runs/",
    "failed-run": "/runs/{failed_run}/",
    "news": "/news/",
    "sites": "/sites/",
    "prompts": "/thinker/prompts/",
    "personas": "/thinker/personas/",
    "automation": "/automation/rules/",
    "rule": "/automation/rules/{rule_id}/?try=1",
    "rule-form": "/automation/rules/{rule_id}/edit/",
    "new-rule": "/automation/rules/new/",
    "rule-history": "/automation/history/",
    "pipeline": "/automation/pipeline/",
    "pipeline-board": "/automation/pipeline/board/",
    "execution": "/automation/history/{execution_id}/",
    "autopilot": "/automation/autopilot/",
    "providers": "/account/ai/",
    "billing": "/account/billing/",
    "profile": "/account/profile/",
    "daily-mail": "/account/daily-mail/",
    "team": "/account/team/",
    "audit": "/account/audit/",
    "help": "/help/",
    "not-found": "/nothing-here/",
    "styleguide": "/styleguide/",
}
ONCE = {"import", "sites", "prompts", "personas", "providers", "profile", "daily-mail", "team", "help", "not-found"}
ONCE |= {"styleguide", "billing", "new-rule", "autopilot"}  # the same whatever the rows


@dataclass
class Shot:
    """A picture, and what is wrong with its page."""

    page: str
    rows: int
    width: int
    scheme: str
    problems: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The name of its file."""
        return f"{self.page}-{self.rows}-{self.width}-{self.scheme}.png"


def wanted(rows: int, filled: Filled) -> Iterator[tuple[str, str]]:
    """The pages of an account and their addresses; those of single rows only where there are any."""
    chosen = [name for name in os.environ.get("PAGES", "").split(",") if name]
    for name, address in PAGES.items():
        path = address.format(**vars(filled))
        if (chosen and name not in chosen) or (name in ONCE and rows != SIZES[-2]) or "/0/" in path or "//" in path:
            continue
        yield name, path


def take(page: Page, address: str, shot: Shot) -> None:
    """Look at one page."""
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(str(error)))
    try:
        answer = page.goto(address)
        page.wait_for_load_state("networkidle")
    except TimeoutError:
        shot.problems.append(f"not there after {MOST_MS / 1000:.0f} s")
        return
    if answer is not None and answer.status >= 400 and shot.page != "not-found":
        shot.problems.append(f"answered {answer.status}")
    if page.evaluate("document.documentElement.scrollWidth > innerWidth + 1"):
        shot.problems.append("scrolls sideways")
    shot.problems += said
    height = min(page.evaluate("document.documentElement.scrollHeight"), TALLEST)
    clip = {"x": 0, "y": 0, "width": shot.width, "height": height}
    page.screenshot(path=FOLDER / shot.name, full_page=True, clip=clip, animations="disabled")  # type: ignore[arg-type]


def look(browser: Browser, url: str, accounts: dict[int, Filled]) -> list[Shot]:
    """All pictures."""
    shots = []
    for rows, filled in accounts.items():
        context = browser.new_context(base_url=url, locale="en-GB", reduced_motion="reduce")
        context.set_default_timeout(MOST_MS)
        sign_in(context.new_page(), url, filled.email, PASSWORD)
        for width in WIDTHS:
            for scheme in SCHEMES:
                shots += _look_at_all(context, rows, filled, width, scheme)
        context.close()
    return shots


def _look_at_all(context: BrowserContext, rows: int, filled: Filled, width: int, scheme: str) -> Iterator[Shot]:
    for name, path in wanted(rows, filled):
        page = context.new_page()
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        shot = Shot(name, rows, width, scheme)
        take(page, path, shot)
        page.close()
        yield shot


def sheet(shots: list[Shot]) -> str:
    """The page with all of them, those of one page beside each other."""
    parts = ["<!doctype html><meta charset=utf-8><title>Contact sheet</title><style>", STYLE, "</style>"]
    for name in dict.fromkeys(shot.page for shot in shots):
        parts.append(f"<h2>{escape(name)}</h2><div>")
        for shot in (shot for shot in shots if shot.page == name):
            words = f"{shot.rows} rows, {shot.width} px, {shot.scheme}"
            wrong = f" <b>{escape('; '.join(shot.problems))}</b>" if shot.problems else ""
            parts.append(f'<figure><a href="{shot.name}"><img loading=lazy src="{shot.name}" alt=""></a>')
            parts.append(f"<figcaption>{words}{wrong}</figcaption></figure>")
        parts.append("</div>")
    return "".join(parts)


STYLE = """
body { font: 14px system-ui; margin: 24px; background: #ddd } div { display: flex; flex-wrap: wrap; gap: 16px }
figure { margin: 0 } img { display: block; height: 360px; width: auto; border: 1px solid #999 } b { color: #b00020 }
"""


def main() -> int:
    """Make the sheet; 1 when a page has a problem."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.png"):
        old.unlink()
    sizes = tuple(int(rows) for rows in os.environ.get("ROWS", "").split(",") if rows) or SIZES
    with served(lambda: fill(sizes)) as (url, accounts), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        shots = look(browser, url, accounts)
        browser.close()
    index = Path(FOLDER / "index.html")
    index.write_text(sheet(shots), encoding="utf-8")
    wrong = [shot for shot in shots if shot.problems]
    for shot in wrong:
        print(f"{shot.name}: {'; '.join(shot.problems)}")
    print(f"{len(shots)} pictures, {len(wrong)} with problems: {index}")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
