"""How the web process runs, from the environment."""

import os
import resource

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
