"""What a web server, a host or PHP itself says in a page when a site does not work (pure)."""

import json
import re

from app.core.http import HttpResponse
from app.sites.barriers import shows_little
from app.sites.wordpress_errors import WordPressError, wordpress_error

LOOKED_AT = 60_000  # characters of a page
HEADING = re.compile(r"<(title|h1|h2)\b[^>]*>(.*?)</\1", re.DOTALL)
SUSPENDED = re.compile(
    r"(?:account|website|site|hosting|domain)(?: has been| is)? (?:suspended|disabled)|suspended (?:account|page)"
)
SUSPENDED_AT = re.compile(r"/cgi-sys/suspendedpage|/suspended\.page")
BANDWIDTH = re.compile(r"bandwidth (?:limit )?(?:has been )?exceeded|bandwidth limit")
VARNISH = re.compile(r"guru meditation|<title>503 backend fetch failed|<p>varnish cache server")
MEMORY = re.compile(r"allowed memory size of \d+ bytes exhausted|out of memory \(allocated")
TIMED_OUT = re.compile(r"maximum execution time of \d+ seconds? exceeded")
FATAL = re.compile(r"(?:fatal|parse) error(?:</b>)?: ")
CRITICAL = re.compile(r"there has been a critical error on (?:this|your) website")
DATABASE = re.compile(r"error establishing a database connection")
USED_UP = "it used more processor time, memory or processes than its plan allows"
BY = re.compile(r"/(?P<kind>plugins|mu-plugins|themes)/(?P<name>[\w.-]+)")
LIMITS = re.compile(r"resource limit is reached|(?:entry process|process|memory|cpu) limit (?:is |has been )?reached")
DISK = re.compile(r"insufficient storage|disk quota exceeded|no space left on device")


def server_page_error(answer: HttpResponse) -> WordPressError | None:
    """The error that the page of a server, host or PHP shows; None for any other page."""
    page, facts = answer.text[:LOOKED_AT].lower(), {"status": answer.status}
    if answer.status < 500 and not shows_little(answer):
        return None  # it may be an article of such pages
    headings = " | ".join(match[2] for match in HEADING.finditer(page))
    if SUSPENDED.search(headings) or SUSPENDED_AT.search(f"{answer.headers.get('Location', '')} {answer.url}".lower()):
        return wordpress_error("SITE_SUSPENDED", details=facts)
    if BANDWIDTH.search(headings) or (answer.status == 509 and BANDWIDTH.search(page)):
        return limit_error("it used more bandwidth than its plan allows", answer.status)
    if LIMITS.search(headings):
        return limit_error(USED_UP, answer.status)
    if DISK.search(headings) or (answer.status >= 500 and DISK.search(page)):
        message = f"The site's disk is full ({answer.status})."
        cure = "Delete old backups and logs on the server, or ask the host for more space."
        return wordpress_error("RESOURCE_LIMIT", message=message, cure=cure, details=facts)
    if VARNISH.search(page):
        message = "The cache in front of WordPress (Varnish) gets no answer from the site's server."
        cure = "Check with the host that the web server and PHP behind Varnish are up."
        return wordpress_error("ORIGIN_DOWN", message=message, cure=cure, details=facts)
    if DATABASE.search(headings) or (answer.status >= 500 and DATABASE.search(page)):
        message = "WordPress cannot reach its database."
        cure = "Check with the host that the database is up, and its name and password in wp-config.php."
        return wordpress_error("SERVER_ERROR", message=message, cure=cure, details=facts)
    return _php_error(page, facts)


def _php_error(page: str, facts: dict[str, int]) -> WordPressError | None:
    by = f" in {source}" if (source := php_source(page)) else ""
    if MEMORY.search(page):
        message = f"PHP ran out of memory{by}: WordPress stopped before it answered."
        cure = "Raise WP_MEMORY_LIMIT in wp-config.php or PHP's memory_limit with the host, or switch the plugin off."
        return wordpress_error("SERVER_ERROR", message=message, cure=cure, details=facts)
    if TIMED_OUT.search(page):
        message = f"PHP ran out of time{by}: WordPress stopped before it answered."
        cure = "Raise PHP's max_execution_time with the host, or switch off the plugin that takes so long."
        return wordpress_error("SERVER_ERROR", message=message, cure=cure, details=facts)
    if FATAL.search(page):
        return wordpress_error(
            "SERVER_ERROR", message=f"WordPress stopped with a fatal error of PHP{by}.", details=facts
        )
    if CRITICAL.search(page):
        message = "WordPress stopped: “There has been a critical error on this website.”"
        return wordpress_error("SERVER_ERROR", message=message, details=facts)
    return None


def php_source(page: str) -> str:
    """The plugin or theme whose file a message of PHP names, as in `the plugin akismet`; empty when it names none."""
    match = BY.search(page)
    if match is None:
        return ""
    kind = "theme" if match["kind"] == "themes" else "plugin"
    return f"the {kind} {match['name'].removesuffix('.php')}"


def status_error(answer: HttpResponse) -> WordPressError | None:
    """What a status of limits or of an unpaid account says by itself; None for any other."""
    status = answer.status
    if status == 402:
        message = "The host has stopped the site: a bill is open (402)."
        return wordpress_error("SITE_SUSPENDED", message=message, details={"status": status})
    if status == 508:
        return limit_error(USED_UP, status)
    if status == 509:
        return limit_error("it used more bandwidth, or more of something else, than its plan allows", status)
    return None


def limit_error(why: str, status: int) -> WordPressError:
    """`RESOURCE_LIMIT` with the limit and the status that came."""
    message = f"The host has stopped the site for now: {why} ({status})."
    return wordpress_error("RESOURCE_LIMIT", message=message, details={"status": status})


def unavailable_error(answer: HttpResponse) -> WordPressError:
    """A 503 without maintenance: from what stands in front of WordPress, and no sign of too many requests."""
    message = "The site's server answers that it is not available for now (503)."
    details = {"status": answer.status, "retry_after": answer.headers.get("Retry-After", "")[:40]}
    cure = "Try again in a few minutes. If it stays so, ask the host why its server answers 503."
    return wordpress_error("ORIGIN_DOWN", message=message, cure=cure, details=details)


def printed_output_error(answer: HttpResponse) -> WordPressError | None:
    """Text that a plugin or a theme put around the answer, such as a notice of PHP; None when there is none."""
    text = answer.text
    start = text.find("{")
    if start < 0 or "<html" in text[:start].lower() or "<!doctype" in text[:start].lower():
        return None
    try:
        document, end = json.JSONDecoder().raw_decode(text, start)
    except (ValueError, RecursionError):
        return None
    printed = text[:start] + text[end:]
    if not printed.strip() or not {"ok", "igny8_envelope"} & document.keys():
        return None
    source = php_source(printed.lower())
    message = f"{source[0].upper()}{source[1:]} prints text into the answer of WordPress." if source else ""
    excerpt = re.sub(r"<[^>]*>|\s+", " ", printed).strip()[:300]
    return wordpress_error("OUTPUT_IN_ANSWER", message=message, details={"status": answer.status, "printed": excerpt})
