"""Where a site sends those who are not signed in: WordPress's own log-in page, or an access proxy's (pure)."""

import re
from urllib.parse import urljoin, urlsplit

from app.core.http import Answer
from app.sites.wordpress_errors import WordPressError, wordpress_error

LOGIN = frozenset(("wp-login.php", "wp-signup.php", "login", "log-in", "signin", "sign-in", "anmelden", "connexion"))
LOGIN_PAGE = re.compile(r"<body[^>]*\sclass=[\"'](?:[^\"']*\s)?login(?:\s[^\"']*)?\swp-core-ui")
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


def login_gate_error(answer: Answer) -> WordPressError | None:
    """The log-in page or access proxy that a redirect leads to, or led to; None for any other answer."""
    leads_to = urljoin(answer.url, answer.headers.get("Location", "")) if 300 <= answer.status < 400 else answer.url
    facts = {"status": answer.status, "location": leads_to[:300]}
    proxy = next((name for name, pattern in PROXY if pattern.search(leads_to.lower())), None)
    if proxy:
        message = f"{proxy[0].upper()}{proxy[1:]} in front of the site asks everybody to sign in."
        return wordpress_error("ACCESS_PROXY", message=message, details={**facts, "proxy": proxy})
    if is_login(leads_to) or LOGIN_PAGE.search(answer.text[:20_000].lower()):
        return wordpress_error("MEMBERS_ONLY", details=facts)
    return None


def is_login(address: str) -> bool:
    """Whether it is where one signs in."""
    parts = urlsplit(address)
    path = parts.path.rstrip("/").rsplit("/", 1)[-1].lower()
    return path in LOGIN or "password-protected=login" in parts.query or "redirect_to=" in parts.query
