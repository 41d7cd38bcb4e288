"""How links are put into the texts of a site: the rules that a person sets. Services flush; callers commit."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy import delete, or_, select, update

from app.core import audit
from app.core.actor import Actor
from app.core.errors import Conflict, DomainError
from app.core.extensions import db
from app.core.languages import gettext, local_number
from app.core.tenancy import owned
from app.linker import waiting
from app.linker.models import LinkPage, LinkProposal, LinkSettings
from app.linker.pages import address_of
from app.linker.paths import contents_at
from app.linker.permissions import LinkerPermission
from app.sites.models import Site

RELS = ("", "nofollow", "noopener", "nofollow noopener")
MOST_LISTED = 500
BLANK = " \t\r\n\u00a0\ufeff"  # what editors and spreadsheets put around a line
_BARE = re.compile(r"[^/:.?#\s]+(?:/|$)")  # a path without the slash that it begins with
QUIET = {"synchronize_session": False}


@dataclass(frozen=True, slots=True)
class SettingsForm:
    """What a person asks for. Pages are named by their addresses, one a line."""

    most_per_content: int
    words_per_link: int
    least_score: int
    rel: str
    nofollow_paths: Sequence[str]
    never_from: Sequence[str]
    never_to: Sequence[str]
    sentences: bool


def settings_for(site: Site) -> LinkSettings:
    """The settings of a site; those that are there from the start are not stored."""
    stored = db.session.scalar(select(LinkSettings).where(LinkSettings.site_id == site.id))
    return stored or LinkSettings(
        account_id=site.account_id,
        site_id=site.id,
        most_per_content=5,
        words_per_link=100,
        least_score=60,
        rel="",
        nofollow_paths=[],
        never_from=[],
        never_to=[],
        sentences=False,
        version=0,
    )


def save_link_settings(account_id: int, actor: Actor, site_id: int, form: SettingsForm, *, seen: int) -> LinkSettings:
    """Store the settings of a site. Flushes.

    Raises NotFound, Forbidden, DomainError with the field that is wrong, and Conflict when somebody saved since the
    person saw version `seen`.
    """
    actor.require(LinkerPermission.MANAGE)
    site = owned(Site, site_id, account_id)
    db.session.execute(select(Site.id).where(Site.id == site_id).with_for_update(key_share=True))
    settings = settings_for(site)
    if settings.version != seen:
        raise Conflict(
            gettext("Somebody changed these settings after you opened the page. Nothing was changed."),
            code="LINK_SETTINGS_CHANGED",
            cure=gettext("Look at what is there now, then save again."),
        )
    _check_numbers(form)
    rel_before = partial(rel_for, LinkSettings(rel=settings.rel, nofollow_paths=settings.nofollow_paths))
    settings.most_per_content = form.most_per_content
    settings.words_per_link = form.words_per_link
    settings.least_score = form.least_score
    settings.rel = form.rel
    settings.nofollow_paths = _paths(site, form.nofollow_paths)
    settings.never_from = _content_ids(site, form.never_from, "never_from")
    settings.never_to = _content_ids(site, form.never_to, "never_to")
    settings.sentences = form.sentences
    settings.version = seen + 1
    db.session.add(settings)
    audit.record(account_id, "links.settings_saved", subject=site.name, by=actor)
    db.session.flush()
    _correct_waiting(site, settings, rel_before)
    return settings


def _correct_waiting(site: Site, settings: LinkSettings, rel_before: Callable[[str], str]) -> None:
    """Have the proposals that wait follow the rules: their `rel`, unless a person chose it, and pages never linked."""
    waits = (LinkProposal.site_id == site.id, LinkProposal.state.in_(("proposed", "outdated")))
    never = or_(LinkProposal.content_id.in_(settings.never_from), LinkProposal.target_id.in_(settings.never_to))
    gone = delete(LinkProposal).where(*waits, never).returning(LinkProposal.content_id)
    waiting.count_waiting(set(db.session.scalars(gone.execution_options(**QUIET))))
    for url in db.session.scalars(select(LinkProposal.url).where(*waits).distinct()).all():
        address = address_of(url, site.url)
        before, now = rel_before(address), rel_for(settings, address)
        if before != now:
            mine = (*waits, LinkProposal.url == url, LinkProposal.rel == before)
            db.session.execute(update(LinkProposal).where(*mine).values(rel=now).execution_options(**QUIET))


def _check_numbers(form: SettingsForm) -> None:
    bounds = (
        ("most_per_content", form.most_per_content, 1, 50),
        ("words_per_link", form.words_per_link, 10, 2000),
        ("least_score", form.least_score, 0, 100),
    )
    for name, value, least, most in bounds:
        if not least <= value <= most:
            raise DomainError(
                gettext("Give a number from %(least)s to %(most)s.", least=least, most=most),
                code="NUMBER_OUT_OF_RANGE",
                field=name,
            )
    if form.rel not in RELS:
        raise DomainError(gettext("Choose one of the list."), code="REL_UNKNOWN", field="rel")


def _paths(site: Site, lines: Sequence[str]) -> list[str]:
    """Beginnings of addresses of the site. Raises DomainError for one that is of another, or of the whole site."""
    paths: dict[str, None] = {}
    for line in _clean_lines(lines):
        path = address_of(f"/{line}" if _BARE.match(line) else line, site.url).partition("?")[0]
        if path.strip("/") == "":
            cure = gettext("Give what addresses of this site begin with, such as /partners, one a line.")
            raise DomainError(
                gettext("“%(address)s” is not an address of this site.", address=line[:200]),
                code="LINK_ADDRESS_FOREIGN",
                field="nofollow_paths",
                cure=f"{cure} {gettext('For all links, choose the attribute above.')}",
            )
        paths[path] = None
    if len(paths) > MOST_LISTED:
        raise _too_many("nofollow_paths")
    return list(paths)


def _clean_lines(lines: Sequence[str]) -> list[str]:
    """The lines that say something, without spaces and byte order marks around them."""
    return [clean for line in lines if (clean := line.strip(BLANK))]


def _too_many(field: str) -> DomainError:
    return DomainError(
        gettext("At most %(most)s addresses can be listed.", most=local_number(MOST_LISTED)),
        code="TOO_MANY_ADDRESSES",
        field=field,
    )


def _content_ids(site: Site, lines: Sequence[str], field: str) -> list[int]:
    """The pages at these addresses; raises DomainError for one that is not there."""
    clean = _clean_lines(lines)
    if len(clean) > MOST_LISTED:
        raise _too_many(field)
    addresses = {line: _written_address(line, site.url) for line in clean}
    pages = contents_at(site.id, set(addresses.values()) - {""})
    for line, address in addresses.items():
        if address not in pages:
            raise DomainError(
                gettext("There is no page at %(address)s.", address=line[:200]),
                code="LINK_PAGE_UNKNOWN",
                field=field,
                cure=gettext("Give the address of a page of this site that is in the Content Manager, one a line."),
            )
    return list(dict.fromkeys(pages[address] for address in addresses.values()))


def _written_address(line: str, site_url: str) -> str:
    """The address within the site that a person wrote: whole, from the host on, or its path with or without a slash."""
    if "//" in line or line.startswith("/"):
        return address_of(line, site_url)
    return address_of(f"//{line}", site_url) or address_of(f"/{line}", site_url)


def addresses_of(site: Site, ids: Sequence[int]) -> list[str]:
    """The addresses of these pages, for the form."""
    stmt = select(LinkPage.address).where(LinkPage.site_id == site.id, LinkPage.content_id.in_(ids))
    return list(db.session.scalars(stmt.order_by(LinkPage.address)))


def rel_for(settings: LinkSettings, address: str) -> str:
    """The `rel` of a link to this address of the site: that of all, with nofollow where the address asks for it."""
    parts = dict.fromkeys(settings.rel.split())
    paths = [path.rstrip("/") for path in settings.nofollow_paths if path.strip("/")]
    if any(address == path or address.startswith(f"{path}/") for path in paths):
        parts["nofollow"] = None
    return " ".join(parts)
