"""Sites and what belongs to them."""

from collections.abc import Iterator
from itertools import count
from urllib.parse import urlsplit

import pytest
import requests

from app.accounts.models import Account
from app.ai.calls.models import AiCall
from app.content.links.asking import LinkAnswer
from app.content.links.verdicts import GONE
from app.content.models import Content
from app.core.clock import utcnow
from app.core.extensions import db
from app.linker.plan import asking
from app.planner.models import Cluster, Idea, Keyword
from app.sites.models import Sector, Site
from app.taxonomy.models import ContentTaxonomy
from app.writer.models import Task
from app.writer.pictures.models import PlannedImage
from tests.factories.people import show_new_site

_numbers = count(1001)  # as many digits each: lists that sort by name keep the order of making


def save(row: object) -> None:
    """Add and commit."""
    db.session.add(row)
    db.session.commit()


def make_site(account: Account, **fields: object) -> Site:
    """A site with an address of its own."""
    number, account_id = next(_numbers), account.id
    values = {"account_id": account_id, "name": f"Site {number}", "url": f"https://site{number}.example.com"}
    site = Site(**{**values, **fields})
    db.session.add(site)
    db.session.flush()
    show_new_site(account_id, site.id)  # commits
    return site


def make_sector(site: Site, name: str = "Coffee") -> Sector:
    """A sector of the site."""
    sector = Sector(account_id=site.account_id, site_id=site.id, name=name)
    save(sector)
    return sector


def make_keyword(site: Site, keyword: str | None = None, **fields: object) -> Keyword:
    """A keyword, unclustered unless told otherwise."""
    text = keyword or f"keyword {next(_numbers)}"
    values = {"account_id": site.account_id, "site_id": site.id, "keyword": text, "normalised": text.casefold()}
    row = Keyword(**{**values, **fields})
    save(row)
    return row


def make_cluster(site: Site, name: str | None = None, **fields: object) -> Cluster:
    """A cluster without keywords."""
    values = {"account_id": site.account_id, "site_id": site.id, "name": name or f"Cluster {next(_numbers)}"}
    row = Cluster(**{**values, **fields})
    save(row)
    return row


def make_idea(cluster: Cluster, title: str | None = None, **fields: object) -> Idea:
    """An article idea of the cluster."""
    text = title or f"Idea {next(_numbers)}"
    values = {
        "account_id": cluster.account_id,
        "site_id": cluster.site_id,
        "cluster_id": cluster.id,
        "title": text,
        "normalised_title": text.casefold(),
        "content_type": "Article",
        "content_structure": "Guide",
        "primary_keyword": "cold brew",
    }
    row = Idea(**{**values, **fields})
    save(row)
    return row


def make_task(cluster: Cluster, title: str | None = None, **fields: object) -> Task:
    """A queued article task of the cluster."""
    values = {
        "account_id": cluster.account_id,
        "site_id": cluster.site_id,
        "cluster_id": cluster.id,
        "title": title or f"Task {next(_numbers)}",
        "content_type": "Article",
        "content_structure": "Guide",
        "primary_keyword": "cold brew",
    }
    row = Task(**{**values, **fields})
    save(row)
    return row


def make_content(site: Site, title: str | None = None, **fields: object) -> Content:
    """A draft article."""
    values = {
        "account_id": site.account_id,
        "site_id": site.id,
        "title": f"Content {next(_numbers)}" if title is None else title,
        "content_type": "Article",
        "content_structure": "Guide",
        "content_html": "<p>Hello</p>",
    }
    row = Content(**{**values, **fields})
    save(row)
    return row


def make_planned_image(content: Content, shows: str = "A pot", **fields: object) -> PlannedImage:
    """A picture that is planned for the content."""
    values = {"account_id": content.account_id, "site_id": content.site_id, "content_id": content.id}
    row = PlannedImage(**{**values, "shows": shows, **fields})
    save(row)
    return row


def make_term(site: Site, name: str = "News", taxonomy_type: str = "category", **fields: object) -> ContentTaxonomy:
    """A term of the site."""
    values = {
        "account_id": site.account_id,
        "site_id": site.id,
        "name": name,
        "taxonomy_type": taxonomy_type,
        "slug": name.lower().replace(" ", "-"),
        "external_taxonomy": "category",
    }
    row = ContentTaxonomy(**{**values, **fields})
    save(row)
    return row


@pytest.fixture(autouse=True, scope="session")
def _made_up_sites_have_no_other_pages() -> Iterator[None]:
    """What a link plan asks of a site that there is not is answered as by a site without that page."""
    right = asking.ask_address

    def ask(session: requests.Session, address: str) -> LinkAnswer:
        is_made_up = (urlsplit(address).hostname or "").endswith(".example.com")
        return LinkAnswer(GONE, 404) if is_made_up else right(session, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asking, "ask_address", ask)
        yield


@pytest.fixture
def site(account: Account) -> Site:
    """A site of the account under test."""
    return make_site(account)


@pytest.fixture
def cluster(site: Site) -> Cluster:
    """A cluster of the site."""
    return make_cluster(site)


def make_call(account: Account, **fields: object) -> AiCall:
    """A call to a model, answered a moment ago unless `fields` say otherwise."""
    values = {
        "account_id": account.id,
        "operation": "draft",
        "subject": "Coffee for a crowd",
        "model": "gpt-5-mini",
        "provider": "OpenAI",
        "state": "succeeded",
        "tokens_in": 1_000,
        "tokens_out": 2_000,
        "cost_micros": 4_250,
        "ms": 12_400,
        "deadline_at": utcnow(),
    }
    call = AiCall(**{**values, **fields})
    save(call)
    return call
