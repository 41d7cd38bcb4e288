"""Container and service files agree with the application: names, ports, queues, settings, commands."""

import configparser
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import yaml
from dotenv import dotenv_values

from app.config import ROOT
from app.core.queue import QUEUES

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
SETTINGS = set(dotenv_values(ROOT / ".env.example"))
ENVIRONMENTS = sorted((ROOT / "deploy/env").glob("*.env"))
UNITS = sorted((ROOT / "deploy/systemd").glob("*.service"))
DOCKERFILE = (ROOT / "Dockerfile").read_text()
VARIABLE = re.compile(r"\$\{(\w+)(:[?-])?")


def cli_commands() -> set[str]:
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "--help"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    return set(re.split(r"[{},\s]+", done.stdout[done.stdout.index("{") : done.stdout.index("}")]))


def test_every_command_exists_and_every_queue_has_a_worker() -> None:
    commands = [service["command"] for service in OURS.values() if "command" in service]
    commands += [shlex.split(unit_of(unit)["Service"]["ExecStart"]) for unit in UNITS]
    ours = [command[command.index("app.cli") + 1 :] for command in commands if "app.cli" in command]
    assert {command[0] for command in ours} <= cli_commands()
    queues = {queue for command in ours if command[0] == "worker" for queue in command[1:] if queue != "%i"}
    assert queues == set(QUEUES)


def unit_of(path: Path) -> configparser.ConfigParser:
    unit = configparser.ConfigParser(interpolation=None, strict=False)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read(path)
    return unit


def test_containers_get_settings_that_there_are_and_env_files_have_what_they_need() -> None:
    given = set(COMPOSE["x-app"]["environment"])
    assert given - SETTINGS == set()
    used = dict(VARIABLE.findall((ROOT / "compose.yaml").read_text()))
    must = {name for name, kind in used.items() if kind == ":?"}
    assert [path.stem for path in ENVIRONMENTS] == ["local", "production", "staging"]
    for path in ENVIRONMENTS:
        values = dotenv_values(path)
        assert must - set(values) == set(), path.name
        assert set(values) - set(used) == set(), path.name  # nothing that compose would not hand on
        assert not any(values[name] for name in values if name.endswith(("PASSWORD", "KEY", "KEYS", "TOKEN")))


def test_containers_have_no_more_rights_than_they_need() -> None:
    assert set(OURS) == {"release", "web", "worker-interactive", "worker", "scheduler", "backup"}
    for name, service in OURS.items():
        assert service["read_only"], name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
    lines = DOCKERFILE.splitlines()
    last_stage = lines[max(n for n, line in enumerate(lines) if line.startswith("FROM")) :]
    assert "USER 10001" in last_stage
    assert sum(line.startswith("FROM") for line in lines) >= 3
    for name, service in SERVICES.items():
        published = service.get("ports", [])
        assert name == "caddy" or all(port.startswith("127.0.0.1:") for port in published), name
        tag = service["image"].rpartition(":")[2]
        assert name in OURS or tag not in ("", "latest"), name


def test_names_ports_volumes_and_networks_fit_together() -> None:
    assert "EXPOSE 8000" in DOCKERFILE
    assert "'PORT', '8000'" in (ROOT / "gunicorn.conf.py").read_text()
    assert "reverse_proxy web:8000" in (ROOT / "deploy/caddy/Caddyfile").read_text()
    prometheus = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())
    assert prometheus["scrape_configs"][0]["static_configs"][0]["targets"] == ["web:8000"]
    environment = COMPOSE["x-app"]["environment"]
    for setting, service in (("DATABASE_URL", "@postgres:5432"), ("REDIS_URL", "@redis:6379")):
        assert service in environment[setting]
    postgres = SERVICES["postgres"]["image"].rpartition("-pg")[2]
    assert COMPOSE["x-app"]["build"]["args"]["POSTGRES_VERSION"] == postgres
    assert f"ARG POSTGRES_VERSION={postgres}" in DOCKERFILE
    for name, service in SERVICES.items():
        assert set(service.get("networks", [])) <= set(COMPOSE["networks"]), name
        assert set(service.get("depends_on", [])) <= set(SERVICES), name
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            assert source in COMPOSE["volumes"] or source.startswith("$") or (ROOT / source).exists(), volume


def test_units_run_what_the_procfile_runs() -> None:
    procfile = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines())
    starts = {unit.stem: unit_of(unit)["Service"]["ExecStart"] for unit in UNITS}
    assert starts["igny8-web"].endswith(procfile["web"])
    assert starts["igny8-scheduler"].endswith(procfile["scheduler"])
    assert all(unit_of(unit)["Service"]["User"] == "igny8" for unit in UNITS)
    timers = {path.stem for path in (ROOT / "deploy/systemd").glob("*.timer")}
    assert timers <= set(starts)


@pytest.fixture
def answering() -> Iterator[tuple[HTTPServer, dict[str, int]]]:
    answer = {"status": 200}

    class Health(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(answer["status"])
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Health)
    Thread(target=server.serve_forever, daemon=True).start()
    yield server, answer
    server.shutdown()
    server.server_close()


def test_the_health_check_restarts_web_for_its_own_faults_alone(
    answering: tuple[HTTPServer, dict[str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    server, answer = answering

    def check(port: int) -> int:
        monkeypatch.setenv("PORT", str(port))
        return subprocess.run(
            [sys.executable, "scripts/container_health.py"], cwd=ROOT, check=False, timeout=30
        ).returncode

    assert check(server.server_port) == 0
    answer["status"] = 503
    assert check(server.server_port) == 0
    answer["status"] = 500
    assert check(server.server_port) == 1
    assert check(1) == 1
