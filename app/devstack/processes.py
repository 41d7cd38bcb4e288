"""Child processes of this machine: they die with their parent, and leftovers are recognised."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from app.core.parent_death import die_with


def free_port() -> int:
    """A loopback TCP port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_port_free(port: int, host: str = "127.0.0.1") -> bool:
    """True when a server could listen on `port` now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def spawn(
    command: Sequence[str], *, env: Mapping[str, str] | None = None, log: Path | None = None
) -> subprocess.Popen[bytes]:
    """Start `command` in a session of its own, so that Ctrl-C reaches only the supervisor, who stops it in order.

    The child gets SIGTERM when the calling *thread* ends, also by kill -9: start from a thread that lives on.
    Output goes to `log`, or through to the terminal.
    """
    parent = os.getpid()
    output = log.open("ab") if log else None
    try:
        return subprocess.Popen(
            command,
            env=None if env is None else dict(env),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=lambda: die_with(parent, signal.SIGTERM),
        )
    finally:
        if output:
            output.close()


# PHP's workers do not notice that their master died, so a shell stays between and ends the whole group.
_KEEPER = 'trap "trap : TERM; kill -TERM 0" TERM; "$@" & wait $!; trap : TERM; kill -TERM 0; wait'


def spawn_group(
    command: Sequence[str], *, log: Path, pid_file: Path, env: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """As `spawn`, for a server with children of its own: all of them end with us. Its pid goes to `pid_file`."""
    child = spawn(["/bin/sh", "-c", _KEEPER, "igny8-keeper", *command], env=env, log=log)
    pid_file.write_text(str(child.pid))
    return child


def stop(process: subprocess.Popen[bytes], seconds: float = 10) -> None:
    """End a child politely, then firmly."""
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(5)


def wait_until(ready: Callable[[], bool], *, seconds: float, child: subprocess.Popen[bytes], log: Path) -> None:
    """Poll until ``ready()``; raise RuntimeError with the end of the log when the child ends or time is up."""
    deadline = time.monotonic() + seconds
    while not ready():
        if child.poll() is not None or time.monotonic() > deadline:
            tail = log.read_text(errors="replace")[-1500:] if log.exists() else ""
            raise RuntimeError(f"{child.args!r} did not come up within {seconds:.0f} s:\n{tail}")
        time.sleep(0.02)


def stop_group(child: subprocess.Popen[bytes] | None, pid_file: Path) -> None:
    """End a server and all it started, politely first (10 s), and forget its pid."""
    if child is not None:
        _end_group(child.pid, child)
    pid_file.unlink(missing_ok=True)


def end_leftover(pid_file: Path, mark: str) -> None:
    """End what an earlier owner left behind: the processes of its group with ``mark`` in their command line."""
    try:
        group = int(pid_file.read_text())
    except (OSError, ValueError):
        group = 0
    if group and _members(group, mark):
        _end_group(group, None)
    pid_file.unlink(missing_ok=True)


def kill_group(child: subprocess.Popen[bytes]) -> None:
    """End a server without warning, as a crash would."""
    _signal_group(child.pid, signal.SIGKILL)
    child.wait()


def _end_group(group: int, child: subprocess.Popen[bytes] | None) -> None:
    for sign, seconds in ((signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0)):
        _signal_group(group, sign)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if child is not None:
                child.poll()
            if not _members(group, ""):
                if child is not None:
                    child.wait()
                return
            time.sleep(0.02)


def _signal_group(group: int, sign: signal.Signals) -> None:
    try:
        os.killpg(group, sign)
    except ProcessLookupError:
        return


def _members(group: int, mark: str) -> list[int]:
    """Return the living processes of a group whose command line contains ``mark``."""
    process_ids = []
    for folder in Path("/proc").iterdir():
        try:
            if not folder.name.isdigit() or os.getpgid(int(folder.name)) != group:
                continue
            state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
            if state != "Z" and mark.encode() in (folder / "cmdline").read_bytes():
                process_ids.append(int(folder.name))
        except OSError:  # it ended while we looked
            continue
    return process_ids
