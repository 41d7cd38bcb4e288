"""100,000 posts of 5 KB out of a WordPress: ours against core REST's `per_page=100`, on the same site, taking turns.

Core REST is asked for what an import needs: raw texts and all statuses, which takes `context=edit` and an
application password; what it shows to visitors (rendered texts) stands beside it. It pages by offset, so its pages
are taken from the beginning, the middle and the end. Ours is read whole, signature checked and JSON parsed: as it is,
as core REST's answers come, and compressed, which pays on every line slower than this machine's own. Then the hashes
of all posts, as the nightly comparison asks for them.
"""

import json
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from app.devstack.wordpress import LocalWordPress
from app.sites import signing
from app.sites.wordpress import Credentials

POSTS, PARAGRAPHS, WORDS = 100_000, 500, 5_000
CORE_PAGE, OUR_PAGE, HASHES_PAGE = 100, 500, 5000
CORE_PAGES_A_ROUND = 4
NAMES = {
    "edit": "core REST, raw",
    "view": "core REST, rendered",
    "ours": "ours",
    "packed": "ours, compressed",
    "hashes": "ours, hashes",
}
OURS = (
    ("ours", "identity", {"limit": str(OUR_PAGE)}),
    ("packed", "gzip", {"limit": str(OUR_PAGE)}),
    ("hashes", "identity", {"limit": str(HASHES_PAGE), "fields": "hashes"}),
)
PASSWORD_SCRIPT = """<?php
[$password] = WP_Application_Passwords::create_new_application_password(1, ['name' => 'bench']);
echo $password;
"""
NUMBERS = "seq_1_to_%d"
DATE = "'2020-01-01' + INTERVAL seq MINUTE"


def fill(wordpress: LocalWordPress) -> None:
    """Posts with text of random words, two terms and three meta values each."""
    chance = random.Random(8)
    words = ["".join(chance.choices("etaoinshrdlu", k=chance.randint(2, 11))) for _ in range(WORDS)]
    lines = [" ".join(chance.choices(words, k=80)) for _ in range(PARAGRAPHS)]
    values = ", ".join(f"({number}, '{line}')" for number, line in enumerate(lines))
    wordpress.sql("CREATE TABLE bench_paragraphs (id int PRIMARY KEY, line text)")
    wordpress.sql(f"INSERT INTO bench_paragraphs VALUES {values}")
    parts = ", ".join(
        "'<!-- wp:paragraph -->\n<p>', "
        f"(SELECT line FROM bench_paragraphs WHERE id = (seq * {7 + 2 * n} + {n}) MOD {PARAGRAPHS}), "
        "'</p>\n<!-- /wp:paragraph -->\n\n'"
        for n in range(9)
    )
    columns = "post_author, post_date, post_date_gmt, post_modified, post_modified_gmt, post_content, post_title, "
    columns += "post_excerpt, post_name, to_ping, pinged, post_content_filtered, guid"
    wordpress.sql(
        f"INSERT INTO wp_posts ({columns}) SELECT 1, {DATE}, {DATE}, {DATE}, {DATE}, CONCAT({parts}), "
        f"CONCAT('Article ', seq), '', CONCAT('article-', seq), '', '', '', '' FROM {NUMBERS % POSTS}"
    )
    wordpress.sql("DROP TABLE bench_paragraphs")
    ours = "FROM wp_posts WHERE post_name LIKE 'article-%'"
    terms = "foreach ( range( 1, 20 ) as $n ) wp_insert_term( \"Category $n\", 'category' );"
    wordpress.run_php(f"<?php {terms}")
    for step in (0, 7):
        wordpress.sql(f"INSERT INTO wp_term_relationships SELECT ID, 2 + (ID + {step}) MOD 20, 0 {ours}")
    for key in ("_edit_lock", "_igny8_seo_title", "_igny8_seo_description"):
        wordpress.sql(
            f"INSERT INTO wp_postmeta (post_id, meta_key, meta_value) SELECT ID, '{key}', CONCAT('Value ', ID) {ours}"
        )
    wordpress.sql("ANALYZE TABLE wp_posts, wp_postmeta, wp_term_relationships")


def core_pages(session: requests.Session, url: str, pages: list[int], context: str) -> float:
    """Seconds for pages of core REST."""
    started = time.perf_counter()
    for page in pages:
        query = {"per_page": str(CORE_PAGE), "page": str(page), "context": context, "orderby": "id", "order": "asc"}
        if context == "edit":
            query["status"] = "publish,future,draft,pending,private"
        answer = session.get(f"{url}/wp-json/wp/v2/posts", params=query, timeout=120)
        answer.raise_for_status()
        assert len(answer.json()) == CORE_PAGE
    return time.perf_counter() - started


def our_pages(session: requests.Session, to: Credentials, encoding: str, **query: str) -> Iterator[int]:
    """Read everything, page by page, yielding how many items each had."""
    after: int | None = 0
    while after is not None:
        asked = {**query, "after": str(after)}
        signed = signing.sign_request(
            to.secret, site=str(to.site_id), key=to.key_id, method="GET", route="/igny8/v1/posts", query=asked, body=b""
        )
        headers: dict[str, str | bytes] = {**signed.as_headers()}
        headers["Accept-Encoding"] = encoding
        answer = session.get(f"{to.url}/wp-json/igny8/v1/posts", params=asked, headers=headers, timeout=120)
        signing.verify_response(
            answer.headers[signing.RESPONSE_HEADER],
            to.secret,
            site=signed.site,
            key=signed.key,
            nonce=signed.nonce,
            status=200,
            body=answer.content,
        )
        page = json.loads(answer.content)["result"]
        yield len(page["items"])
        after = page["next"]


def peak_megabytes(wordpress: LocalWordPress) -> float:
    """The largest resident memory that any PHP worker has had."""
    parent = int((wordpress.root / "php.pid").read_text().split()[0])
    peaks = []
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            facts = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
        except OSError:
            continue
        if int(facts["PPid"]) == parent or int(facts["Pid"]) == parent:
            peaks.append(int(facts.get("VmHWM", "0 kB").split()[0]) / 1000)
    return max(peaks, default=0.0)


@contextmanager
def filled_site() -> Iterator[tuple[LocalWordPress, Credentials, requests.Session]]:
    """A WordPress with the posts, our key to it, and a session that core REST lets in; taken down again."""
    folder = Path(tempfile.mkdtemp(prefix="igny8-bench-"))
    folder.chmod(0o755)
    wordpress = LocalWordPress(folder / "wordpress", title="Bench", cron=False)
    try:
        wordpress.start()
        fill(wordpress)
        key, secret = signing.new_key_id(), signing.new_secret()
        text = signing.encode_connection_key(app="http://127.0.0.1:9", site="7", key=key, secret=secret)
        wordpress.connect(text)
        session = requests.Session()
        session.auth = ("admin", wordpress.run_php(PASSWORD_SCRIPT).strip())
        yield wordpress, Credentials(7, wordpress.url, key, secret), session
    finally:
        wordpress.stop()
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    """Print posts per second of each side and their ratio."""
    with filled_site() as (wordpress, credentials, core):
        last = POSTS // CORE_PAGE
        figures: dict[str, list[float]] = {name: [] for name in NAMES}
        for first in (1, last // 2, last - CORE_PAGES_A_ROUND):
            pages = list(range(first, first + CORE_PAGES_A_ROUND))
            for context in ("edit", "view"):
                seconds = core_pages(core, wordpress.url, pages, context)
                figures[context].append(len(pages) * CORE_PAGE / seconds)
            for name, encoding, query in OURS:
                started = time.perf_counter()
                total = sum(our_pages(requests.Session(), credentials, encoding, **query))
                figures[name].append(total / (time.perf_counter() - started))
                assert total >= POSTS
        report(figures, peak_megabytes(wordpress))


def report(figures: dict[str, list[float]], peak: float) -> None:
    """The figures."""
    base = statistics.median(figures["edit"])
    print(f"export of {POSTS} posts of 5 KB; median of 3 rounds")
    for key, name in NAMES.items():
        middle = statistics.median(figures[key])
        spread = f"({min(figures[key]):.0f} to {max(figures[key]):.0f})"
        print(f"  {name:<24} {middle:7.0f} posts/s   ratio {middle / base:5.1f}   {spread}")
    print(f"  hashes of all: {POSTS / statistics.median(figures['hashes']):.1f} s; PHP's memory at most {peak:.0f} MB")


if __name__ == "__main__":
    main()
