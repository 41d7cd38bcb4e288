"""axe, which finds what keeps people from using a page."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# Another scheme's colours come by a transition, however short: its first frame has the old ones.
SETTLED = """Promise.all(document.getAnimations().filter(one => one instanceof CSSTransition)
    .map(one => one.finished.catch(() => null)))"""
# Only what is asked for leaves the page: all that axe has to say is a third of the time.
FIND = """axe.run({resultTypes: ['violations']}).then(found => found.violations
    .filter(rule => ['serious', 'critical'].includes(rule.impact))
    .map(rule => `${rule.id}: ${JSON.stringify(rule.nodes[0].target)}`))"""
WIDER = "document.documentElement.scrollWidth - window.innerWidth"
_SCRIPT = Axe().axe_script


def findings(page: Page) -> list[str]:
    """What axe holds for serious or critical, and a page that is wider than its window, in a line each."""
    page.evaluate(_SCRIPT)
    page.evaluate(SETTLED)
    found: list[str] = page.evaluate(FIND)
    wide = page.evaluate(WIDER)
    return [*found, f"{wide} px too wide"] if wide > 0 else found
