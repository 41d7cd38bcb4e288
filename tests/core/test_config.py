"""Configuration that is missing or wrong is told in a sentence."""

import re
import stat
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from app.config import ROOT, ConfigError, from_environment

KEY = Fernet.generate_key().decode()
GOOD = {
    "DATABASE_URL": "postgres://u@h/d",
    "REDIS_URL": "redis://h",
    "SECRET_KEY": "s" * 20,
    "ENCRYPTION_KEYS": KEY,
}


def test_a_whole_environment() -> None:
    config = from_environment(GOOD | {"ALLOWED_PRIVATE_HOSTS": "127.0.0.1:8081, intranet"})
    assert config["SQLALCHEMY_DATABASE_URI"] == "postgresql+psycopg://u@h/d"
    assert config["ALLOWED_PRIVATE_HOSTS"] == ["127.0.0.1:8081", "intranet"]
    assert config["SESSION_COOKIE_SECURE"] is False
    assert from_environment(GOOD | {"PUBLIC_URL": "https://app.example.com/"})["SESSION_COOKIE_SECURE"] is True


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"DATABASE_URL": ""}, "DATABASE_URL is not set"),
        ({"REDIS_URL": ""}, "REDIS_URL is not set"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY is missing or shorter"),
        ({"ENCRYPTION_KEYS": ""}, "ENCRYPTION_KEYS is"),
        ({"ENCRYPTION_KEYS": f"{KEY},nonsense"}, "not a Fernet key"),
        *(
            ({"OPENAI_REQUESTS_PER_MINUTE": value}, f"OPENAI_REQUESTS_PER_MINUTE is {value}: it has to be a number")
            for value in ("many", "0", "-5", "1.5", "６０")
        ),
    ],
)
def test_what_is_missing_is_named(change: dict[str, str], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        from_environment(GOOD | change)


def test_embedded_secrets_are_made_once_and_kept_private(tmp_path: Path) -> None:
    embedded = {**GOOD, "SECRET_KEY": "", "ENCRYPTION_KEYS": "", "IGNY8_EMBEDDED": "1", "INSTANCE_PATH": str(tmp_path)}
    first, second = from_environment(embedded), from_environment(embedded)
    assert first["SECRET_KEY"] == second["SECRET_KEY"]
    assert first["ENCRYPTION_KEYS"] == second["ENCRYPTION_KEYS"]
    for path in (tmp_path / "secrets").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_example_lists_every_name_the_code_reads() -> None:
    listed = {line.split("=")[0] for line in (ROOT / ".env.example").read_text().splitlines() if "=" in line}
    read = set()
    for path in [*(ROOT / "app").rglob("*.py"), ROOT / "gunicorn.conf.py"]:
        for part in path.read_text().replace('os.environ.get("', 'env.get("').split('env.get("')[1:]:
            read.add(part.split('"')[0])
    internal = {"IGNY8_EMBEDDED", "RATELIMIT_ENABLED"}
    assert read - internal <= listed


@pytest.mark.parametrize(
    ("name", "given", "says"),
    [
        ("PUBLIC_URL", "https//app.example.com", "Type https://app.example.com"),
        ("PUBLIC_URL", "app.example.com", "with http:// or https://"),
        ("PUBLIC_URL", "https://app.example.com/?a=1", "ends before"),
        ("OPENAI_BASE_URL", "https://https://models.example.com/v1", "Type https://models.example.com/v1"),
        ("OPENAI_BASE_URL", "models.example.com:99999", "A port is a number"),
        ("STRIPE_API_BASE", "gopher://stripe.example.com", "an address like https://api.stripe.com"),
    ],
)
def test_an_address_that_is_mistyped_stops_the_start_with_what_to_type(name: str, given: str, says: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(says)) as caught:
        from_environment(GOOD | {name: given})
    assert str(caught.value).startswith(f"{name} is {given}")


def test_the_public_address_is_kept_as_browsers_write_it() -> None:
    config = from_environment(GOOD | {"PUBLIC_URL": " https://Straße.example/ "})
    assert config["PUBLIC_URL"] == "https://xn--strae-oqa.example"
    assert config["TRUSTED_NAMES"] == {"xn--strae-oqa.example"}
