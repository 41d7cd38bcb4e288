"""A publish with 6 images, 3 categories and 5 tags, against core REST on the same WordPress.

Core REST does it in 15 requests (6 media, 3 categories, 5 tags, 1 post) with an application password,
and stops there. Ours is the whole job: checking, claiming, images, terms, post, going live, and then the
visit of the page as a visitor, which core REST leaves out. Both sides take turns, with fresh images and
terms each time; the median is reported.
"""

import statistics
import time
from typing import Any

import requests

from app.content.images import shelves
from app.content.models import Content, ContentImage
from app.core.extensions import db
from app.devstack.wordpress import LocalWordPress
from app.sites.models import Site
from app.taxonomy.models import ContentTaxonomy
from benchmarks.live import Published, live_site, publish
from benchmarks.pictures import png

ROUNDS = 12
WARM_UP = 2
IMAGES, CATEGORIES, TAGS = 6, 3, 5
BODY = "".join(f"<!-- wp:paragraph --><p>Paragraph {n} of the article.</p><!-- /wp:paragraph -->\n" for n in range(30))


def core_rest(wordpress: LocalWordPress, session: requests.Session, number: int) -> float:
    """Seconds for the 15 requests."""
    pictures = [png() for _ in range(IMAGES)]
    base, tag = f"{wordpress.url}/wp-json/wp/v2", f"core{number}"
    started = time.perf_counter()
    ids = [
        _post(
            session,
            f"{base}/media",
            data=data,
            headers={"Content-Type": "image/png", "Content-Disposition": f'attachment; filename="{tag}-{n}.png"'},
        )
        for n, data in enumerate(pictures)
    ]
    categories = [_post(session, f"{base}/categories", json={"name": f"{tag} category {n}"}) for n in range(CATEGORIES)]
    tags = [_post(session, f"{base}/tags", json={"name": f"{tag} tag {n}"}) for n in range(TAGS)]
    _post(
        session,
        f"{base}/posts",
        json={
            "title": f"Core {number}",
            "content": BODY,
            "status": "publish",
            "featured_media": ids[0],
            "categories": categories,
            "tags": tags,
        },
    )
    return time.perf_counter() - started


def _post(session: requests.Session, url: str, **options: Any) -> int:
    answer = session.post(url, timeout=60, **options)
    answer.raise_for_status()
    return int(answer.json()["id"])


def ours(site: Site, number: int) -> Published:
    """The same work through the app."""
    content = Content(
        account_id=site.account_id, site_id=site.id, title=f"Ours {number}", content_html=BODY, content_type="Article"
    )
    content.terms = [_term(site, "category", "category", number, n) for n in range(CATEGORIES)]
    content.terms += [_term(site, "tag", "post_tag", number, n) for n in range(TAGS)]
    db.session.add(content)
    db.session.flush()
    for position, data in enumerate(png() for _ in range(IMAGES)):
        db.session.add(
            ContentImage(
                account_id=site.account_id,
                content_id=content.id,
                role="gallery" if position else "featured",
                position=position,
                sha256=shelves.IMAGES.save(site.account_id, data),
                mime="image/png",
                size=len(data),
                filename=f"ours{number}-{position}.png",
            )
        )
    return publish(content)


def _term(site: Site, kind: str, taxonomy: str, number: int, n: int) -> ContentTaxonomy:
    name = f"ours{number} {kind} {n}"
    return ContentTaxonomy(
        account_id=site.account_id,
        site_id=site.id,
        name=name,
        slug=name.replace(" ", "-"),
        taxonomy_type=kind,
        external_taxonomy=taxonomy,
    )


def main() -> None:
    """Run both sides in turns and print the medians and their ratio."""
    core, whole, live = [], [], []
    with live_site() as place:
        for number in range(ROUNDS + WARM_UP):
            core.append(core_rest(place.wordpress, place.core, number))
            published = ours(place.site, number)
            assert published.verdict == "verified", published
            whole.append(published.seconds)
            live.append(published.until_live)
    report(core[WARM_UP:], whole[WARM_UP:], live[WARM_UP:])


def report(core: list[float], whole: list[float], live: list[float]) -> None:
    """The figures."""
    base = statistics.median(core)
    print(f"publish with {IMAGES} images, {CATEGORIES} categories, {TAGS} tags; median of {len(core)} rounds")
    rows = (("core REST, 15 requests", core), ("ours, until live", live), ("ours, with the visit", whole))
    for name, figures in rows:
        middle = statistics.median(figures)
        print(f"  {name:<24} {middle:6.3f} s   ratio {middle / base:5.2f}   ({min(figures):.3f} to {max(figures):.3f})")


if __name__ == "__main__":
    main()
