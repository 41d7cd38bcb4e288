"""The local WordPress itself: quick to start again, nothing left when its owner is killed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from app.devstack.wordpress import LocalWordPress

OWNER = """
import sys, time
from pathlib import Path
from app.devstack.wordpress import LocalWordPress
local = LocalWordPress(Path(sys.argv[1]))
local.start()
print(local.url, flush=True)
time.sleep(600)
"""


def processes_of(root: Path) -> list[str]:
    found = []
    for folder in Path("/proc").iterdir():
        try:
            line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode() if folder.name.isdigit() else ""
        except OSError:
            continue
        if str(root) in line and str(os.getpid()) != folder.name:
            found.append(line)
    return found


def wait_for_none(root: Path) -> None:
    deadline = time.monotonic() + 15
    while processes_of(root) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert processes_of(root) == []


def test_killing_the_owner_leaves_no_process_and_the_next_start_keeps_the_data(tmp_path: Path) -> None:
    root = tmp_path / ("a-folder-with-a-long-name-" * 4)
    owner = subprocess.Popen([sys.executable, "-c", OWNER, str(root)], stdout=subprocess.PIPE, text=True)
    assert owner.stdout
    url = owner.stdout.readline().strip()
    assert requests.get(url, timeout=20).status_code == 200
    local = LocalWordPress(root)
    with pytest.raises(RuntimeError, match="Another process"):
        local.start()
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    owner.stdout.close()
    began = time.monotonic()
    local.start()
    try:
        assert time.monotonic() - began < 15
        assert local.url == url
        assert local.sql("SELECT user_login FROM wp_users ORDER BY ID") == [
            {"user_login": "admin"},
            {"user_login": "editor"},
        ]
        assert local.run_php("<?php echo (int) DISALLOW_FILE_MODS, (int) DISALLOW_FILE_EDIT;") == "11"
        assert len(os.fsencode(local.database.socket)) < 100
        assert "igny8-content" not in requests.get(url, timeout=20).text
    finally:
        local.stop()
    wait_for_none(root)


def test_a_taken_port_is_told_in_a_sentence(tmp_path: Path, wordpress: LocalWordPress) -> None:
    port = int(wordpress.url.rsplit(":", 1)[1])
    with pytest.raises(RuntimeError, match=f"Port {port} is taken"):
        LocalWordPress(tmp_path, port).start()


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:{}", 200),
        ("localhost:{}", 301),
        ("evil.example", 421),
        ("evil.example:{}", 421),
        ("127.0.0.1", 421),
        ("127.0.0.1.evil.example:{}", 421),
    ],
)
def test_a_name_of_somebody_elses_leads_nowhere(wordpress: LocalWordPress, host: str, status: int) -> None:
    headers = {"Host": host.format(wordpress.url.rsplit(":", 1)[1])}
    for path in ("/", "/wp-login.php", "/readme.html"):
        answer = requests.get(wordpress.url + path, headers=headers, timeout=20, allow_redirects=False)
        assert (answer.status_code == 421) == (status == 421), path


def test_passwords_that_everybody_knows_are_replaced_at_the_next_start(wordpress: LocalWordPress) -> None:
    fits = "<?php echo (int) wp_check_password( $args[1], get_user_by( 'login', $args[0] )->user_pass );"
    wordpress.run_php("<?php wp_set_password( 'admin', 1 ); wp_set_password( 'a choice of mine', 2 );")
    wordpress.install()
    assert wordpress.run_php(fits, "admin", "admin") == "0"
    assert wordpress.run_php(fits, "admin", wordpress.password_of("admin")) == "1"
    assert wordpress.run_php(fits, "editor", "a choice of mine") == "1"
    wordpress.run_php("<?php wp_set_password( 'editor', 2 );")
    wordpress.install()
    assert wordpress.run_php(fits, "editor", wordpress.password_of("editor")) == "1"
    for name in ("admin", "editor"):
        assert len(wordpress.password_of(name)) >= 20
        assert (wordpress.root / f"{name}-password").stat().st_mode & 0o077 == 0


def test_scripts_get_their_arguments_and_their_failures_are_told(wordpress: LocalWordPress) -> None:
    assert wordpress.run_php("<?php echo get_bloginfo( 'name' ), '|', $args[0];", "a 'b' \"c\"") == (
        "Test &amp; site|a 'b' \"c\""
    )
    with pytest.raises(RuntimeError, match="not there"):
        wordpress.run_php("<?php file_put_contents( 'php://stderr', 'not there' ); exit( 3 );")


def test_the_admin_has_all_its_scripts(wordpress: LocalWordPress) -> None:
    for script in ("underscore.min.js", "jquery/jquery.min.js", "dist/block-editor.min.js"):
        assert (wordpress.core / "wp-includes" / "js" / script).is_file()
