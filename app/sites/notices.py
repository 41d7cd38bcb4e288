"""Pages that a site shows everybody instead of itself: “coming soon”, under construction, maintenance (pure)."""

import re
import unicodedata

from app.core.http import HttpResponse
from app.sites.barriers import shows_little
from app.sites.wordpress_errors import WordPressError, wordpress_error

LOOKED_AT = 60_000  # characters of a page
WOOCOMMERCE = "WooCommerce's “Coming soon” page (WooCommerce, Settings, Site visibility)"
ELEMENTOR = "Elementor's maintenance page (Elementor, Tools, Maintenance Mode)"
# Products, by what their page has; those of WooCommerce keep the head of the post.
PRODUCTS = (
    ("woo-coming-soon-page", WOOCOMMERCE),
    ("woocommerce-coming-soon", WOOCOMMERCE),
    ("woocommerce/coming-soon", WOOCOMMERCE),
    ("seedprod", "a “coming soon” page of SeedProd"),
    ("sp-coming-soon", "a “coming soon” page of SeedProd"),
    ("plugins/coming-soon/", "a “coming soon” page of SeedProd"),
    ("cmp-coming-soon", "a page of CMP – Coming Soon & Maintenance"),
    ("ucp-under-construction", "a page of Under Construction"),
    ("under-construction-page", "a page of Under Construction"),
    ("wp-maintenance-mode", "a page of LightStart (WP Maintenance Mode)"),
    ("wpmm-", "a page of LightStart (WP Maintenance Mode)"),
    ("signals-csmm", "a page of Minimal Coming Soon & Maintenance Mode"),
    ("elementor-maintenance-mode", ELEMENTOR),
    ("wpcom-coming-soon", "WordPress.com's “coming soon” page (Settings, General, Launch site)"),
    ("hsr-coming-soon", "Hostinger's “coming soon” page (Hostinger, Tools, Coming soon)"),
    ("nfd-coming-soon", "the host's “coming soon” page"),
    ("mojo-coming-soon", "the host's “coming soon” page"),
)
FOLDER = re.compile(
    r"/plugins/(maintenance|igniteup|site-offline|[\w-]*(?:coming-?soon|maintenance|under-?construction)[\w-]*)/"
)
# Squashed, without accents: as titles and short pages put it.
COMING_SOON = (
    "comingsoon",
    "underconstruction",
    "launchingsoon",
    "openingsoon",
    "willbeavailablesoon",
    "willbelaunched",
    "demnachst",
    "imaufbau",
    "inkurzeonline",
    "hierentsteht",
    "bientot",
    "enconstruction",
    "ouvertureprochaine",
    "proximamente",
    "enconstruccion",
    "prossimamente",
    "incostruzione",
    "embreve",
    "emconstrucao",
    "binnenkort",
    "inaanbouw",
    "wkrotce",
    "wbudowie",
    "kommersnart",
    "underuppbyggnad",
    "скорооткрытие",
    "сайтвразработке",
    "сайтнаходитсявразработке",
    "yapimasamasinda",
    "準備中",
    "近日公開",
    "建设中",
    "即将上线",
)
MAINTENANCE = (
    "brieflyunavailable",
    "maintenance",
    "wartung",
    "mantenimiento",
    "manutenzione",
    "manutencao",
    "onderhoud",
    "przerwatechniczna",
    "pracetechniczne",
    "underhall",
    "vedligehold",
    "техническиеработы",
    "обслуживани",
    "bakimcalismasi",
    "メンテナンス",
    "维护中",
    "維護中",
)
IN_MAINTENANCE = (
    "undermaintenance",
    "maintenancemode",
    "wartungsmodus",
    "enmaintenance",
    "enmantenimiento",
    "inmanutenzione",
    "emmanutencao",
)
OF_A_SERVER = "maintenancedowntimeorcapacityproblems"  # what Apache says of any 503
WP_DIE = re.compile(r"wp-die-message|id=[\"']error-page|\"code\":\s*\"wp_die\"")
NO_LETTER = re.compile(r"[\W_]+")
TAG = re.compile(r"<(script|style)\b.*?(?:</\1\s*>|\Z)|<!--.*?-->|<[^>]*>", re.DOTALL)


def product_of(page: str) -> str:
    """What the page is, by the plugin or host that it names; empty for none. `page` is in lower case."""
    if name := next((name for mark, name in PRODUCTS if mark in page), ""):
        return name
    folder = FOLDER.search(page)
    return f"a page of the plugin {folder[1]}" if folder else ""


def says(text: str, words: tuple[str, ...]) -> bool:
    """Whether a text has one of these words, whatever its case, accents and signs."""
    letters = _letters(text).replace(OF_A_SERVER, "")
    return any(_letters(word) in letters for word in words)


def _letters(text: str) -> str:
    return NO_LETTER.sub("", unicodedata.normalize("NFKD", text.casefold()))  # accents, set apart, are no letters


def notice_error(answer: HttpResponse) -> WordPressError | None:
    """`MAINTENANCE`, which passes by itself, or `COMING_SOON`, when such a page answered; None for any other."""
    if answer.status != 503 and not shows_little(answer):
        return None
    page = answer.text[:LOOKED_AT].lower()
    words, product = TAG.sub(" ", page), product_of(page)
    is_update = answer.headers.get("Retry-After") == "600" and WP_DIE.search(page)
    if answer.status == 503 and (is_update or says(words, MAINTENANCE)):
        return _error("MAINTENANCE", answer, product)
    is_notice = says(words, COMING_SOON) and answer.status in (200, 403, 503)
    return _error("COMING_SOON", answer, product) if product or is_notice else None


def _error(code: str, answer: HttpResponse, product: str) -> WordPressError:
    details = {"status": answer.status, "retry_after": answer.headers.get("Retry-After", "")[:40]}
    if code == "MAINTENANCE" and not product:
        return wordpress_error(code, details=details)
    page = product or "a “coming soon” page"
    message = f"The site answers everybody with {page}, and requests of ours too ({answer.status})."
    cure = "Switch it off, or let requests to /wp-json/igny8/ and /wp-admin/admin-post.php through there."
    return wordpress_error(code, message=message, cure=cure, details=details)
