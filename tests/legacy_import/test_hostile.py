"""Files and values that are damaged or meant to do harm cost no more than their row, or are refused with a reason."""

import gzip
import io
import tracemalloc
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from app.core.extensions import db
from app.legacy_import import server_source
from app.legacy_import.dumps.files import DumpError, DumpFile
from app.legacy_import.dumps.reader import DumpReader
from app.legacy_import.models import LegacyRow
from app.legacy_import.php_values import stored_value
from app.legacy_import.refusals import RowRefused
from app.legacy_import.secrets_left_out import value_without_secrets
from app.legacy_import.server_source import ServerSource, connect
from tests.factories.old_plugin import OldServer, as_dump, inserts
from tests.legacy_import.conftest import Moving
from tests.legacy_import.test_server_source import ALLOWED, at, everything

MEGABYTE = 1024 * 1024
HOSTILE_PHP = [
    "a:1:{a:0:{}i:1;}",
    "a:1:{i:0;a:1:{a:0:{}N;}}",
    's:999999999999999999999:"a";',
    "a:2000000000:{i:0;i:1;}",
    "a:1:{i:0;" * 5000,
    f"i:{'9' * 5000};",
    'O:8:"stdClass":0:{}',
    'a:1:{i:0;C:3:"Foo":2:{ab}}',
    'a:1:{i:0;E:3:"A:b";}',
    "a:1:{i:0;R:1;}",
    's:3:"ab',
    "N;x",
]


@pytest.mark.parametrize("text", HOSTILE_PHP)
def test_a_serialised_value_that_is_cut_or_hostile_is_refused(text: str) -> None:
    with pytest.raises(RowRefused) as refused:
        stored_value(text, "settings")
    assert refused.value.reason in ("php_cut", "php_object")


def test_such_values_cost_their_rows_alone(moving: Moving) -> None:
    metas = [(7000 + number, 101, f"_igny8_bad_{number}", text) for number, text in enumerate(HOSTILE_PHP)]
    settings = [(80 + number, f"bad_{number}", text) for number, text in enumerate(HOSTILE_PHP)]
    more = "".join([*inserts("wp_postmeta", metas), *inserts("wp_igny8_settings", settings)])
    legacy = moving.move(moving.read(as_dump(more=more)))
    assert legacy.report["tables"]["postmeta"]["quarantined"] == len(HOSTILE_PHP)
    assert legacy.report["tables"]["settings"]["quarantined"] == 0
    assert all(table["is_whole"] for table in legacy.report["tables"].values())


def test_half_a_character_pair_in_json_can_be_stored(moving: Moving) -> None:
    value = r'{"api_key": "verysecret", "name": "\ud800", "nothing": "\u0000"}'
    cleaned = value_without_secrets("options", value)
    assert cleaned is not None
    assert "verysecret" not in cleaned
    task = (90, "Task", *[None] * 3, "post", "", "", *[None] * 3, r'{"content": "<p>\ud800\u0000</p>"}', "done")
    more = "".join(inserts("wp_igny8_settings", [(90, "options", value)]))
    more += "".join(inserts("wp_igny8_tasks", [(*task, *[None] * 4)]))
    legacy = moving.read(as_dump(more=more))
    assert moving.run_of(legacy).state == "succeeded"
    legacy = moving.move(legacy)
    stmt = select(LegacyRow.reason).where(LegacyRow.source_table == "tasks", LegacyRow.old_key == "90")
    assert db.session.scalar(stmt) == "no_cluster"


def test_what_unpacks_to_far_more_than_a_dump_is_refused_early() -> None:
    bomb = gzip.compress(b"-- x\n" * (40 * MEGABYTE))
    file = DumpFile(io.BytesIO(bomb), len(bomb), None)
    with pytest.raises(DumpError) as refused:
        list(DumpReader(file, lambda table: True).rows())
    assert refused.value.details["position"] < 70 * MEGABYTE


class LongDump(io.RawIOBase):
    """A dump of so many rows of 100 KB, made as it is read."""

    def __init__(self, rows: int) -> None:
        self._parts = self._made(rows)
        self._rest = b""

    @staticmethod
    def _made(rows: int) -> Iterator[bytes]:
        yield b"CREATE TABLE t (a int, b text);\nINSERT INTO t VALUES (0,'')"
        for number in range(rows):
            yield b",(%d,'" % number + b"it\\'s" * 100 + b"x" * 99_500 + b"')"
        yield b";\n"

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, place: int, whence: int = 0) -> int:
        """Only to the beginning, where the first bytes are looked at."""
        return 0

    def read(self, size: int = -1) -> bytes:
        if size == 4:
            return b"CREA"
        while len(self._rest) < size and (part := next(self._parts, b"")):
            self._rest += part
        data, self._rest = self._rest[:size], self._rest[size:]
        return data


def test_a_long_dump_is_read_in_memory_that_does_not_grow() -> None:
    def peak(rows: int) -> int:
        tracemalloc.start()
        reader = DumpReader(DumpFile(LongDump(rows), 0, None), lambda table: True)
        count = sum(1 for _row in reader.rows())
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert count == rows + 1
        return found

    small, large = peak(50), peak(1000)
    assert large < small + 2 * MEGABYTE
    assert large < 12 * MEGABYTE


def test_a_server_that_never_ends_is_left(
    moving: Moving, old_server: OldServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_source, "MOST_READ", 500)
    with pytest.raises(server_source.DomainError) as refused, connect(at(old_server), ALLOWED) as connection:
        everything(ServerSource(connection, "wordpress"))
    assert refused.value.code == "TOO_LARGE"
