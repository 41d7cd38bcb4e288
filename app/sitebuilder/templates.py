"""Templates of pages: named sequences of blocks, by what a page is for. Pure."""

from collections.abc import Mapping

from app.core.languages import N_

TEMPLATES: Mapping[str, str] = {
    "marketing": N_("Marketing site: several pages"),
    "landing": N_("Landing page: one page"),
}
LAYOUT_LABELS: Mapping[str, str] = {"default": N_("With a menu"), "minimal": N_("Without a menu")}

MARKETING: Mapping[str, tuple[str, ...]] = {
    "home": ("hero", "feature_grid", "steps", "stats", "testimonials", "posts_list", "call_to_action"),
    "about": ("hero", "text_image", "feature_grid", "stats", "call_to_action"),
    "services": ("hero", "feature_grid", "steps", "faq", "call_to_action"),
    "products": ("hero", "feature_grid", "pricing", "faq", "call_to_action"),
    "blog": ("hero", "posts_list"),
    "contact": ("hero", "contact"),
    "custom": ("hero", "text_image", "call_to_action"),
}
LANDING: Mapping[str, tuple[str, ...]] = {
    "home": (
        "hero",
        "feature_grid",
        "text_image",
        "steps",
        "stats",
        "testimonials",
        "pricing",
        "faq",
        "contact",
        "call_to_action",
    )
}
PURPOSES: Mapping[str, tuple[str, ...]] = {
    "prices": ("hero", "pricing", "faq", "call_to_action"),
    "questions": ("hero", "faq", "call_to_action"),
    "work": ("hero", "gallery", "text_image", "call_to_action"),
    "jobs": ("hero", "text_image", "steps", "contact"),
}
"""Sequences of custom pages, by what they are for."""


def blocks_of_page(template: str, page_type: str, purpose: str = "") -> tuple[str, ...]:
    """The blocks of a page in order; a block for which there is nothing to say is left out by who fills them."""
    pages = LANDING if template == "landing" else MARKETING
    return PURPOSES.get(purpose) or pages.get(page_type) or MARKETING[page_type]
