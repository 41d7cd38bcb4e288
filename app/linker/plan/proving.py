"""Faults of links that the site itself confirms. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from app.content.links.asking import LinkAnswer
from app.content.links.verdicts import GONE, MOVED, WORKS
from app.linker.pages import address_of
from app.linker.plan.addresses import LinkStatus
from app.linker.plan.findings import BROKEN, LinkFault
from app.linker.plan.reading import SiteLinks


def addresses_to_ask(links: SiteLinks) -> list[str]:
    """The addresses that seem to lead nowhere, each once."""
    return list(dict.fromkeys(fault.address for fault in links.faults if fault.verdict in BROKEN))


def proved(links: SiteLinks, answers: Mapping[str, LinkAnswer], site_url: str) -> SiteLinks:
    """The links with what the site answered taken in.

    What works is no fault. What leads on to a page that is known has moved; to any other, it is no fault either. What
    the site does not say is gone stays a fault that is not proved.
    """
    counts, faults = dict(links.counts), []
    for fault in links.faults:
        judged = _judged(links, fault, answers.get(fault.address), site_url) if fault.verdict in BROKEN else fault
        if judged is None or judged.verdict != fault.verdict:
            counts["broken"] -= fault.count
            counts["not_judged" if judged is None else "moved"] += fault.count
        if judged is not None:
            faults.append(judged)
    return replace(links, faults=faults, counts=counts)


def _judged(links: SiteLinks, fault: LinkFault, answer: LinkAnswer | None, site_url: str) -> LinkFault | None:
    if answer is not None and answer.outcome == WORKS:
        return None
    if answer is not None and answer.outcome == MOVED and not _is_home(answer.leads_to, site_url):
        leads_to = links.book.destination(address_of(answer.leads_to, site_url))
        if leads_to.verdict != LinkStatus.LIVE:
            return None
        return replace(fault, verdict=LinkStatus.MOVED, page=leads_to.page)
    return replace(fault, is_proved=answer is not None and answer.outcome == GONE)


def _is_home(address: str, site_url: str) -> bool:
    """Whether it is the home, where many sites send visitors from whatever they do not have."""
    return urlsplit(address).path.rstrip("/") == urlsplit(site_url).path.rstrip("/")
