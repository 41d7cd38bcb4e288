"""An old installation of the plugin, as docs/legacy-schema.md assumes it: in a real MariaDB, and as a dump."""

import random
import socket
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.core.clock import utcnow
from app.core.extensions import db
from app.devstack.processes import spawn_group, wait_until
from app.devstack.wordpress_database import DATABASE, PrivateMariaDB, find_program
from app.legacy_import.models import LegacyImport, LegacyRow
from app.sites.models import Site

READER, READER_PASSWORD = "reader", "only reads"
AT_ONCE = 500
SCHEMA = """
CREATE TABLE `{p}igny8_clusters` (
  `id` bigint(20) unsigned NOT NULL AUTO_INCREMENT, `cluster_name` varchar(255) NOT NULL, `description` text,
  `sector_id` bigint(20) unsigned DEFAULT NULL, `status` varchar(50) DEFAULT 'active',
  `keyword_count` int(11) DEFAULT 0, `created_at` datetime DEFAULT CURRENT_TIMESTAMP, PRIMARY KEY (`id`),
  KEY `status` (`status`)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE `{p}igny8_keywords` (
  `id` bigint(20) unsigned NOT NULL AUTO_INCREMENT, `keyword` varchar(255) NOT NULL,
  `search_volume` bigint(20) unsigned,
  `difficulty` int(11), `cpc` decimal(10,2), `intent` varchar(100), `cluster_id` bigint(20) unsigned,
  `sector_id` bigint(20) unsigned, `status` varchar(50), `created_at` datetime, `updated_at` datetime,
  PRIMARY KEY (`id`))
  ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE `{p}igny8_content_ideas` (
  `id` bigint(20) unsigned NOT NULL AUTO_INCREMENT, `idea_title` varchar(255) NOT NULL, `idea_description` longtext,
  `content_structure` varchar(50), `content_type` varchar(50), `keyword_cluster_id` bigint(20) unsigned,
  `target_keywords` text, `status` varchar(50), `created_at` datetime, PRIMARY KEY (`id`))
  ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE `{p}igny8_tasks` (
  `id` bigint(20) unsigned NOT NULL AUTO_INCREMENT, `title` varchar(255) NOT NULL, `description` text,
  `cluster_id` bigint(20) unsigned, `idea_id` bigint(20) unsigned, `task_type` varchar(50),
  `content_structure` varchar(50),
  `keywords` text, `ai_model` varchar(100), `prompt` longtext, `raw_ai_response` longtext, `result` longtext,
  `status` varchar(50), `assigned_post_id` bigint(20) unsigned, `user_id` bigint(20) unsigned, `created_at` datetime,
  `updated_at` datetime, PRIMARY KEY (`id`)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE `{p}igny8_logs` (
  `id` bigint(20) unsigned NOT NULL AUTO_INCREMENT, `level` varchar(20), `message` text, `context` longtext,
  `created_at` datetime, PRIMARY KEY (`id`)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE `{p}igny8_settings` (
  `id` bigint(20) unsigned NOT NULL AUTO_INCREMENT, `setting_key` varchar(191), `setting_value` longtext,
  PRIMARY KEY (`id`))
  ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE `{p}options` (
  `option_id` bigint(20) unsigned NOT NULL AUTO_INCREMENT, `option_name` varchar(191) NOT NULL DEFAULT '',
  `option_value` longtext NOT NULL, `autoload` varchar(20) NOT NULL DEFAULT 'yes', PRIMARY KEY (`option_id`))
  ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE `{p}postmeta` (
  `meta_id` bigint(20) unsigned NOT NULL AUTO_INCREMENT, `post_id` bigint(20) unsigned NOT NULL DEFAULT 0,
  `meta_key` varchar(255), `meta_value` longtext, PRIMARY KEY (`meta_id`), KEY `post_id` (`post_id`))
  ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE `{p}posts` (
  `ID` bigint(20) unsigned NOT NULL AUTO_INCREMENT, `post_author` bigint(20) unsigned NOT NULL DEFAULT 0,
  `post_date` datetime NOT NULL DEFAULT '0000-00-00 00:00:00',
  `post_date_gmt` datetime NOT NULL DEFAULT '0000-00-00 00:00:00',
  `post_content` longtext NOT NULL, `post_title` text NOT NULL, `post_excerpt` text NOT NULL,
  `post_status` varchar(20) NOT NULL DEFAULT 'publish', `post_name` varchar(200) NOT NULL DEFAULT '',
  `post_modified_gmt` datetime NOT NULL DEFAULT '0000-00-00 00:00:00',
  `post_parent` bigint(20) unsigned NOT NULL DEFAULT 0,
  `guid` varchar(255) NOT NULL DEFAULT '', `post_type` varchar(20) NOT NULL DEFAULT 'post', PRIMARY KEY (`ID`))
  ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE `{p}users` (
  `ID` bigint(20) unsigned NOT NULL AUTO_INCREMENT, `user_login` varchar(60), `user_pass` varchar(255), `user_email`
  varchar(100), `display_name` varchar(250), PRIMARY KEY (`ID`)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
"""
CRON = 'a:2:{i:1700000000;a:1:{s:23:"igny8_auto_cluster_cron";a:0:{}}i:1700000001;a:1:{s:16:"wp_version_check";a:0:{}}}'
Cell = str | int | float | bytes | None


@dataclass(frozen=True)
class Size:
    """How many rows an installation has; each post has `metas` of the plugin."""

    clusters: int = 4
    keywords: int = 40
    ideas: int = 8
    tasks: int = 10
    posts: int = 6
    metas: int = 3
    logs: int = 3


def literal(value: Cell) -> str:
    """A value as SQL, escaped as mysqldump does it."""
    if value is None:
        return "NULL"
    if isinstance(value, bytes):
        return f"0x{value.hex()}" if value else "''"
    if not isinstance(value, str):
        return str(value)
    escaped = value.replace("\\", "\\\\").replace("'", "\\'").replace('"', '\\"')
    for char, letter in (("\0", "\\0"), ("\n", "\\n"), ("\r", "\\r"), ("\x1a", "\\Z")):
        escaped = escaped.replace(char, letter)
    return f"'{escaped}'"


def inserts(table: str, rows: Sequence[Sequence[Cell]], columns: str = "") -> Iterator[str]:
    """INSERT statements of some rows each."""
    listed = f" ({columns})" if columns else ""
    for start in range(0, len(rows), AT_ONCE):
        values = ",".join(f"({','.join(map(literal, row))})" for row in rows[start : start + AT_ONCE])
        yield f"INSERT INTO `{table}`{listed} VALUES {values};\n"


def statements(size: Size | None = None, prefix: str = "wp_", seed: int = 1) -> Iterator[str]:
    """The installation as SQL: its tables, then their rows."""
    size, dice = size or Size(), random.Random(seed)
    yield SCHEMA.format(p=prefix)
    for table, rows in _planner(size, dice) | _wordpress(size):
        yield from inserts(f"{prefix}{table}", rows)


class _Rows(list[tuple[str, list[Sequence[Cell]]]]):
    def __or__(self, other: "_Rows") -> "_Rows":
        return _Rows([*self, *other])


def _planner(size: Size, dice: random.Random) -> _Rows:
    made = "2024-05-06 07:08:09"
    intents = ("informational", "commercial", "transactional", "")
    structures = ("guide", "listicle", "review")
    clusters: list[Sequence[Cell]] = [
        (number, f"Topic {number}", f"About topic {number}", 3, "active", 9, made)
        for number in range(1, size.clusters + 1)
    ]
    keywords: list[Sequence[Cell]] = [
        (
            number,
            f"old keyword {number} für {dice.choice(('tea', 'coffee', 'cocoa'))}",
            dice.randrange(90_000),
            dice.randrange(100),
            dice.randrange(900) / 100,
            dice.choice(intents),
            1 + number % size.clusters if number % 7 else None,
            None,
            "mapped",
            made,
            "0000-00-00 00:00:00",
        )
        for number in range(1, size.keywords + 1)
    ]
    ideas: list[Sequence[Cell]] = [
        (
            number,
            f"Idea {number}: what's in a cup",
            "Line one\nline two",
            dice.choice(structures),
            "post",
            1 + number % size.clusters,
            f"keyword {number}, other",
            "new",
            made,
        )
        for number in range(1, size.ideas + 1)
    ]
    tasks: list[Sequence[Cell]] = [_task(number, size, made) for number in range(1, size.tasks + 1)]
    logs: list[Sequence[Cell]] = [(n, "info", f"Ran {n}", None, made) for n in range(1, size.logs + 1)]
    settings: list[Sequence[Cell]] = [
        (1, "openai_api_key", "sk-abcdefghijklmnopqrstuvwx"),
        (2, "language", "en"),
        (3, "image_settings", 'a:2:{s:7:"api_key";s:10:"verysecret";s:4:"size";s:4:"1024";}'),
    ]
    return _Rows(
        [
            ("igny8_clusters", clusters),
            ("igny8_keywords", keywords),
            ("igny8_content_ideas", ideas),
            ("igny8_tasks", tasks),
            ("igny8_logs", logs),
            ("igny8_settings", settings),
        ]
    )


def _task(number: int, size: Size, made: str) -> Sequence[Cell]:
    """Odd tasks are done: the first have posts, the others a text of their own."""
    is_done = number % 2 == 1
    post = 100 + number if is_done and number <= size.posts else None
    text = f"<h2>Text {number}</h2>\n<p>It's \\\\ here</p>" if is_done and post is None else None
    return (
        number,
        f"Task {number}",
        "",
        1 + number % size.clusters,
        number if number <= size.ideas else None,
        "blog_post",
        "tutorial",
        f'["keyword {number}"]',
        "gpt-4",
        "Write",
        None,
        text,
        "completed" if is_done else "pending",
        post,
        2,
        made,
        made,
    )


def _wordpress(size: Size) -> _Rows:
    posts: list[Sequence[Cell]] = [
        (
            100 + number,
            2,
            "2024-01-02 03:04:05",
            "2024-01-02 02:04:05" if number % 5 else "0000-00-00 00:00:00",
            f"<!-- wp:paragraph -->\n<p>Post {number} “quoted” 😀</p>\n<!-- /wp:paragraph -->",
            f"Post {number}",
            "",
            "publish" if number % 4 else "draft",
            f"post-{number}",
            "2024-01-02 02:04:05",
            0,
            f"https://old.example.com/?p={100 + number}",
            "page" if number % 6 == 0 else "post",
        )
        for number in range(1, size.posts + 1)
    ]
    at, url = "2024-01-02 03:04:05", "https://old.example.com/?p=9001"
    posts.append((9001, 7, at, at, "<p>Mine</p>", "Nobody's post", "", "publish", "mine", at, 0, url, "post"))
    names = ("_igny8_cluster_id", "_igny8_task_id", "_igny8_focus_keywords", "_igny8_meta_title")
    metas: list[Sequence[Cell]] = [(1, 9001, "_edit_lock", "1700000000:1")]
    for number in range(1, size.posts + 1):
        values = (
            1 + number % size.clusters,
            number,
            f'a:1:{{i:0;s:{len(f"focus {number}")}:"focus {number}";}}',
            f"SEO {number}",
        )
        for place in range(size.metas):
            name = names[place] if place < len(names) else f"_igny8_extra_{place}"
            value = values[place] if place < len(values) else f"value {place}"
            metas.append((len(metas) + 1, 100 + number, name, str(value)))
    options: list[Sequence[Cell]] = [
        (1, "siteurl", "https://old.example.com", "yes"),
        (2, "igny8_options", 'a:1:{s:10:"openai_key";s:8:"sk-12345";}', "yes"),
        (3, "cron", CRON, "yes"),
        (4, "active_plugins", 'a:1:{i:0;s:33:"igny8-ai-seo-wp-plugin/igny8.php_";}', "yes"),
        (5, "blogname", "Not read", "yes"),
    ]
    users: list[Sequence[Cell]] = [
        (2, "anna", "$P$Bsecretsecret", "anna@old.example.com", "Anna Old"),
        (7, "bert", "$P$Bothersecret", "bert@old.example.com", "Bert Other"),
    ]
    return _Rows([("options", options), ("postmeta", metas), ("posts", posts), ("users", users)])


def as_dump(size: Size | None = None, prefix: str = "wp_", more: str = "") -> bytes:
    """The installation as a dump of ours, with `more` statements before its end."""
    body = "".join(statements(size, prefix))
    head = "-- MariaDB dump 10.19\n/*!40101 SET NAMES utf8mb4 */;\n"
    return f"{head}{body}{more}\n-- Dump completed on 2026-11-30\n".encode()


def make_legacy_import(site: Site, name: str) -> LegacyImport:
    """An import of one keyword, which is in quarantine."""
    counts = {"rows": 1, "imported": 0, "merged": 0, "quarantined": 1, "records": 0, "differing": 0, "is_whole": True}
    facts = {
        "name": name,
        "mapping": {"id": "id"},
        "lacking": [],
        "besides": [],
        "rows": 1,
        "foreign": 0,
        "repeated": 0,
    }
    legacy = LegacyImport(
        account_id=site.account_id,
        site_id=site.id,
        source="dump",
        name=name,
        state="done",
        stamp=utcnow(),
        tables={"keywords": facts},
        report={"tables": {"keywords": counts}},
    )
    db.session.add(legacy)
    db.session.flush()
    place = {"account_id": site.account_id, "import_id": legacy.id, "source_table": "keywords", "old_key": "1"}
    db.session.add(
        LegacyRow(**place, raw={"id": "1", "keyword": name}, state="quarantined", reason="keyword", detail=name)
    )
    db.session.commit()
    return legacy


class OldServer(PrivateMariaDB):
    """A real MariaDB that answers at a port of this machine, with a user that may only read."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", 0))
            self.port = sock.getsockname()[1]

    def _run_server(self) -> None:
        temporary = self._temporary()
        program = find_program("mariadbd")
        assert program
        command = [program, "--no-defaults", f"--datadir={self.data}", f"--socket={self.socket}"]
        command += ["--bind-address=127.0.0.1", f"--port={self.port}", f"--pid-file={self.data}/mariadbd.pid"]
        command += [f"--tmpdir={temporary}", "--skip-name-resolve", "--performance-schema=OFF"]
        command += ["--innodb-buffer-pool-size=64M", "--innodb-flush-log-at-trx-commit=0", "--sql-mode="]
        command += ["--character-set-server=utf8mb4", "--max-allowed-packet=64M"]
        self._child = spawn_group(command + self._as_user(), log=self._log, pid_file=self._pid_file)
        wait_until(self._answers, seconds=60, child=self._child, log=self._log)

    def _create_database(self) -> None:
        program = find_program("mariadb")
        assert program
        account = f"'{READER}'@'127.0.0.1'"
        sql = f"CREATE USER {account} IDENTIFIED BY '{READER_PASSWORD}'; GRANT SELECT ON {DATABASE}.* TO {account};"
        command = [program, "--no-defaults", f"--socket={self.socket}", "--user=root"]
        subprocess.run(command, input=sql.encode(), check=True)
        super()._create_database()

    def run(self, sql: str) -> None:
        """Run statements, which give no rows."""
        self.query(f"set names utf8mb4; set foreign_key_checks = 0; {sql}")

    def clear(self) -> None:
        """Drop all tables."""
        tables = self.query(
            f"select table_name as name from information_schema.tables where table_schema = '{DATABASE}'"
        )
        if tables:
            self.run(f"drop table {', '.join('`' + str(row['name']) + '`' for row in tables)};")

    def fill(self, size: Size | None = None, prefix: str = "wp_", more: str = "") -> None:
        """Make the installation, with `more` statements after it."""
        self.clear()
        self.run("".join(statements(size, prefix)) + more)

    def dump(self, *options: str) -> bytes:
        """The database as the real mariadb-dump writes it."""
        program = find_program("mariadb-dump")
        assert program
        command = [
            program,
            "--no-defaults",
            f"--socket={self.socket}",
            "--user=wordpress",
            f"--password={self.password}",
        ]
        command += ["--single-transaction", "--default-character-set=utf8mb4", *options, DATABASE]
        return subprocess.run(command, capture_output=True, check=True).stdout
