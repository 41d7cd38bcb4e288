"""Importing keywords: the source, the target, and the work of a run."""

from dataclasses import dataclass, replace
from functools import cached_property

from sqlalchemy import select, update

from app.core.clock import utcnow
from app.core.errors import DomainError, NotFound
from app.core.extensions import db
from app.core.languages import gettext
from app.core.runs import Cancelled, LeaseLost, Outcome, Run, RunContext
from app.core.tenancy import owned
from app.planner.imports import bounds as import_bounds
from app.planner.imports import services as imports
from app.planner.imports import undo as import_undo
from app.planner.imports.choices import NO, OTHER, RECOGNISED, YES, Choices, choices_in
from app.planner.imports.own_exports import OwnSite
from app.planner.imports.rows import table_of
from app.planner.imports.shelves import IMPORTS
from app.planner.imports.tables import Table
from app.planner.imports.text import decode
from app.planner.keywords import values as keyword_values
from app.sites.models import Sector, Site


@dataclass(frozen=True)
class Source:
    """A file, or without one (`file` is None) pasted text, and how it is to be read."""

    file: bytes | None
    pasted: str = ""
    choices: Choices = RECOGNISED

    @cached_property
    def data(self) -> bytes:
        """The bytes of the file or of the pasted text."""
        return self.file or self.pasted.encode("utf-8", "replace")

    @cached_property
    def table(self) -> Table:
        """The table of a short import, or of the first lines of a long one. Raises DomainError."""
        import_bounds.refuse_too_long(self.data)
        head = import_bounds.head_of(self.data)
        if self.file:
            return self._file_table(head)
        return table_of(None, head.decode("utf-8", "replace"), self.choices)

    @property
    def reading(self) -> Choices:
        """How it is read, with every option filled in: what was chosen, else what was recognised."""
        chosen, table = self.choices, self.table
        return Choices(
            (chosen.encoding or table.encoding) if self.file else "",
            chosen.separator or table.separator,
            chosen.header or (YES if table.header_line else NO),
            chosen.sign if chosen.separator == OTHER else "",
        )

    def _file_table(self, head: bytes) -> Table:
        telling = b"" if self.choices.encoding else import_bounds.beyond_ascii(self.data, head)
        if not telling:
            return table_of(head, None, self.choices)
        decoded = decode(telling)
        table = table_of(head, None, replace(self.choices, encoding=decoded.encoding))
        check = table.needs_check or decoded.guessed
        return replace(table, notes=[*decoded.notes, *table.notes], needs_check=check)


def import_target(
    account_id: int, site_id: int, sector_id: int | None, country: str, *, updates: bool = False
) -> imports.ImportTarget:
    """Where keywords go: a site, perhaps a sector of it, and a country for those that name none.

    Raises NotFound for a sector of another site, DomainError for an unknown country.
    """
    if sector_id is not None and owned(Sector, sector_id, account_id).site_id != site_id:
        raise NotFound()
    try:
        code = keyword_values.country(country[:60])
    except keyword_values.BadValue:
        raise DomainError(
            gettext("This country is not known."),
            code="COUNTRY",
            cure=gettext("Enter its two-letter code, such as US or DE."),
            field="country",
        ) from None
    return imports.ImportTarget(account_id, site_id, utcnow(), sector_id, code, updates, own_site(account_id, site_id))


def own_site(account_id: int, site_id: int) -> OwnSite:
    """The site as our own files name it."""
    site = owned(Site, site_id, account_id)
    return OwnSite.of(site.name, site.url, account_id, site_id)


def import_keywords(context: RunContext) -> Outcome:
    """Store the keywords of the run's file or paste, a few thousand at a time. Commits; safe to start again."""
    run, params = context.run, context.run.params
    assert run.site_id is not None
    data = IMPORTS.load(run.account_id, params["file"])
    pasted = data.decode("utf-8") if params["pasted"] else None
    table = table_of(None if pasted else data, pasted, choices_in(params))
    target = imports.ImportTarget(
        run.account_id,
        run.site_id,
        run.created_at,
        params["sector_id"],
        params["country"],
        updates=params.get("updates", False),
        own_site=own_site(run.account_id, run.site_id),
    )
    if import_undo.UNDONE in run.data:
        import_undo.clear_undone(run.id)
    db.session.commit()
    stored = _Stored(context, table.reading)
    try:
        tally = imports.import_table(table, params["mapping"], target, stored.after_chunk)
    except (Cancelled, DomainError):
        stored.keep_report()
        raise
    report = imports.report(tally, run.account_id, table.reading)
    return Outcome(tally.summary(), f"/planner/keywords/import/{run.id}/", report)


@dataclass
class _Stored:
    """What a run has stored so far."""

    context: RunContext
    read_as: str
    tally: imports.ImportCounts | None = None

    def after_chunk(self, tally: imports.ImportCounts) -> None:
        """Commit a chunk and show how far it is; raises Cancelled and LeaseLost."""
        self._needs_lease()
        self.tally = tally
        db.session.commit()
        total = self.context.run.total or tally.rows
        self.context.progress(step="Adding keywords", done=min(tally.rows, total), message=tally.so_far())

    def _needs_lease(self) -> None:
        """Raise LeaseLost when another worker has the run, or nobody: what was undone must not come back.

        Locks the run: nobody can end it or work on it until the chunk is committed.
        """
        mine = [Run.id == self.context.run_id, Run.lease_token == self.context.token]
        if db.session.scalar(select(Run.id).where(*mine).with_for_update(read=True)) is None:
            db.session.rollback()
            raise LeaseLost

    def keep_report(self) -> None:
        """Store the report of a run that stops early; the keywords stored so far stay. Commits."""
        db.session.rollback()
        if self.tally is None:
            return
        data = imports.report(self.tally, self.context.run.account_id, self.read_as)
        mine = [Run.id == self.context.run_id, Run.lease_token == self.context.token]
        db.session.execute(update(Run).where(*mine).values(data=data).execution_options(synchronize_session=False))
        db.session.commit()
