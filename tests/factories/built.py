"""A planned site with one page and one version, without a run."""

from app.accounts.modules import is_module_on, switch
from app.core.actor import THE_APP
from app.core.extensions import db
from app.sitebuilder.blocks.registry import new_section
from app.sitebuilder.models import PageBlueprint, SiteBlueprint
from app.sitebuilder.versions import BlueprintChange, end_change
from app.sites.models import Site


def make_planned_site(site: Site, name: str) -> PageBlueprint:
    """Its page; the Site Builder is switched on for the account. Commits."""
    if not is_module_on(site.account_id, "site_builder"):
        switch(site.account_id, THE_APP, "site_builder", True)
    of_site = {"account_id": site.account_id, "site_id": site.id}
    blueprint = SiteBlueprint(**of_site, name=name, config={"name": name}, version=1)
    db.session.add(blueprint)
    db.session.flush()
    page = PageBlueprint(
        **of_site,
        blueprint_id=blueprint.id,
        slug="home",
        title=f"{name} page",
        page_type="home",
        blocks=[new_section("hero", {"heading": f"{name} heading"})],
    )
    db.session.add(page)
    end_change(BlueprintChange(blueprint, [page], 0), THE_APP, "made", name)
    db.session.commit()
    return page
