"""What a call costs on its way: the gateway, and LiteLLM's proxy beside it, over the bare call to the same stand-in.

The gateway routes, waits for a place, asks the breaker, renders the prompt, records call, attempt, prompt and answer
(encrypted), puts the worst case aside and settles it, reads and checks the answer. The proxy does what it does with one
model and no database. All take turns. LiteLLM comes from PyPI into a virtual environment of its own under build/; its
version is one from before its releases that were tampered with.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from app.accounts.services import accounts_of, sign_up
from app.ai import gateway
from app.ai.providers.models import AiProvider
from app.ai.tasks.ideas import IDEAS, IdeasRequest
from app.config import ROOT
from app.core.extensions import db
from app.core.row_security import act_for
from app.devstack.postgres import EmbeddedPostgres
from app.devstack.processes import free_port
from app.devstack.redis_server import EmbeddedRedis
from benchmarks.live import environment_of, make_app

LITELLM = "1.80.0"
ROUNDS, WARM_UP = 300, 40
MOST_MS = 5.0
START_SECONDS = 120
IDEA = {
    "title": "French press: how to get the ratio right",
    "description": "For beginners.",
    "content_type": "Article",
    "content_structure": "Guide",
    "primary_keyword": "french press ratio",
}
REQUEST = IdeasRequest(cluster_name="French press", count=1)
STAND_IN = """
import json, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
BODY = sys.stdin.read().encode()
class Handler(BaseHTTPRequestHandler):
    protocol_version, disable_nagle_algorithm = "HTTP/1.1", True
    def log_message(self, *args): pass
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        self.wfile.write(BODY)
ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
ANSWER = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1,
    "model": "bench",
    "choices": [
        {
            "index": 0,
            "finish_reason": "stop",
            "message": {"role": "assistant", "content": json.dumps({"ideas": [IDEA]})},
        }
    ],
    "usage": {"prompt_tokens": 200, "completion_tokens": 60, "total_tokens": 260},
}
PROXY = """
model_list:
  - model_name: bench
    litellm_params: {{model: openai/bench, api_base: "http://127.0.0.1:{port}/v1", api_key: none}}
litellm_settings: {{telemetry: false}}
"""


@contextmanager
def stand_in() -> Iterator[int]:
    """A model in a process of its own that answers at once; its port."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-c", STAND_IN, str(port)], stdin=subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.write(json.dumps(ANSWER).encode())
    process.stdin.close()
    try:
        _wait_for(f"http://127.0.0.1:{port}/v1/chat/completions")
        yield port
    finally:
        process.kill()
        process.wait()


@contextmanager
def proxy(folder: Path, port_of_model: int) -> Iterator[str]:
    """LiteLLM's proxy, one worker, before the stand-in; its base address."""
    port = free_port()
    config = folder / "litellm.yaml"
    config.write_text(PROXY.format(port=port_of_model))
    command = [str(_litellm()), "--config", str(config), "--port", str(port), "--host", "127.0.0.1"]
    environment = {**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_LOG": "ERROR"}
    with (folder / "litellm.log").open("w") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        _wait_for(f"http://127.0.0.1:{port}/v1/chat/completions")
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.kill()
        process.wait()


def _litellm() -> Path:
    """The command, installed when it is not there yet."""
    folder = ROOT / "build" / f"litellm-{LITELLM}"
    command = folder / "bin" / "litellm"
    if not command.exists():
        venv.create(folder, with_pip=True)
        subprocess.run([folder / "bin" / "pip", "install", "-q", f"litellm[proxy]=={LITELLM}"], check=True)
    return command


def _wait_for(url: str) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        try:
            if bare(requests.Session(), url)():
                return
        except requests.RequestException:
            time.sleep(0.2)
    raise SystemExit(f"{url} does not answer.")


def bare(session: requests.Session, url: str) -> Callable[[], bool]:
    """One POST of what the gateway sends, over a connection that is kept open."""
    instructions, question = IDEAS.template.rendered(IDEAS.values(REQUEST))
    messages = [{"role": "system", "content": instructions}, {"role": "user", "content": question}]

    def call() -> bool:
        answer = session.post(url, json={"model": "bench", "messages": messages}, timeout=30)
        return answer.ok and "ideas" in answer.json()["choices"][0]["message"]["content"]

    session.trust_env = False
    return call


def ours(port: int) -> Callable[[], bool]:
    """One call through the gateway, in an account whose provider is the stand-in."""
    user = sign_up(email="bench@example.com", name="Bench", password="benchmark only", account_name="Bench")
    account_id = accounts_of(user.id)[0].id
    act_for(account_id)
    db.session.add(
        AiProvider(
            account_id=account_id,
            name="Stand-in",
            base_url=f"http://127.0.0.1:{port}/v1",
            model="bench",
            requests_per_minute=100_000,
        )
    )
    db.session.commit()
    return lambda: bool(gateway.run(account_id, IDEAS, REQUEST).result.ideas)


def main() -> None:
    """Print the medians and what each adds to the bare call."""
    folder = Path(tempfile.mkdtemp(prefix="igny8-bench-"))
    folder.chmod(0o755)
    postgres, redis = EmbeddedPostgres(folder / "pg"), EmbeddedRedis(folder / "redis")
    try:
        environment = environment_of(folder, postgres, redis) | {"AI_PRIVATE_HOSTS": "127.0.0.1"}
        with stand_in() as port, proxy(folder, port) as proxy_url, make_app(environment).app_context():
            ways = {
                "the bare call": bare(requests.Session(), f"http://127.0.0.1:{port}/v1/chat/completions"),
                "through IGNY8's gateway": ours(port),
                f"through LiteLLM's proxy {LITELLM}": bare(requests.Session(), f"{proxy_url}/chat/completions"),
            }
            measured = {name: list[float]() for name in ways}
            for number in range(WARM_UP + ROUNDS):
                for name, call in ways.items():
                    started = time.perf_counter()
                    assert call(), name
                    if number >= WARM_UP:
                        measured[name].append(1000 * (time.perf_counter() - started))
    finally:
        redis.stop()
        postgres.stop()
    _tell({name: statistics.median(times) for name, times in measured.items()})


def _tell(medians: dict[str, float]) -> None:
    base, gate, peer = medians.values()
    print(f"{'median of ' + str(ROUNDS) + ' calls':<40} {'ms':>8} {'added':>8}")
    for name, milliseconds in medians.items():
        print(f"{name:<40} {milliseconds:>8.2f} {milliseconds - base:>8.2f}")
    if gate - base > min(MOST_MS, peer - base):
        raise SystemExit(f"The gateway adds more than {min(MOST_MS, peer - base):.1f} ms to a call.")


if __name__ == "__main__":
    main()
