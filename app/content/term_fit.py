"""Which content a term can be on: the types that WordPress has the term's taxonomy for. Pure."""

from app.sites.facts import SiteFacts
from app.taxonomy.services import EXTERNAL

POST_TYPES = {"post": "Article", "page": "Page", "product": "Product"}
USUAL = {"category": ("Article",), "post_tag": ("Article",), "product_cat": ("Product",), "product_tag": ("Product",)}
ANY = tuple(POST_TYPES.values())


def types_for(kind: str, external: str | None, facts: SiteFacts) -> tuple[str, ...]:
    """The content types that a term of this taxonomy can be on; never the page of a term.

    `kind` is our type of taxonomy, `external` the WordPress taxonomy. What the site told decides; before it
    was asked, what WordPress and WooCommerce have by themselves, and any type for taxonomies of others.
    """
    taxonomy = external or EXTERNAL.get(kind, kind)
    told = facts.post_types_of.get(taxonomy)
    if told is not None:
        return tuple(ours for theirs, ours in POST_TYPES.items() if theirs in told)
    if taxonomy.startswith("pa_") or kind == "product_attribute":
        return ("Product",)
    return USUAL.get(taxonomy, ANY)
