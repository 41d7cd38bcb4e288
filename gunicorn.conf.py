"""How the web process runs, from the environment."""

import os
import resource
import shutil
import tempfile
from typing import Any

bind = f"{os.environ.get('HOST', '0.0.0.0')}:{os.environ.get('PORT', '8000')}"  # noqa: S104 (containers)
worker_class = "app.core.webserver.worker.BufferingWorker"
workers = int(os.environ.get("WEB_PROCESSES", "2"))
threads = int(os.environ.get("WEB_THREADS", "8"))
timeout = 60
graceful_timeout = 10
keepalive = 5
preload_app = True
max_requests = 20_000
max_requests_jitter = 2_000
limit_request_line = 8190
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108 (heartbeats, not data)
forwarded_allow_ips = ""  # X-Forwarded-* counts as TRUSTED_PROXIES says, and in no other way
control_socket_disable = True
loglevel = "warning"

# Every client that waits has a descriptor, and a second one while its request is long.
_soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (max(_soft, min(_hard, 4096)), _hard))

# Each process keeps what it counts in a file named by its place (app/core/process_metrics.py).
METRICS = "PROMETHEUS_MULTIPROC_DIR"
if not os.environ.get(METRICS):
    os.environ[METRICS] = tempfile.mkdtemp(prefix="igny8-metrics-", dir=worker_tmp_dir)


def pre_fork(server: Any, worker: Any) -> None:
    """Give the new process the first place that none has."""
    taken = {other.place for other in server.WORKERS.values()}
    worker.place = next(place for place in range(len(taken) + 1) if place not in taken)


def post_fork(_server: Any, worker: Any) -> None:
    """Tell the process its place."""
    os.environ["IGNY8_WEB_PLACE"] = f"web{worker.place}"


def child_exit(_server: Any, worker: Any) -> None:
    """What it had in use is in use no longer."""
    from app.core.process_metrics import forget_process

    forget_process(f"web{worker.place}")


def on_exit(_server: Any) -> None:
    """Remove the counts with the server that made them."""
    shutil.rmtree(os.environ[METRICS], ignore_errors=True)
