"""A planned site for the WordPress of the test."""

import pytest

from app.core.extensions import db
from app.sitebuilder.blocks.registry import new_section
from app.sitebuilder.models import PageBlueprint, SiteBlueprint
from app.sites.models import Site
from tests.factories.blog import Blog
from tests.factories.built import make_planned_site

OTHERS = [
    ("services", "services", "Services", ""),
    ("design", "custom", "Design", "services"),
    ("blog", "blog", "Blog", ""),
]


@pytest.fixture
def blueprint(blog: Blog, site: Site) -> SiteBlueprint:
    """A planned site of four pages, one below another, for the WordPress of the test."""
    blog.pair(site)
    first = make_planned_site(site, "Lindenhof")
    rows = {"home": first}
    for slug, page_type, title, parent in OTHERS:
        row = PageBlueprint(
            account_id=site.account_id,
            site_id=site.id,
            blueprint_id=first.blueprint_id,
            slug=slug,
            title=title,
            page_type=page_type,
            parent_id=rows[parent].id if parent else None,
            blocks=[new_section("hero", {"heading": f"{title} \\ “here”", "button": "Home", "address": "page:home"})],
        )
        db.session.add(row)
        db.session.flush()
        rows[slug] = row
    planned = db.session.get_one(SiteBlueprint, first.blueprint_id)
    for place, row in enumerate(rows.values()):
        row.position = place
    db.session.commit()
    return planned
