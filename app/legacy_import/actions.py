"""What can be done with imports from the old plugin, each as one use case: for a click or a command.

They flush; callers commit. Each raises Forbidden unless the actor may manage such imports.
"""

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import delete

from app.core import audit
from app.core.actor import Actor
from app.core.clock import utcnow
from app.core.crypto import encrypt
from app.core.errors import Conflict, DomainError
from app.core.extensions import db
from app.core.languages import gettext
from app.core.media import scratch_folder
from app.core.runs import Run
from app.core.runs.kinds import RunKind
from app.core.runs.services import find_active, start_run
from app.core.tenancy import owned
from app.legacy_import import quarantine, services, takeover
from app.legacy_import.dumps.files import open_dump
from app.legacy_import.models import LegacyImport
from app.legacy_import.permissions import LegacyPermission
from app.legacy_import.run_kinds import MOVE_LEGACY, READ_LEGACY, UNDO_LEGACY, key_of_site
from app.legacy_import.server_source import TLS, Server, check_port
from app.legacy_import.shelves import DUMPS
from app.legacy_import.transforms import COMPLETED, LEAVE_OUT, QUEUED
from app.planner.clusters.services import clean_cluster_name
from app.sites.models import Site

MOST_NAME = 64


@dataclass(frozen=True)
class MoveChoices:
    """What a person decides before moving in.

    `home_cluster` is the name of the cluster for ideas and tasks that have none; empty: they are quarantined.
    `statuses` says what unknown statuses of tasks mean: ``queued``, ``completed`` or ``leave_out``.
    """

    mend_encoding: bool = False
    invite: bool = False
    home_cluster: str = ""
    statuses: Mapping[str, str] = field(default_factory=dict)

    def checked(self) -> "MoveChoices":
        """Raises DomainError for a name that no cluster can have, or a meaning that there is not."""
        name = clean_cluster_name(self.home_cluster) if self.home_cluster.strip() else ""
        meanings = {
            status: meaning for status, meaning in self.statuses.items() if meaning in (QUEUED, COMPLETED, LEAVE_OUT)
        }
        return MoveChoices(self.mend_encoding, self.invite, name, meanings)


def begin_from_dump(
    account_id: int, actor: Actor, site_id: int, *, path: Path, name: str, database: str = "", prefix: str = ""
) -> LegacyImport:
    """Take a dump over, which is copied, and start to read it. Raises DomainError for a file that is no text."""
    actor.require(LegacyPermission.MANAGE)
    site = owned(Site, site_id, account_id)
    with open_dump(path) as file:
        if not file.read(1):
            raise DomainError(gettext("The file is empty."), code="FILE_EMPTY", field="dump")
    legacy = _new(site, actor, "dump", name, database=database, prefix=prefix, size=path.stat().st_size)
    legacy.file = _kept_copy(account_id, path)
    return _start_reading(legacy, actor)


def _kept_copy(account_id: int, path: Path) -> str:
    with tempfile.NamedTemporaryFile(dir=scratch_folder(), prefix=".dump-", delete=False) as copy:
        copied = Path(copy.name)
        try:
            with path.open("rb") as source:
                shutil.copyfileobj(source, copy, 1024 * 1024)
            copy.flush()
            return DUMPS.take(account_id, copied)
        finally:
            copied.unlink(missing_ok=True)


def begin_from_server(account_id: int, actor: Actor, site_id: int, *, server: Server, prefix: str = "") -> LegacyImport:
    """Start to read a live database. The password is kept encrypted until it has been read, and never shown."""
    actor.require(LegacyPermission.MANAGE)
    site = owned(Site, site_id, account_id)
    _check_server(server)
    name = f"{server.host}/{server.database}"
    legacy = _new(site, actor, "server", name, database=server.database, prefix=prefix)
    legacy.server = {key: value for key, value in asdict(server).items() if key != "password"}
    legacy.password = encrypt(server.password) if server.password else None
    return _start_reading(legacy, actor)


def _check_server(server: Server) -> None:
    for name, value in (("host", server.host), ("database", server.database), ("user", server.user)):
        if not value.strip() or len(value) > 253 or not value.isprintable():
            raise DomainError(
                gettext("This is needed to read the database."),
                code="FIELD_INVALID",
                field=name,
                cure=gettext("wp-config.php of the old site has it."),
            )
    if server.tls not in TLS:
        raise DomainError(gettext("Choose how the connection is encrypted."), code="FIELD_INVALID", field="tls")
    if len(server.password) > 500:
        raise DomainError(gettext("The password is too long."), code="FIELD_INVALID", field="password")
    check_port(server.port)


def _new(
    site: Site, actor: Actor, source: str, name: str, *, database: str, prefix: str, size: int = 0
) -> LegacyImport:
    if len(prefix) > MOST_NAME or len(database) > MOST_NAME:
        raise DomainError(gettext("A name in MySQL has at most 64 characters."), code="FIELD_INVALID", field="prefix")
    legacy = LegacyImport(
        account_id=site.account_id,
        site_id=site.id,
        actor_id=actor.id,
        source=source,
        name=name[:200],
        server={},
        database=database.strip(),
        prefix=prefix.strip(),
        size=size,
        state="reading",
        stamp=utcnow(),
    )
    db.session.add(legacy)
    db.session.flush()
    return legacy


def _start_reading(legacy: LegacyImport, actor: Actor) -> LegacyImport:
    _start(legacy, actor, READ_LEGACY, f"Reading {legacy.name}")
    audit.record(
        legacy.account_id,
        "legacy.read",
        subject=legacy.name,
        after={"source": legacy.source, "site": legacy.site_id},
        by=actor,
    )
    return legacy


def _start(legacy: LegacyImport, actor: Actor, kind: RunKind, title: str) -> Run:
    """Start a run of the import; raises Conflict when another one works on the site."""
    active = find_active(key_of_site(legacy.site_id), legacy.account_id)
    if active is not None and (active.kind, active.subject_id) != (kind.name, legacy.id):
        services.refuse_while_busy(legacy)
    run = active or start_run(
        account_id=legacy.account_id,
        kind=kind,
        title=title,
        actor=actor,
        site_id=legacy.site_id,
        subject_type="legacy_import",
        subject_id=legacy.id,
        exclusive_key=key_of_site(legacy.site_id),
    )
    legacy.run_id = run.id
    db.session.flush()
    return run


def start_moving(account_id: int, actor: Actor, import_id: int, choices: MoveChoices | None = None) -> Run:
    """Move in what was read, or go on with it. Without `choices`, those made before hold. Raises Conflict."""
    actor.require(LegacyPermission.MANAGE)
    legacy = services.legacy_import_of(account_id, import_id)
    services.refuse_while_busy(legacy)
    chosen: dict[str, Any] = legacy.choices
    if choices is not None:
        checked = choices.checked()
        chosen = {**asdict(checked), "statuses": dict(checked.statuses)}
    services.claim_state(legacy, "moving", before=("ready", "moving", "done", "undone"), choices=chosen)
    run = _start(legacy, actor, MOVE_LEGACY, f"Moving in {legacy.name}")
    audit.record(account_id, "legacy.moved", subject=legacy.name, after={"site": legacy.site_id, **chosen}, by=actor)
    return run


def start_undo(account_id: int, actor: Actor, import_id: int) -> Run:
    """Remove what the import added, as far as nobody changed or used it since. Raises Conflict."""
    actor.require(LegacyPermission.MANAGE)
    legacy = services.legacy_import_of(account_id, import_id)
    services.refuse_while_busy(legacy)
    if legacy.state not in ("moving", "done", "undone"):
        raise Conflict(gettext("Nothing was moved in yet."), code="NOTHING_MOVED")
    run = _start(legacy, actor, UNDO_LEGACY, f"Undoing {legacy.name}")
    audit.record(account_id, "legacy.undone", subject=legacy.name, after={"site": legacy.site_id}, by=actor)
    return run


def hand_over(account_id: int, actor: Actor, import_id: int) -> Run:
    """Tell the new plugin which content each post that was moved in is. Raises Conflict."""
    actor.require(LegacyPermission.MANAGE)
    legacy = services.legacy_import_of(account_id, import_id)
    run = takeover.start_takeover(account_id, actor, import_id)
    audit.record(account_id, "legacy.taken_over", subject=legacy.name, after={"site": legacy.site_id}, by=actor)
    return run


def give_back(account_id: int, actor: Actor, import_id: int, table: str, data: bytes) -> tuple[int, int]:
    """Take mended rows back, and move them. Returns how many, and how many of the file are not in quarantine."""
    actor.require(LegacyPermission.MANAGE)
    legacy = services.legacy_import_of(account_id, import_id)
    services.refuse_while_busy(legacy)
    staged, ignored = quarantine.take_back(legacy, table, data)
    audit.record(account_id, "legacy.mended", subject=legacy.name, after={"table": table, "rows": staged}, by=actor)
    if staged:
        start_moving(account_id, actor, import_id)
    return staged, ignored


def forget_import(account_id: int, actor: Actor, import_id: int) -> None:
    """Delete what was read and the file, but nothing that was moved in: it can no longer be undone."""
    actor.require(LegacyPermission.MANAGE)
    legacy = services.legacy_import_of(account_id, import_id)
    services.refuse_while_busy(legacy)
    audit.record(account_id, "legacy.forgotten", subject=legacy.name, before={"state": legacy.state}, by=actor)
    db.session.execute(delete(LegacyImport).where(LegacyImport.id == legacy.id))
    db.session.expunge(legacy)
