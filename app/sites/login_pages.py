"""How a site asks people to sign in: by WordPress's own log-in page, an access proxy, a page of the host (pure)."""

import re
from urllib.parse import unquote, urljoin, urlsplit

from app.core.http import HttpResponse
from app.sites.notices import WP_DIE
from app.sites.wordpress_errors import WordPressError, wordpress_error

LOOKED_AT = 20_000  # characters of a page
LOGIN = frozenset(("wp-login.php", "wp-signup.php", "login", "log-in", "signin", "sign-in", "anmelden", "connexion"))
LOGIN_PAGE = re.compile(r"<body[^>]*\sclass=[\"'](?:[^\"']*\s)?login(?:\s[^\"']*)?\swp-core-ui")
PLUGIN = re.compile(r"/igny8/|/admin-post\.php")  # in every address of the plugin, wherever WordPress moved
# Products, by the address that they send to.
PROXIES = (
    ("Cloudflare Access", r"//[^/]*\.cloudflareaccess\.com(?:[:/]|$)|/cdn-cgi/access/"),
    ("Okta", r"//[^/]*\.(?:okta|oktapreview|okta-emea)\.com(?:[:/]|$)"),
    (
        "Microsoft's sign-in",
        r"//login\.(?:microsoftonline|microsoft|live|windows)\.(?:com|net|us)(?:[:/]|$)|/\.auth/login/",
    ),
    ("Microsoft's sign-in", r"//[^/]*\.(?:b2clogin\.com|ciamlogin\.com|msappproxy\.net)(?:[:/]|$)"),
    ("Google's sign-in", r"//(?:accounts|iap)\.google\.com(?:[:/]|$)"),
    ("Auth0", r"//[^/]*\.auth0\.com(?:[:/]|$)"),
    ("OneLogin", r"//[^/]*\.onelogin\.com(?:[:/]|$)"),
    ("Ping Identity", r"//[^/]*\.ping(?:one|identity)\.(?:com|eu|ca|asia)(?:[:/]|$)"),
    ("AWS's sign-in", r"//[^/]*\.(?:amazoncognito\.com|awsapps\.com|signin\.aws)(?:[:/]|$)"),
    ("GitHub's sign-in", r"//github\.com/login"),
    ("GitLab's sign-in", r"//gitlab\.com/(?:oauth|users/sign_in)"),
    ("Vercel's sign-in", r"//vercel\.com/(?:sso-api|login)"),
    ("WordPress.com's sign-in", r"//(?:[^/]*\.)?wordpress\.com/(?:log-in|wp-login\.php)"),
    ("oauth2-proxy", r"/oauth2/(?:start|sign_in)"),
    ("authentik", r"/outpost\.goauthentik\.io/|/if/flow/"),
    ("Keycloak", r"/realms/[^/]+/protocol/"),
    ("Shibboleth", r"/shibboleth\.sso/"),
    ("Pomerium", r"/\.pomerium/"),
    ("Authelia", r"//auth(?:elia)?\.[^/]+/\?rd="),
    ("CAS", r"/cas/login"),
    (
        "a sign-in service",
        r"[?&](?:samlrequest=|response_type=(?:code|id_token|token))|/oauth2?/(?:v\d/)?authorize|/saml2?/",
    ),
)
PROXY = [(name, re.compile(pattern)) for name, pattern in PROXIES]


def login_gate_error(answer: HttpResponse) -> WordPressError | None:
    """The log-in page or access proxy that a redirect leads to, or led to; None for any other answer."""
    leads_to = urljoin(answer.url, answer.headers.get("Location", "")) if 300 <= answer.status < 400 else answer.url
    facts = {"status": answer.status, "location": leads_to[:300]}
    proxy = _proxy_in(leads_to.lower()) or (_proxy_in(_asked_with(answer)) if answer.status in (401, 403) else None)
    if proxy:
        message = f"{proxy[0].upper()}{proxy[1:]} in front of the site asks everybody to sign in."
        return wordpress_error("ACCESS_PROXY", message=message, details={**facts, "proxy": proxy})
    if is_login(leads_to) or LOGIN_PAGE.search(answer.text[:20_000].lower()):
        return wordpress_error("MEMBERS_ONLY", details=facts)
    if 300 <= answer.status < 400 and _is_another_page(answer.url, leads_to):
        page = urlsplit(leads_to).path[:80]
        message = (
            f"The site sends our requests to its page {page}: it is for members only, or not open to visitors yet."
        )
        return wordpress_error("MEMBERS_ONLY", message=message, details=facts)
    return None


def _proxy_in(text: str) -> str | None:
    return next((name for name, pattern in PROXY if pattern.search(text)), None)


def _asked_with(answer: HttpResponse) -> str:
    """Header and page of a refusal, in which some access proxies name their address; in lower case."""
    return f"{answer.headers.get('WWW-Authenticate', '')[:2000]}\n{answer.text[:LOOKED_AT]}".lower()


# Hosts that ask for a password on a page of their own, by the Server header, and how that is switched off.
PASSWORD_PAGES = (
    ("netlify", "Netlify", "In Netlify, Project configuration, Visitor access, switch the password off"),
    ("vercel", "Vercel", "In Vercel, Settings, Deployment Protection, switch the password off"),
)
PASSWORD_FIELD = re.compile(r"<input\b[^>]*\btype\s*=\s*[\"']?password\b")
OR_BASIC = ", or have it ask by HTTP Basic and enter user and password in the site's settings, under WordPress."


def sign_in_error(answer: HttpResponse, *, password_sent: bool = False) -> WordPressError | None:
    """What a 401 without a usable header asks for, by its page; None for any other status."""
    if answer.status != 401:
        return None
    page, facts = answer.text[:LOOKED_AT].lower(), {"status": 401}
    if WP_DIE.search(page):
        return wordpress_error("REST_CLOSED", details={**facts, "reason": "wp_die"})
    if PASSWORD_FIELD.search(page):
        return _password_page_error(answer.headers.get("Server", "").lower(), facts)
    if password_sent:
        return wordpress_error("SITE_PASSWORD_WRONG", details=facts)
    message = "The site's server asks everybody to sign in, and does not say how (401)."
    cure = (
        "If your browser asks for a user name and a password there, enter both in the site's settings, under WordPress,"
        " Site password. Else have whatever asks let /wp-json/igny8/ and /wp-admin/admin-post.php through."
    )
    return wordpress_error("SITE_PASSWORD", message=message, cure=cure, details=facts)


def _password_page_error(server: str, facts: dict[str, int]) -> WordPressError:
    name, cure = next(((name, cure) for mark, name, cure in PASSWORD_PAGES if mark in server), ("", ""))
    message = f"{name or 'The site'} asks everybody for a password on a page of its own (401)."
    cure = f"{cure or 'Switch it off where the site is hosted'}{OR_BASIC}"
    return wordpress_error("SITE_PASSWORD", message=message, cure=cure, details=facts)


def _is_another_page(asked: str, leads_to: str) -> bool:
    """Whether a redirect stays on the host but leaves the plugin's address, whose end it would keep if it had moved."""
    before, after = urlsplit(asked), urlsplit(leads_to)
    if before.hostname != after.hostname or before.path.rstrip("/") == after.path.rstrip("/"):
        return False
    return not PLUGIN.search(unquote(f"{after.path}?{after.query}"))


def is_login(address: str) -> bool:
    """Whether it is where one signs in."""
    parts = urlsplit(address)
    path = parts.path.rstrip("/").rsplit("/", 1)[-1].lower()
    return path in LOGIN or "password-protected=login" in parts.query or "redirect_to=" in parts.query
