"""Children that end with their parent: asked of the kernel (Linux)."""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


_LIBC = ctypes.CDLL(None, use_errno=True)  # loaded before any fork: a child may not load libraries safely


def die_with(parent: int, sign: signal.Signals) -> None:
    """In a forked child: have the kernel send us `sign` when `parent`, or its thread that forked us, ends. Linux."""
    if sys.platform == "linux":
        _LIBC.prctl(PR_SET_PDEATHSIG, sign)
        if os.getppid() != parent:  # the parent died between fork and prctl
            os._exit(1)
