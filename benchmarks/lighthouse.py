"""What Lighthouse says of the ten main pages: performance, accessibility, best practices, of 100; the goal is GOAL.

`python -m benchmarks lighthouse` installs Lighthouse by npm into build/lighthouse (development only), serves an account
of ROWS rows of each kind, and looks at each page as a signed-in owner with the settings for desktops, once the server
has shown it before. It says FAIL where a page misses the goal, and which audits cost it.
"""

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from app.config import ROOT
from benchmarks.page_rows import PASSWORD, fill
from benchmarks.serving import CHROMIUM, OPTIONS, served, sign_in

VERSION = "12.2.3"
FOLDER = ROOT / "build" / "lighthouse"
PROGRAM = FOLDER / "node_modules" / "lighthouse" / "cli" / "index.js"
ROWS, GOAL, SECONDS = 500, 95, 180
CATEGORIES = ("performance", "accessibility", "best-practices")
PAGES = (
    "/dashboard/",
    "/planner/keywords/",
    "/planner/clusters/",
    "/planner/ideas/",
    "/writer/tasks/",
    "/content/",
    "/content/{content_id}/edit/",
    "/calendar/",
    "/sites/",
    "/automation/rules/",
)


def install() -> None:
    """Install Lighthouse where it is missing."""
    if not PROGRAM.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        options = ["--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
        command = ["npm", "install", "--prefix", str(FOLDER), *options, f"lighthouse@{VERSION}"]
        subprocess.run(command, cwd=FOLDER, check=True)


def cookies_of(url: str, email: str) -> str:
    """The header of a person who is signed in."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        page = browser.new_page(base_url=url)
        sign_in(page, url, email, PASSWORD)
        cookies = page.context.cookies()
        browser.close()
    return "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in cookies)


def report_on(address: str, headers: Path) -> dict[str, Any]:
    """Lighthouse's report on one page. Raises CalledProcessError when it could not look."""
    command = ["node", str(PROGRAM), address, "--output=json", "--quiet", "--preset=desktop"]
    command += [f"--extra-headers={headers}", f"--chrome-flags=--headless {' '.join(OPTIONS)}"]
    command += [f"--only-categories={','.join(CATEGORIES)}"]
    environment = {**os.environ, "CHROME_PATH": CHROMIUM}
    done = subprocess.run(command, env=environment, capture_output=True, timeout=SECONDS)
    if done.returncode:  # now and then it misses the beginning of a page (NO_NAVSTART), and asks to be run again
        done = subprocess.run(command, env=environment, capture_output=True, check=True, timeout=SECONDS)
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def costs(report: dict[str, Any]) -> list[str]:
    """The audits that keep a page from the goal, with what they measured."""
    audits = [
        report["audits"][part["id"]]
        for category in report["categories"].values()
        if 100 * (category["score"] or 0) < GOAL
        for part in category["auditRefs"]
        if part["weight"]
    ]
    return [f"{audit['id']} {audit.get('displayValue', '')}".strip() for audit in audits if (audit["score"] or 0) < 0.9]


def main() -> int:
    """Print the table; 1 when a page misses the goal."""
    install()
    missed = 0
    with served(lambda: fill((ROWS,))[ROWS]) as (url, account):
        headers = FOLDER / "headers.json"
        sent = {"Cookie": cookies_of(url, account.email)}
        headers.write_text(json.dumps(sent))
        print(f"{'of 100, with ' + str(ROWS) + ' rows':34}" + "".join(f"{name:>16}" for name in CATEGORIES))
        for page in PAGES:
            path = page.format(**vars(account))
            urllib.request.urlopen(urllib.request.Request(url + path, headers=sent), timeout=SECONDS).close()
            report = report_on(url + path, headers)
            scores = [round(100 * (report["categories"][name]["score"] or 0)) for name in CATEGORIES]
            missed += (is_short := min(scores) < GOAL)
            words = f"  FAIL: {', '.join(costs(report))}" if is_short else ""
            print(f"{path:34}" + "".join(f"{score:16}" for score in scores) + words, flush=True)
        headers.unlink()
    print(f"{len(PAGES) - missed} of {len(PAGES)} pages hold the goal.")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
