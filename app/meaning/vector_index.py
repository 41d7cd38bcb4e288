"""pgvector indexes over the vectors of titles, where the extension is available. Nothing requires them.

Made by a worker that looks every hour, and by `python -m app.cli vector-index`, as the owner of the tables, while
everything goes on. An index left unfinished once is left to the command: it might never end.
"""

import re
from typing import Any

from flask import current_app
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import ARRAY, REAL, Connection, NullPool, bindparam, cast, create_engine, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.types import UserDefinedType

from app.core.extensions import db
from app.core.logs import get_logger
from app.meaning.models import TitleVector

MOST_OF_VECTOR, MOST_OF_HALFVEC = 2000, 4000  # dimensions that pgvector indexes
FEWEST_ROWS = 5000  # with fewer, comparing with all is as quick
PREFIX = "ix_title_vectors_hnsw_"
# Since this version an index finds enough rows of one site among those of all (iterative scans), and holds halfvec.
LEAST_VERSION = (0, 8)
BUILDING = 8_408_032  # the lock of whoever makes indexes, among all advisory locks
MOST_SECONDS = 24 * 3600  # for a worker to make an index
OWNERS_WORK = "the owner of the tables makes it by `python -m app.cli vector-index`"
_INSTALLED = text("select extversion from pg_extension where extname = 'vector'")
_VERSIONS = text(
    "select installed_version as installed, default_version as offered from pg_available_extensions"
    " where name = 'vector'"
)
_INDEXES = text(
    "select c.relname from pg_index i join pg_class c on c.oid = i.indexrelid"
    " where i.indrelid = to_regclass('title_vectors') and c.relname like :names and i.indisvalid = :valid order by 1"
)
_IS_BUILDING = text(
    "select exists (select from pg_locks where locktype = 'advisory' and granted and classid = 0 and objsubid = 1"
    " and objid = :key and database = (select oid from pg_database where datname = current_database()))"
).bindparams(key=BUILDING)
log = get_logger(__name__)


class NotPossible(Exception):
    """Why there can be no index here, in words."""


def vector_type(dimensions: int) -> str | None:
    """The type by which vectors of so many dimensions are compared; None when pgvector indexes none so long."""
    if dimensions > MOST_OF_HALFVEC:
        return None
    return f"{'vector' if dimensions <= MOST_OF_VECTOR else 'halfvec'}({int(dimensions)})"


class Comparable(UserDefinedType[Any]):
    """A type of pgvector, to cast to."""

    cache_ok = True

    def __init__(self, name: str) -> None:
        self.name = name

    def get_col_spec(self, **_options: Any) -> str:
        """As SQL names it."""
        return self.name


def cosine_distance(dimensions: int) -> Any:
    """How far a title's vector is from the parameter `vector`, 0 to 2, as the index has it."""
    kind = Comparable(vector_type(dimensions) or "vector")
    return cast(TitleVector.vector, kind).op("<=>")(cast(bindparam("vector", type_=ARRAY(REAL)), kind))


def is_supported() -> bool:
    """Whether this database has the extension, in a version that searches."""
    return _is_enough(db.session.scalar(_INSTALLED))


def _is_enough(version: str | None) -> bool:
    return version is not None and tuple(map(int, re.findall(r"\d+", version)[:2])) >= LEAST_VERSION


def describe_state() -> str:
    """How titles are searched, and why not by an index where there is none, in words for whoever runs this."""
    row = db.session.execute(_VERSIONS).first()
    try:
        if not _needs_installing(row.installed if row else None, row.offered if row else None):
            valid = db.session.scalars(_INDEXES, {"names": f"{PREFIX}%", "valid": True}).all()
            state = f"pgvector, {', '.join(valid) or 'no index yet'}"
            return state if db.session.scalar(_IS_BUILDING) else state + _unfinished(db.session.connection())
    except NotPossible as reason:
        return f"arrays: {reason}"
    return f"arrays: pgvector is not installed yet; {OWNERS_WORK}"


def _unfinished(connection: Connection) -> str:
    """Which indexes a process left unfinished, and what mends them; empty without any."""
    names = connection.scalars(_INDEXES, {"names": f"{PREFIX}%", "valid": False}).all()
    return f"; {', '.join(names)} was left unfinished: {OWNERS_WORK}" if names else ""


def _needs_installing(installed: str | None, offered: str | None) -> bool:
    """Whether the extension is available but not installed yet; raises NotPossible where it is of no use."""
    least = ".".join(map(str, LEAST_VERSION))
    if installed is not None and not _is_enough(installed):
        cure = "run ALTER EXTENSION vector UPDATE" if _is_enough(offered) else "update it"
        raise NotPossible(f"pgvector {installed} is older than {least}; {cure}")
    if installed is None and offered is None:
        raise NotPossible("this PostgreSQL has no pgvector")
    if installed is None and not _is_enough(offered):
        raise NotPossible(f"pgvector {offered} of this PostgreSQL is older than {least}")
    return installed is None


def keep_indexes(fewest: int = FEWEST_ROWS) -> None:
    """Make the extension and the indexes that are missing. Called every hour; `describe_state` says what failed."""
    try:
        make_indexes(fewest, mend=False)
    except NotPossible as reason:
        log.info("titles_searched_by_arrays", reason=str(reason))


def make_indexes(fewest: int = FEWEST_ROWS, *, mend: bool = True) -> list[str]:
    """Install the extension where it is to be had, and index each number of dimensions that enough titles have.

    The names of the indexes that are there in the end; none while another process makes them. In a connection of its
    own, as the owner of the tables. Writing goes on meanwhile; an index that a killed process left unfinished is made
    again where it is to `mend`. Raises NotPossible where there is no such extension, or this role may not.
    """
    config = current_app.config
    engine = create_engine(config["OWNER_DATABASE_URI"], connect_args=config["OWNER_CONNECT_ARGS"], poolclass=NullPool)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not connection.scalar(text("select pg_try_advisory_lock(:key)"), {"key": BUILDING}):
            return []
        connection.execute(text("set statement_timeout = 0; set lock_timeout = 0"))
        try:
            return _made(connection, fewest, mend)
        except ProgrammingError as error:
            if not isinstance(error.orig, InsufficientPrivilege):
                raise
            raise NotPossible(f"the role {engine.url.username} may not make an index; {OWNERS_WORK}") from error


def _made(connection: Connection, fewest: int, mend: bool) -> list[str]:
    row = connection.execute(_VERSIONS).first()
    if _needs_installing(row.installed if row else None, row.offered if row else None):
        connection.execute(text("create extension if not exists vector"))
        log.info("pgvector_installed")
    for name in connection.scalars(_INDEXES, {"names": f"{PREFIX}%", "valid": False}).all() if mend else ():
        connection.execute(text(f"drop index concurrently if exists {name}"))
    counted = "select dimensions from title_vectors group by dimensions having count(*) >= :fewest order by 1"
    lengths = connection.scalars(text(counted), {"fewest": fewest}).all()
    return [name for dimensions in lengths if (name := _make_index(connection, dimensions))]


def _make_index(connection: Connection, dimensions: int) -> str | None:
    kind = vector_type(dimensions)
    if kind is None:
        return None
    name, operators = f"{PREFIX}{dimensions}", re.sub(r"\(.*", "_cosine_ops", kind)
    if connection.scalar(text("select to_regclass(:name) is null"), {"name": name}):
        expression = f"((vector::{kind}) {operators})"
        statement = f"create index concurrently {name} on title_vectors using hnsw {expression}"
        connection.execute(text(f"{statement} where dimensions = {int(dimensions)}"))
        log.info("titles_indexed", index=name)
    return name
