"""Kinds of run of the Site Builder."""

from app.core.languages import N_
from app.core.permissions import Permission
from app.core.runs.kinds import RunKind, RunWords
from app.sitebuilder.permissions import SiteBuilderPermission

GENERATE_SITE_STRUCTURE = RunKind(
    "generate_site_structure",
    "jobs.sitebuilder.generate_site_structure",
    N_("Structure of a site"),
    permission=SiteBuilderPermission.WRITE,
    module="site_builder",
    operation="site_structure",
    subject_type="site_blueprint",
    words=RunWords(noun=N_("structure"), link=N_("Open the site")),
)
WRITE_SITE_PAGES = RunKind(
    "write_site_pages",
    "jobs.sitebuilder.write_site_pages",
    N_("Texts of a site’s pages"),
    permission=SiteBuilderPermission.WRITE,
    module="site_builder",
    operation="site_page",
    subject_type="site_blueprint",
    pauses=True,
    words=RunWords(noun=N_("texts"), link=N_("Open the site")),
)
REMAKE_SITE_SECTION = RunKind(
    "remake_site_section",
    "jobs.sitebuilder.remake_site_section",
    N_("One section of a site"),
    permission=SiteBuilderPermission.WRITE,
    module="site_builder",
    operation="site_section",
    subject_type="site_blueprint",
    words=RunWords(noun=N_("section"), link=N_("Open the site")),
)
DEPLOY_SITE = RunKind(
    "deploy_site",
    "jobs.sitebuilder.deploy_site",
    N_("Deploy of a site"),
    permission=Permission.CONTENT_PUBLISH,
    module="site_builder",
    subject_type="site_blueprint",
    words=RunWords(noun=N_("deploy"), link=N_("See the deploy")),
)
TAKE_DEPLOY_BACK = RunKind(
    "take_deploy_back",
    "jobs.sitebuilder.take_deploy_back",
    N_("Roll-back of a site"),
    permission=Permission.CONTENT_PUBLISH,
    module="site_builder",
    subject_type="site_blueprint",
    words=RunWords(noun=N_("roll-back"), link=N_("See the deploy")),
)
KINDS = (GENERATE_SITE_STRUCTURE, WRITE_SITE_PAGES, REMAKE_SITE_SECTION, DEPLOY_SITE, TAKE_DEPLOY_BACK)
