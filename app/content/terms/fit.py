"""Which content a term can be on: the types that WordPress has the term's taxonomy for. Pure, but for language."""

from app.core.languages import N_, gettext
from app.sites.facts import SiteFacts
from app.taxonomy.services import EXTERNAL, LABELS

POST_TYPES = {"post": "Article", "page": "Page", "product": "Product"}
USUAL = {"category": ("Article",), "post_tag": ("Article",), "product_cat": ("Product",), "product_tag": ("Product",)}
ANY = tuple(POST_TYPES.values())
NEW_TERMS = {
    "category": LABELS["category"],
    "tag": LABELS["tag"],
    "service_category": LABELS["service_category"],
    "product_category": LABELS["product_category"],
    "product_tag": N_("Product tag"),
}


def types_for(kind: str, external: str | None, facts: SiteFacts) -> tuple[str, ...]:
    """The content types that a term of this taxonomy can be on; never the page of a term.

    `kind` is our type of taxonomy, `external` the WordPress taxonomy. What the site has reported decides; before it was
    asked, the defaults of WordPress and WooCommerce, and any type for other taxonomies.
    """
    taxonomy = external or EXTERNAL.get(kind, kind)
    post_types = facts.post_types_of.get(taxonomy)
    if post_types is not None:
        return tuple(ours for theirs, ours in POST_TYPES.items() if theirs in post_types)
    if taxonomy.startswith("pa_") or kind == "product_attribute":
        return ("Product",)
    return USUAL.get(taxonomy, ANY)


def kinds_of_new_terms(content_type: str) -> list[tuple[str, str]]:
    """What terms of this type of content can be: products have categories and tags of their own."""
    return [
        (kind, gettext(label))
        for kind, label in NEW_TERMS.items()
        if ("product_" in kind) == (content_type == "Product")
    ]
