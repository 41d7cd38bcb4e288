"""A site whose pages could link to each other, all live."""

import pytest

from app.content.models import Content
from app.core.extensions import db
from app.linker import indexing
from app.linker.models import LinkSettings
from app.linker.plan.addresses import LinkStatus, PageFact
from app.sites.models import Site
from tests.factories.things import make_content, save

TEXTS = {
    "Cold brew coffee": "Cold brew coffee steeps overnight. A French press guide tells how to strain it, and a burr "
    "grinder or blade decides how fine it gets. Water and patience do the rest, as they do in every kitchen.",
    "French press guide": "Pour hot water over coarse grounds and wait four minutes. Then press slowly. Clean the "
    "sieve well, as old oil turns bitter.",
    "Burr grinder or blade": "A burr grinder crushes beans evenly. Blades chop at random. Even grounds brew well.",
    "Milk frothing at home": "Steam gives dense foam. A whisk gives big bubbles. Oat milk froths nearly as well.",
    "Descaling a kettle": "Vinegar or citric acid takes limescale off. Rinse twice afterwards, and boil once.",
}


def live(site: Site, title: str, html: str, **fields: object) -> Content:
    """A live article."""
    slug = title.lower().replace(" ", "-")
    address = {"external_id": abs(hash(title)) % 10**6, "external_url": f"{site.url}/blog/{slug}/"}
    return make_content(
        site, title, content_html=html, status="published", remote_status="publish", **address, **fields
    )


def page_fact(number: int, address: str, **fields: object) -> PageFact:
    """What a plan knows of a live article."""
    values = {
        "id": number,
        "address": address,
        "live": True,
        "dead": LinkStatus.UNPUBLISHED,
        "external_id": 0,
        "cluster_id": 0,
        "content_type": "Article",
        "is_top": True,
        "published": 0,
        "is_named": False,
    }
    return PageFact(**{**values, **fields})  # type: ignore[arg-type]


@pytest.fixture
def pages(site: Site) -> dict[str, Content]:
    """The pages, read, by title."""
    made = {title: live(site, title, f"<p>{text}</p>") for title, text in TEXTS.items()}
    rules = {"most_per_content": 5, "words_per_link": 10, "least_score": 0, "rel": "", "sentences": False}
    save(LinkSettings(account_id=site.account_id, site_id=site.id, **rules))
    db.session.commit()
    indexing.refresh(site)
    return made
