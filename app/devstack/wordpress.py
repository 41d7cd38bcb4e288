"""A real WordPress on this machine, from Debian's packages: for trying things out and for tests.

wordpress = LocalWordPress(Path("instance/wordpress"), port=8081)
if (missing := wordpress.available()) is None:
    wordpress.start()
    wordpress.connect(connection_key)
"""

import fcntl
import os
import secrets
import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from app.config import ROOT, stored_secret
from app.devstack.processes import end_leftover, free_port, is_port_free, spawn_group, stop_group, wait_until
from app.devstack.wordpress_database import DATABASE, PROGRAMS, USER, PrivateMariaDB, find_program

CORE = Path("/usr/share/wordpress")
FILES = Path(__file__).parent / "wordpress_files"
COMMAND = FILES / "command.php"
PLUGINS = ROOT / "wordpress-plugin"
PHP_EXTENSIONS = ("mysqli", "curl", "gd", "dom", "mbstring", "intl", "zip")
SALTS = ("AUTH", "SECURE_AUTH", "LOGGED_IN", "NONCE")


class LocalWordPress:
    """WordPress, its MariaDB and PHP's built-in server under one folder, for this machine's user alone.

    The people `admin` and `editor` have passwords of their own (`password_of`). Plugins and themes are changed in
    wp-admin only when `may_change_files`: with that, who signs in runs code as this user.

    ``core`` is the folder that WordPress is copied from, ``php`` the program that runs it. ``port=None`` picks a free
    port once and keeps it. The servers end with the thread that started them.
    """

    def __init__(
        self,
        root: Path,
        port: int | None = None,
        *,
        title: str = "IGNY8 local",
        timezone: str = "America/New_York",
        cron: bool = True,
        workers: int = 4,
        core: Path = CORE,
        php: str = "php",
        may_change_files: bool = False,
    ) -> None:
        self.root = root.resolve()
        self._may_change_files = may_change_files
        self._source = core
        self._program = php
        self.title = title
        self.timezone = timezone
        self.cron = cron
        self.workers = workers
        self.database = PrivateMariaDB(self.root)
        self.core = self.root / "core"
        self._wanted_port = port
        self._port = port or 0
        self._pid_file = self.root / "php.pid"
        self._child: subprocess.Popen[bytes] | None = None
        self._lock: IO[str] | None = None

    @property
    def url(self) -> str:
        """The site's address, without a slash at the end."""
        return f"http://127.0.0.1:{self._port}"

    def password_of(self, name: str) -> str:
        """The password of `admin` or `editor`, made on first use and readable by this user alone."""
        return stored_secret(self.root, f"{name}-password", lambda: secrets.token_urlsafe(16))

    @property
    def debug_log(self) -> Path:
        """Where PHP notices and errors are written."""
        return self.root / "debug.log"

    @property
    def uploads(self) -> Path:
        """The folder of uploaded media."""
        return self.core / "wp-content" / "uploads"

    @property
    def mu_plugins(self) -> Path:
        """The folder of plugins that WordPress always loads."""
        return self.core / "wp-content" / "mu-plugins"

    def available(self) -> str | None:
        """Return None, or a sentence that says which Debian packages are missing."""
        programs = [name for name in (self._program, *PROGRAMS) if find_program(name) is None]
        core = [] if (self._source / "wp-settings.php").exists() else [f"WordPress in {self._source}"]
        extensions = [] if self._program in programs else self._missing_extensions()
        missing = programs + core + extensions
        if not missing:
            return None
        names = ", ".join(missing)
        return f"The local WordPress needs {names}: install the packages listed in debian-packages.txt."

    def start(
        self,
        prefix: str = "wp_",
        environment: str = "local",
        debug: bool = True,
        plugins: Sequence[str] = ("igny8",),
    ) -> None:
        """Start MariaDB and PHP, installing WordPress on the first start; returns when the site answers.

        Raises RuntimeError when a server does not come up, the port is taken, or another process uses ``root``.
        """
        if missing := self.available():
            raise RuntimeError(missing)
        self._take_root()
        try:
            end_leftover(self._pid_file, str(self.root))
            self._choose_port()
            self.database.start()
            self._copy_core()
            self._write_config(prefix, environment, debug)
            self._link_plugins(plugins)
            self.install(plugins)
            self._serve()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop both servers; the data stays."""
        stop_group(self._child, self._pid_file)
        self._child = None
        self.database.stop()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def restart_php(self) -> None:
        """Start PHP's server anew: after a crash it has fewer workers, or none."""
        stop_group(self._child, self._pid_file)
        self._serve()

    def install(self, plugins: Sequence[str] = ("igny8",)) -> None:
        """Install WordPress where it is not, replace passwords that everybody knows, and activate the plugins."""
        passwords = {f"IGNY8_PASSWORD_OF_{name.upper()}": self.password_of(name) for name in ("admin", "editor")}
        self.run_php("install.php", self.title, self.timezone, *plugins, env=passwords)

    def run_php(self, script: str | Path, *args: str, env: Mapping[str, str] | None = None) -> str:
        """Run a script inside the loaded WordPress and return what it prints.

        ``script`` is a path, the name of a file in ``wordpress_files``, or PHP code starting with ``<?php``;
        it finds its arguments in ``$args``, which other users of the machine see, unlike ``env``.
        Raises RuntimeError when PHP fails.
        """
        if isinstance(script, str) and not script.startswith("<?php"):
            script = FILES / script
        inline = script if isinstance(script, str) else ""
        arguments = [str(self.core), self.url, "-" if inline else str(script), *args]
        result = self._run_command(arguments, {**(env or {}), "IGNY8_INLINE_PHP": inline})
        if result.returncode:
            raise RuntimeError(f"PHP failed ({result.returncode}): {(result.stdout + result.stderr)[-3000:]}")
        return result.stdout

    def _run_command(self, arguments: list[str], env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        """Run command.php with these arguments to its end."""
        # A process of its own takes what is compiled from its files, and has nobody to share memory with.
        command = [*self._php(), "-d", "opcache.file_cache_only=1", str(COMMAND), *arguments]
        environment = {**os.environ, **env}
        return subprocess.run(command, capture_output=True, text=True, env=environment, stdin=subprocess.DEVNULL)

    def connect(self, connection_key: str) -> str:
        """Do what pasting the connection key in the plugin's settings does; returns the plugin's sentence.

        Raises RuntimeError when the plugin refuses the key. An app that does not answer is no error: the
        pairing is completed by its first signed request.
        """
        return self.run_php("connect.php", connection_key).strip()

    def sql(self, query: str) -> list[dict[str, str | None]]:
        """Run SQL on the site's database and return the rows as text."""
        return self.database.query(query)

    def _take_root(self) -> None:
        self.root.mkdir(parents=True, exist_ok=True)
        self.root.chmod(0o700)
        self._lock = (self.root / "lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.close()
            self._lock = None
            raise RuntimeError(f"Another process runs the local WordPress in {self.root}.") from None

    def _choose_port(self) -> None:
        remembered = self.root / "port"
        port = self._wanted_port or (int(remembered.read_text()) if remembered.exists() else 0)
        if self._wanted_port and not is_port_free(port):
            raise RuntimeError(f"Port {port} is taken: set WORDPRESS_PORT to another one.")
        self._port = port if port and is_port_free(port) else free_port()
        remembered.write_text(str(self._port))

    def _missing_extensions(self) -> list[str]:
        result = subprocess.run([self._program, "-m"], capture_output=True, text=True)
        loaded = result.stdout.lower().split()
        return [f"PHP's {name} extension" for name in PHP_EXTENSIONS if name not in loaded]

    def _copy_core(self) -> None:
        if (self.core / "wp-settings.php").exists():
            return
        unfinished = self.root / "core.partial"
        shutil.rmtree(unfinished, ignore_errors=True)
        # Debian links libraries of others by relative links, which copytree takes for dangling ones.
        subprocess.run(["cp", "-rL", str(self._source), str(unfinished)], check=True, stdin=subprocess.DEVNULL)
        unfinished.rename(self.core)

    def _write_config(self, prefix: str, environment: str, debug: bool) -> None:
        values = {
            "DB_NAME": DATABASE,
            "DB_USER": USER,
            "DB_PASSWORD": self.database.password,
            "DB_HOST": f"localhost:{self.database.socket}",
            "TABLE_PREFIX": prefix,
            "ENVIRONMENT": environment,
            "DEBUG": "1" if debug else "",
            "DEBUG_LOG": str(self.debug_log),
            "DISABLE_CRON": "" if self.cron else "1",
            "FILES_STAY": "" if self._may_change_files else "1",
            "URL": self.url,
            "SECRET": self._secret(),
        }
        text = (FILES / "wp-config.php.txt").read_text()
        for name, value in values.items():
            text = text.replace(f"%{name}%", value.replace("\\", "\\\\").replace("'", "\\'"))
        target = self.core / "wp-config.php"
        target.unlink(missing_ok=True)
        target.touch(mode=0o600)
        target.write_text(text)

    def _secret(self) -> str:
        path = self.root / "secret"
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(secrets.token_hex(32))
        return path.read_text()

    def _link_plugins(self, plugins: Sequence[str]) -> None:
        self.mu_plugins.mkdir(exist_ok=True)
        shutil.copyfile(FILES / "igny8-local.php", self.mu_plugins / "igny8-local.php")
        for name in plugins:
            target = self.core / "wp-content" / "plugins" / name
            if (PLUGINS / name).is_dir() and not target.is_symlink():
                target.symlink_to(PLUGINS / name)

    def _php(self) -> list[str]:
        settings = {
            "memory_limit": "256M",
            "upload_max_filesize": "64M",
            "post_max_size": "64M",
            "display_errors": "stderr",
            "opcache.enable_cli": "1",
            "opcache.revalidate_freq": "0",
            "opcache.file_cache": str(self._opcode_folder()),
            "opcache.file_cache_consistency_checks": "0",  # nobody else writes there
            "sys_temp_dir": str(self.root),
        }
        return [self._program, *(part for name, value in settings.items() for part in ("-d", f"{name}={value}"))]

    def _opcode_folder(self) -> Path:
        folder = self.root / "opcache"
        folder.mkdir(exist_ok=True)
        return folder

    def _serve(self) -> None:
        log = self.root / "php.log"
        address = f"127.0.0.1:{self._port}"
        environment = {**os.environ, "PHP_CLI_SERVER_WORKERS": str(self.workers)}
        command = [*self._php(), "-S", address, "-t", str(self.core), str(FILES / "router.php")]
        self._child = spawn_group(command, log=log, pid_file=self._pid_file, env=environment)
        wait_until(self._answers, seconds=30, child=self._child, log=log)

    def _answers(self) -> bool:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(f"{self.url}/?rest_route=/", timeout=20) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False
