"""The list of contents beside wp-admin's own list of posts, both with POSTS of them, each page asked in turn.

`python -m benchmarks lists_beside_wordpress` fills a local WordPress, with the plugin, and one site of ours with as
many rows of the same kinds of titles. Of each page it prints the milliseconds that processors worked for one request,
all processes together, as medians of ROUNDS: Python and PostgreSQL here, PHP and MariaDB there. LISTS_FOLDER keeps
ours.
"""

import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import requests
from flask.testing import FlaskClient

from app.devstack.wordpress import LocalWordPress
from benchmarks.list_rows import WORDS
from benchmarks.lists import ROUNDS, Backends, place

POSTS = int(os.environ.get("POSTS", "100000"))
PAGES = (
    ("first page", "/content/", ""),
    ("by title", "/content/?sort=title", "orderby=title&order=asc"),
    ("drafts", "/content/?state=draft", "post_status=draft"),
    ("of a term", "/content/?term=7", "cat=7"),
    ("page 200", "/content/?page=200", "paged=200"),
    ("last page", "/content/?page=last", f"paged={POSTS // 50}"),
    ("one word", "/content/?q=espresso", "s=espresso"),
    ("three words", "/content/?q=espresso+water+best", "s=espresso+water+best"),
    ("a word by title", "/content/?q=espresso&sort=title", "s=espresso&orderby=title&order=asc"),
)
SETUP = """<?php
foreach ( range( 1, 400 ) as $n ) wp_insert_term( "Term $n", 'category' );
update_user_option( 1, 'edit_post_per_page', 50 );
"""


def fill(wordpress: LocalWordPress) -> None:
    """Posts with titles of seven words, a third of them drafts, half of them in two of 400 categories."""
    wordpress.run_php(SETUP)
    listed = ", ".join(f"'{word}'" for word in WORDS)
    words = f"ELT(1 + MOD(seq * {{k}} * 7919 + {{k}} * {{k}} * 104729 + seq DIV 3, {len(WORDS)}), {listed})"
    title = ", ' ', ".join(words.format(k=k) for k in range(1, 8))
    date = "'2020-01-01' + INTERVAL seq MINUTE"
    columns = "post_author, post_date, post_date_gmt, post_modified, post_modified_gmt, post_content, post_title, "
    columns += "post_excerpt, post_name, post_status, to_ping, pinged, post_content_filtered, guid"
    wordpress.sql(
        f"INSERT INTO wp_posts ({columns}) SELECT 1, {date}, {date}, {date}, {date}, '<p>Text</p>', "
        f"CONCAT({title}, ' ', seq), '', CONCAT('post-', seq), IF(MOD(seq, 3) = 0, 'draft', 'publish'), "
        f"'', '', '', '' FROM seq_1_to_{POSTS}"
    )
    ours = "FROM wp_posts WHERE post_name LIKE 'post-%' AND MOD(ID, 2) = 0"
    for step in (0, 31):
        wordpress.sql(f"INSERT IGNORE INTO wp_term_relationships SELECT ID, 2 + MOD(ID DIV 2 + {step}, 400), 0 {ours}")
    wordpress.sql("ANALYZE TABLE wp_posts, wp_term_relationships")


@contextmanager
def wp_admin() -> Iterator[tuple[LocalWordPress, requests.Session]]:
    """The WordPress with the posts, and a browser in which its administrator is signed in."""
    folder = Path(tempfile.mkdtemp(prefix="igny8-bench-"))
    folder.chmod(0o755)
    wordpress = LocalWordPress(folder / "wordpress", title="Bench", cron=False, workers=1)
    try:
        wordpress.start(debug=False)
        fill(wordpress)
        session = requests.Session()
        form = {"log": "admin", "pwd": wordpress.password_of("admin"), "testcookie": "1"}
        session.get(f"{wordpress.url}/wp-login.php", timeout=60)
        session.post(f"{wordpress.url}/wp-login.php", data=form, timeout=60)
        yield wordpress, session
    finally:
        wordpress.stop()
        wordpress.database.stop()
        shutil.rmtree(folder, ignore_errors=True)


def worked(root: Path) -> float:
    """Milliseconds that processors have worked for all processes that were started for this folder."""
    total = 0
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if str(root).encode() in (process / "cmdline").read_bytes():
                total += sum(int(file.read_text().split()[0]) for file in process.glob("task/*/schedstat"))
        except OSError:  # it has just ended
            continue
    return total / 1e6


def median_of(ask: Callable[[], object], meter: Callable[[], float]) -> float:
    """Milliseconds by this meter for asking once: the median of ROUNDS, after one that is not counted."""
    taken = []
    for _ in range(ROUNDS + 1):
        before = meter()
        ask()
        taken.append(meter() - before)
    return statistics.median(taken[1:])


def compare(client: FlaskClient, backends: Backends, wordpress: LocalWordPress, session: requests.Session) -> None:
    """Print a line for each page."""

    def worked_here() -> float:
        return time.process_time() * 1000 + backends.milliseconds()

    for words, ours, theirs in PAGES:
        here = median_of(partial(client.get, ours), worked_here)
        address = f"{wordpress.url}/wp-admin/edit.php?post_type=post&{theirs}"
        answer = session.get(address, timeout=120)
        assert 'id="the-list"' in answer.text, (address, answer.status_code)
        there = median_of(partial(session.get, address, timeout=120), partial(worked, wordpress.root))
        print(f"  {words:16} {here:8.1f} {there:8.1f} ms   {there / here:6.1f} times", flush=True)


def main() -> None:
    """Print the table."""
    kept = os.environ.get("LISTS_FOLDER", "")
    with place(POSTS, kept) as (client, backends), wp_admin() as (wordpress, session):
        print(f"{POSTS:,} contents beside {POSTS:,} posts; {ROUNDS} requests of each page")
        print(f"  {'':16} {'ours':>8} {'wp-admin':>8}", flush=True)
        compare(client, backends, wordpress, session)


if __name__ == "__main__":
    main()
