"""The local WordPress itself: quick to start again, nothing left when its owner is killed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from app.core.local.wordpress import LocalWordPress

OWNER = """
import sys, time
from pathlib import Path
from app.core.local.wordpress import LocalWordPress
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
        assert len(os.fsencode(local.database.socket)) < 100
        assert "igny8-content" not in requests.get(url, timeout=20).text
    finally:
        local.stop()
    wait_for_none(root)


def test_a_taken_port_is_told_in_a_sentence(tmp_path: Path, wordpress: LocalWordPress) -> None:
    port = int(wordpress.url.rsplit(":", 1)[1])
    with pytest.raises(RuntimeError, match=f"Port {port} is taken"):
        LocalWordPress(tmp_path, port).start()


def test_scripts_get_their_arguments_and_their_failures_are_told(wordpress: LocalWordPress) -> None:
    assert wordpress.run_php("<?php echo get_bloginfo( 'name' ), '|', $args[0];", "a 'b' \"c\"") == (
        "Test &amp; site|a 'b' \"c\""
    )
    with pytest.raises(RuntimeError, match="not there"):
        wordpress.run_php("<?php fwrite( STDERR, 'not there' ); exit( 3 );")


def test_the_admin_has_all_its_scripts(wordpress: LocalWordPress) -> None:
    for script in ("underscore.min.js", "jquery/jquery.min.js", "dist/block-editor.min.js"):
        assert (wordpress.core / "wp-includes" / "js" / script).is_file()
