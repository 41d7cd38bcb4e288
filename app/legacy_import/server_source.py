"""An old installation on a live MySQL or MariaDB: one consistent snapshot, read only, row by row.

The address is checked as that of any host that people name: only hosts on the public internet are called, and those
that whoever runs the app allows. Every value comes as text, as in a dump.
"""

import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

import pymysql
from pymysql.converters import conversions
from pymysql.cursors import SSCursor

from app.core.errors import DomainError, Unavailable
from app.core.languages import N_, gettext
from app.core.outbound_sockets import BlockedAddress, open_socket
from app.legacy_import.dumps.files import GIGABYTE
from app.legacy_import.schema import NO_POSTS, POST_TYPES, FoundTable, Installation
from app.legacy_import.sources import ReadProgress, SourceRow

CONNECT_SECONDS, READ_SECONDS = 15, 120
AT_ONCE = 500
TLS = ("verified", "required", "off")
MYSQL_PORT = 3306
MOST_READ = 8 * GIGABYTE  # of texts: a server that never ends is no old installation
_COLUMNS = (
    "select table_name, column_name from information_schema.columns where table_schema = %s"
    " order by table_name, ordinal_position limit 1000000"
)
_ENGINES = "select table_name from information_schema.tables where table_schema = %s and engine <> 'InnoDB'"
NO_SNAPSHOT = N_("Some of its tables are not InnoDB: they may have changed while they were read.")


@dataclass(frozen=True, slots=True)
class Server:
    """Where an old installation is. `tls`: ``verified`` (its certificate too), ``required`` or ``off``."""

    host: str
    database: str
    user: str
    password: str
    port: int = MYSQL_PORT
    tls: str = "verified"

    def context(self) -> ssl.SSLContext | None:
        """How the connection is encrypted."""
        if self.tls == "off":
            return None
        context = ssl.create_default_context()
        if self.tls == "required":
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context


def check_port(port: int) -> None:
    """Raise DomainError for a port at which no MySQL is: others would answer to whoever writes to them."""
    if port != MYSQL_PORT and not 1024 <= port <= 65535:
        raise DomainError(
            gettext("Port %(port)s is not called.", port=port),
            code="PORT_BLOCKED",
            field="port",
            cure=gettext("Give the port of MySQL, usually 3306."),
        )


@contextmanager
def connect(server: Server, allowed: tuple[str, ...]) -> Iterator["pymysql.connections.Connection[Any]"]:
    """A connection; raises DomainError and Unavailable with a cure. No password is ever in their words."""
    check_port(server.port)
    connection = pymysql.connect(
        host=server.host,
        port=server.port,
        user=server.user,
        password=server.password,
        database=server.database,
        charset="utf8mb4",
        conv={kind: encode for kind, encode in conversions.items() if not isinstance(kind, int)},
        local_infile=False,
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        write_timeout=CONNECT_SECONDS,
        max_allowed_packet=256 * 1024 * 1024,
        ssl=cast(Any, server.context()),
        defer_connect=True,
    )
    _open(connection, server, allowed)
    try:
        yield connection
    except pymysql.MySQLError as error:
        raise _failure(error) from None
    except (OSError, ssl.SSLError) as error:
        raise _lost(type(error).__name__) from None
    finally:
        if connection.open:
            cast(Any, connection)._force_close()  # without waiting for what is still to come


def _open(connection: "pymysql.connections.Connection[Any]", server: Server, allowed: tuple[str, ...]) -> None:
    try:
        sock = open_socket(server.host, server.port, CONNECT_SECONDS, allowed, web=False)
    except BlockedAddress:
        raise DomainError(
            gettext("This host is not on the public internet."),
            code="ADDRESS_BLOCKED",
            field="host",
            cure=gettext("Upload a dump, or ask whoever runs this app to allow the host."),
        ) from None
    except (OSError, UnicodeError) as error:
        raise _lost(type(error).__name__) from None
    try:
        connection.connect(sock)
        if server.tls != "off" and not cast(Any, connection)._secure:
            raise _no_tls()
    except pymysql.MySQLError as error:
        sock.close()
        raise _failure(error) from None
    except (OSError, ssl.SSLError, IndexError, ValueError) as error:
        sock.close()
        raise _lost(type(error).__name__) from None


def _lost(what: str) -> Unavailable:
    return Unavailable(
        gettext("The server did not answer as a MySQL server does (%(what)s).", what=what),
        code="SERVER_UNREACHABLE",
        cure=gettext("Check host, port and encryption, and that the server lets this app in."),
        field="host",
    )


def _no_tls() -> DomainError:
    return DomainError(
        gettext("The server offers no encryption."),
        code="NO_TLS",
        field="tls",
        cure=gettext("Have it set up, or upload a dump: without encryption others could read the password."),
    )


def _failure(error: pymysql.MySQLError) -> DomainError:
    """What the server refused, by its number alone: its words repeat names."""
    number = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    if "SSL is required" in str(error):
        return _no_tls()
    if number in (1044, 1045, 1049, 1142, 1698):
        return DomainError(
            gettext("The server refused this user, password or database (error %(number)s).", number=number),
            code="SERVER_REFUSED",
            field="user",
            cure=gettext("Check them. A user that may only SELECT is enough."),
        )
    return Unavailable(
        gettext("The server answered with error %(number)s.", number=number),
        code="SERVER_FAILED",
        cure=gettext("Try again. If it stays like this, upload a dump."),
    )


class ServerSource:
    """Reads through an open connection. The snapshot begins with the first question."""

    def __init__(self, connection: "pymysql.connections.Connection[Any]", database: str) -> None:
        self._connection, self._database = connection, database
        self.progress = ReadProgress()
        self._has_snapshot, self._size = False, 0

    def _begin(self) -> None:
        if self._has_snapshot:
            return
        self._has_snapshot = True
        with self._connection.cursor() as cursor:
            cursor.execute("set session transaction isolation level repeatable read")
            cursor.execute("set session net_write_timeout = 600")
            cursor.execute("start transaction with consistent snapshot, read only")

    def tables(self) -> Mapping[tuple[str, str], Sequence[str]]:
        """The tables of the database."""
        self._begin()
        tables: dict[tuple[str, str], list[str]] = {}
        with self._connection.cursor() as cursor:
            cursor.execute(_COLUMNS, (self._database,))
            for table, column in cursor.fetchall():
                tables.setdefault((self._database, str(table)), []).append(str(column))
        return tables

    def rows(self, installation: Installation) -> Iterator[SourceRow]:
        """The rows of the installation, metas before posts."""
        self._begin()
        counts = {key: self._count(table, key) for key, table in installation.tables.items()}
        self.progress.total = sum(counts.values())
        self._note_engines({table.name for table in installation.tables.values()})
        for key in sorted(installation.tables, key=lambda key: key == "posts"):
            yield from self._rows_of(key, installation.tables[key])

    def _note_engines(self, names: set[str]) -> None:
        with self._connection.cursor() as cursor:
            cursor.execute(_ENGINES, (self._database,))
            if any(str(name) in names for (name,) in cursor.fetchall()):
                self.progress.notes.append(NO_SNAPSHOT)

    def _count(self, table: FoundTable, key: str) -> int:
        with self._connection.cursor() as cursor:
            cursor.execute(f"select count(*) from {_quoted(table.name)}{_condition(key, table)}")  # noqa: S608
            row = cursor.fetchone()
        return int(row[0]) if row else 0

    def _rows_of(self, key: str, table: FoundTable) -> Iterator[SourceRow]:
        columns = _columns_read(key, table)
        listed = ", ".join(map(_quoted, columns))
        with self._streaming() as cursor:
            cursor.execute(f"select {listed} from {_quoted(table.name)}{_condition(key, table)}")  # noqa: S608
            while rows := cursor.fetchmany(AT_ONCE):
                for row in rows:
                    texts = [_text(value) for value in row]
                    self._count_row(texts)
                    yield SourceRow(key, dict(zip(columns, texts, strict=True)))

    def _count_row(self, texts: Sequence[str | None]) -> None:
        """Raises DomainError once more was read than an installation has."""
        self.progress.done += 1
        self._size += sum(len(text) for text in texts if text)
        if self._size > MOST_READ:
            raise DomainError(
                gettext("The server sends more than %(most)s GB.", most=MOST_READ // GIGABYTE),
                code="TOO_LARGE",
                cure=gettext("Move it in on the server, by the command legacy-import."),
            )

    @contextmanager
    def _streaming(self) -> Iterator[Any]:
        """A cursor that holds a few rows. One that is left early closes the connection: else it would read the rest."""
        cursor: Any = self._connection.cursor(SSCursor)
        try:
            yield cursor
        except BaseException:
            cast(Any, self._connection)._force_close()
            cursor._result = cursor.connection = None
            raise
        cursor.close()


def _columns_read(key: str, table: FoundTable) -> list[str]:
    """All columns; of people only who they are."""
    return list(table.mapping.values()) if key == "users" else list(table.columns)


def _condition(key: str, table: FoundTable) -> str:
    """Which rows of WordPress's own tables are read. The names come from the server, and are quoted."""
    name = table.mapping.get("name")
    if key == "postmeta" and name:
        return f" where {_quoted(name)} like 'igny8\\_%' or {_quoted(name)} like '\\_igny8\\_%'"
    if key == "options" and name:
        return (
            f" where {_quoted(name)} like 'igny8\\_%' or {_quoted(name)} like '\\_igny8\\_%'"
            f" or {_quoted(name)} in ('cron', 'siteurl', 'active_plugins')"
        )
    kind, status = table.mapping.get("type"), table.mapping.get("status")
    if key == "posts" and kind and status:
        types, without = (", ".join(f"'{word}'" for word in sorted(words)) for words in (POST_TYPES, NO_POSTS))
        return f" where {_quoted(kind)} in ({types}) and {_quoted(status)} not in ({without})"
    return ""


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _text(value: Any) -> str | None:
    if isinstance(value, bytes):
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            return value.decode("cp1252", "replace")
    return None if value is None else str(value)
