"""Child processes of the local WordPress: they die with their parent, and leftovers are recognised."""

import ctypes
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)


def free_port() -> int:
    """Return a loopback TCP port that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def port_is_free(port: int) -> bool:
    """Tell whether a server could listen on this loopback port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _die_with(parent: int) -> Callable[[], None]:
    def set_up() -> None:
        _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # the parent died between fork and prctl
            os._exit(1)

    return set_up


# PHP's workers do not notice that their master died, so a shell stays between and ends the whole group.
_KEEPER = 'trap "trap : TERM; kill -TERM 0" TERM; "$@" & wait $!; trap : TERM; kill -TERM 0; wait'


def spawn(
    command: Sequence[str], *, log: Path, pid_file: Path, env: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start a server that ends when the calling *thread* ends, even by SIGKILL; output goes to ``log``.

    Linux ties the death signal to the thread that forked, so start servers from a thread that lives on.
    """
    with log.open("ab") as output:
        child = subprocess.Popen(
            ["/bin/sh", "-c", _KEEPER, "igny8-keeper", *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=None if env is None else dict(env),
            preexec_fn=_die_with(os.getpid()),
            start_new_session=True,  # Ctrl-C in the terminal is for the parent, which stops us in order
        )
    pid_file.write_text(str(child.pid))
    return child


def wait_until(ready: Callable[[], bool], *, seconds: float, child: subprocess.Popen[bytes], log: Path) -> None:
    """Poll until ``ready()``; raise RuntimeError with the end of the log when the child ends or time is up."""
    deadline = time.monotonic() + seconds
    while not ready():
        if child.poll() is not None or time.monotonic() > deadline:
            tail = log.read_text(errors="replace")[-1500:] if log.exists() else ""
            raise RuntimeError(f"{child.args!r} did not come up within {seconds:.0f} s:\n{tail}")
        time.sleep(0.02)


def stop_child(child: subprocess.Popen[bytes] | None, pid_file: Path) -> None:
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
    found = []
    for folder in Path("/proc").iterdir():
        try:
            if not folder.name.isdigit() or os.getpgid(int(folder.name)) != group:
                continue
            state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
            if state != "Z" and mark.encode() in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
        except OSError:  # it ended while we looked
            continue
    return found
