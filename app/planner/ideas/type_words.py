"""What people call types, structures and intents: stored in English, and translated where they are shown."""

from app.core.languages import N_

TYPES = (N_("Article"), N_("Page"), N_("Product"), N_("Taxonomy"))
STRUCTURES = (
    N_("Guide"),
    N_("Tutorial"),
    N_("Listicle"),
    N_("Comparison"),
    N_("Review"),
    N_("Case Study"),
    N_("News"),
    N_("Landing Page"),
    N_("Service Page"),
    N_("About Page"),
    N_("Product Page"),
    N_("Archive Page"),
)
INTENTS = (N_("Informational"), N_("Navigational"), N_("Commercial"), N_("Transactional"), N_("Local"))
