"""The served application, with and without a proxy in front: whose word counts about address, scheme and host."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from flask import Flask

from app.core.queue import redis_connection
from tests.conftest import Engines
from tests.factories.live import LiveApp

Start = Callable[..., LiveApp]
LIES = {
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Port": "444",
    "X-Forwarded-Prefix": "/evil",
    "X-Forwarded-Ssl": "on",
    "Forwarded": "host=evil.example;proto=https",
    "X-Real-IP": "203.0.113.1",
    "X-Original-URL": "/dashboard/",
    "X-Script-Name": "/evil",
    "SCRIPT_NAME": "/evil",
}


@pytest.fixture
def start(engines: Engines, app: Flask) -> Iterator[Start]:
    started: list[LiveApp] = []

    def go(**env: str) -> LiveApp:
        live = LiveApp(engines)
        live.env.update({"RATELIMIT_ENABLED": "1", **env})
        started.append(live)
        live.start_web()
        redis_connection().flushdb()
        return live

    yield go
    for live in started:
        live.stop()


def get(live: LiveApp, path: str = "/login", **headers: str) -> requests.Response:
    named = {name.replace("_", "-") if name != "SCRIPT_NAME" else name: value for name, value in headers.items()}
    return requests.get(live.url + path, headers=named, allow_redirects=False, timeout=20)


def test_without_a_proxy_forwarded_headers_say_nothing(start: Start) -> None:
    live = start(REQUESTS_PER_MINUTE="12")
    answer = requests.get(f"{live.url}/login", headers=LIES, allow_redirects=False, timeout=20)
    assert "evil" not in answer.text + str(answer.headers)
    assert "Strict-Transport-Security" not in answer.headers
    assert "secure" not in answer.headers["Set-Cookie"].lower()
    codes = [get(live, X_Forwarded_For=f"203.0.113.{n}").status_code for n in range(14)]
    assert (codes[0], codes[-1]) == (200, 429)


def test_behind_a_proxy_https_hardens_everything(start: Start) -> None:
    live = start(TRUSTED_PROXIES="1", PUBLIC_URL="https://app.example.com", REQUESTS_PER_MINUTE="12")
    answer = get(live, X_Forwarded_Proto="https", X_Forwarded_Host="app.example.com", X_Forwarded_For="203.0.113.1")
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-igny8_session=")
    for part in ("; Secure", "; HttpOnly", "; Path=/", "; SameSite=Lax"):
        assert part in cookie
    assert "Domain=" not in cookie
    # What a caller writes before the proxy's own entry does not make them somebody else.
    spoofed = [get(live, X_Forwarded_For=f"198.51.100.{n}, 203.0.113.2").status_code for n in range(14)]
    assert spoofed[-1] == 429
    assert get(live, X_Forwarded_For="198.51.100.1, 203.0.113.3").status_code == 200


def test_https_without_a_public_url_still_makes_cookies_secure(start: Start) -> None:
    live = start(TRUSTED_PROXIES="1", PUBLIC_URL="")
    assert "; Secure" in get(live, X_Forwarded_Proto="https").headers["Set-Cookie"]
    assert "; Secure" not in get(live).headers["Set-Cookie"]


def test_processes_count_together_also_when_all_come_at_once(start: Start) -> None:
    live = start(WEB_PROCESSES="2", REQUESTS_PER_MINUTE="20")
    with ThreadPoolExecutor(8) as pool:
        codes = Counter(answer.status_code for answer in pool.map(lambda _n: get(live), range(40)))
    assert codes == {200: 20, 429: 20}
