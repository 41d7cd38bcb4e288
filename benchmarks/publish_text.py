"""A text-only publish against one bare `POST wp/v2/posts`, and 500 contents published in a row.

The bare POST stores a text and nothing else: no check, no claim, no read-back, no visit. Both sides take turns
on the same WordPress. Then 500 contents go to the site one after the other: seconds and memory must not grow.
"""

import gc
import resource
import statistics
import sys
import time

from app.content.models import Content
from app.core.extensions import db
from app.sites.models import Site
from benchmarks.live import Live, Published, live_site, publish, publish_by_worker, working

ROUNDS, WARM_UP = 20, 3
IN_A_ROW, PART = 500, 100
BODY = "".join(f"<!-- wp:paragraph --><p>Paragraph {n} of the article.</p><!-- /wp:paragraph -->\n" for n in range(30))


def bare_post(place: Live, number: int) -> float:
    """Seconds of the one request."""
    started = time.perf_counter()
    answer = place.core.post(
        f"{place.wordpress.url}/wp-json/wp/v2/posts",
        json={"title": f"Core {number}", "content": BODY, "status": "publish"},
        timeout=60,
    )
    answer.raise_for_status()
    return time.perf_counter() - started


def text_only(site: Site, number: int) -> Published:
    """The same text through the app."""
    return publish(text(site, number))


def text(site: Site, number: int) -> Content:
    """A new content of the text alone."""
    content = Content(
        account_id=site.account_id, site_id=site.id, title=f"Text {number}", content_html=BODY, content_type="Article"
    )
    db.session.add(content)
    db.session.flush()
    return content


def memory_mb() -> float:
    """Resident memory of this process in MB."""
    gc.collect()
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * resource.getpagesize() / 1e6


def main() -> None:
    """Print both figures."""
    with live_site() as place:
        bare, live, whole = [], [], []
        for number in range(ROUNDS + WARM_UP):
            bare.append(bare_post(place, number))
            published = text_only(place.site, number)
            live.append(published.until_live)
            whole.append(published.seconds)
        base = statistics.median(bare[WARM_UP:])
        print(f"text-only publish; median of {ROUNDS} rounds")
        for name, figures in (("one bare POST", bare), ("ours, until live", live), ("ours, with the visit", whole)):
            middle = statistics.median(figures[WARM_UP:])
            print(f"  {name:<24} {middle:6.3f} s   ratio {middle / base:5.2f}")
        through_a_worker(place)
        in_a_row(place)


def through_a_worker(place: Live) -> None:
    """The same, taken from the queue by a worker that forks for each job; it is said beside the bare POST of then."""
    bare, until_live, whole = [], [], []
    with working(place):
        for number in range(ROUNDS + WARM_UP):
            bare.append(bare_post(place, 500 + number))
            published = publish_by_worker(text(place.site, 500 + number))
            until_live.append(published.until_live)
            whole.append(published.seconds)
    base = statistics.median(bare[WARM_UP:])
    for name, figures in (("in a worker, until live", until_live), ("from the click to the end", whole)):
        middle = statistics.median(figures[WARM_UP:])
        print(f"  {name:<24} {middle:6.3f} s   ratio {middle / base:5.2f}")


def in_a_row(place: Live) -> None:
    """500 contents, one after the other."""
    print(f"{IN_A_ROW} contents in a row")
    for part in range(0, IN_A_ROW, PART):
        times = [text_only(place.site, 1000 + part + number).seconds for number in range(PART)]
        db.session.remove()
        rows = f"  {part + 1:>4} to {part + PART:<4} median {statistics.median(times):.3f} s"
        print(f"{rows}, slowest {max(times):.3f} s, memory {memory_mb():.0f} MB")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
