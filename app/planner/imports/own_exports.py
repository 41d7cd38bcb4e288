"""Files that this application made: a list as CSV, or a table of an account's export. Known by their columns. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from app.core.errors import DomainError
from app.core.features import lists
from app.core.languages import gettext
from app.core.listing.kinds import ListKind
from app.core.spreadsheets import unescape_cell
from app.planner.imports.choices import DELIMITERS
from app.planner.imports.records import Layout, cells_of, physical_lines
from app.planner.keywords.values import normalise_keyword
from app.saved_views.downloads import SITE

KEYWORDS = "keywords"
LINE, REASON = "line", "reason"  # what a report of rejected rows has around the columns of its file
OF_ANY_TABLE = frozenset({"id", "account_id", "created_at"})
# Of our lists' columns those that no other tool gives its exports, and the one that counts where others have words.
OF_OUR_LISTS = frozenset({"Idea", "Task", "Ideas", "Structure", "Assignee", "Taxonomies", "Sector", "Added"})
COUNT = "Keywords"
OF_KEYWORDS = OF_ANY_TABLE | {"site_id", "keyword", "normalised"}


@dataclass(frozen=True, slots=True)
class OwnSite:
    """The site to import into, as our files name it: by its name or host, and by `ids`, account and site."""

    names: frozenset[str]
    ids: tuple[str, str]

    @classmethod
    def of(cls, name: str, address: str, account_id: int, site_id: int) -> "OwnSite":
        """The site with this name and address."""
        host = (urlsplit(address).hostname or name).removeprefix("www.")
        names = frozenset(map(normalise_keyword, (name, host, f"www.{host}")))
        return cls(names, (str(account_id), str(site_id)))


def elsewhere(header: Sequence[str], site: OwnSite) -> Callable[[Sequence[str]], bool] | None:
    """A function that tells whether a row is of another site, if this is the header of a file of ours that says so.

    Else None. Such files are the keyword list of all sites, the keyword table of an account's export, and the reports
    on both.
    """
    names = [name.strip("\ufeff ") for name in header]
    inner = names[1:-1] if (names[0], names[-1]) == (LINE, REASON) else names
    if set(inner) >= OF_KEYWORDS:
        account, number = names.index("account_id"), names.index("site_id")
        return lambda cells: (_stripped_cell(cells, account), _stripped_cell(cells, number)) != site.ids
    kind = lists().get(KEYWORDS)
    if kind is not None and inner[:1] == [SITE.label] and _is_header_of(kind, inner):
        place = names.index(SITE.label)
        return lambda cells: not _is_named(unescape_cell(_stripped_cell(cells, place)), site)
    return None


def _is_named(cell: str, site: OwnSite) -> bool:
    """Whether this is the site's name, its host, an address of it or its property in Search Console."""
    name = normalise_keyword(cell)
    if name in site.names:
        return True
    address = name.removeprefix("sc-domain:")
    try:
        host = urlsplit(address if "://" in address else f"//{address}").hostname
    except ValueError:
        return False
    return host in site.names


def _stripped_cell(cells: Sequence[str], index: int) -> str:
    return cells[index].strip() if index < len(cells) else ""


def refuse_other_lists(text: str) -> None:
    """Raise DomainError for our export of another list (with the `endpoint` of its page) or of another table."""
    lines = physical_lines(text)
    first, second = next(lines, ""), next(lines, "")
    for delimiter in DELIMITERS:
        names = [cell.strip() for cell in cells_of(first, Layout(delimiter))]
        if set(names) >= OF_ANY_TABLE and not set(names) >= OF_KEYWORDS:
            raise _refused(
                gettext("This is a table of an account's export, and not that of keywords."),
                gettext("Choose keywords.csv of the folder tables."),
            )
        for kind in lists().values():
            is_header = kind.name != KEYWORDS and len(names) > 1 and _is_header_of(kind, names)
            if is_header and _is_of_ours_alone(names, cells_of(second, Layout(delimiter))):
                raise _refused(
                    gettext("This is a file of the list %(label)s, not of keywords.", label=kind.label),
                    gettext("Download the list of keywords instead; it names the cluster of each."),
                    endpoint=kind.endpoint,
                    list=kind.label,
                )


def _refused(message: str, cure: str, **details: str) -> DomainError:
    return DomainError(message, code="ANOTHER_LIST", cure=cure, field="csv_file", details=details)


def _is_header_of(kind: ListKind, names: Sequence[str]) -> bool:
    """Whether these are columns of that list, including the one that names its rows."""
    labels = [column.label for column in kind.spec.columns]
    return labels[0] in names and set(names) <= {SITE.label, *labels}


def _is_of_ours_alone(names: Sequence[str], cells: Sequence[str]) -> bool:
    """Whether no other tool writes such a file; `cells` are those of the first row below."""
    if COUNT in names and _stripped_cell(cells, names.index(COUNT)):
        return _stripped_cell(cells, names.index(COUNT)).isdecimal()
    return not OF_OUR_LISTS.isdisjoint(names)
