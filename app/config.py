"""Configuration from the environment; every name is listed in `.env.example`."""

import os
import re
import secrets
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from cryptography.fernet import Fernet

from app.core import web_addresses
from app.core.web_addresses import AddressError, WebAddress

ROOT = Path(__file__).resolve().parent.parent
DATABASE_ROLE = "igny8_app"
SESSION_SETTINGS = {
    "timezone": "utc",
    "lock_timeout": "10000",
    "statement_timeout": "60000",
    "idle_in_transaction_session_timeout": "60000",
}


class ConfigError(RuntimeError):
    """A setting is missing or cannot be used; the message says which and what to do."""


def instance_path(env: Mapping[str, str]) -> Path:
    """Where the embedded engines, media and generated secrets are kept."""
    return Path(env.get("INSTANCE_PATH") or ROOT / "instance").resolve()


def stored_secret(folder: Path, name: str, make: Any) -> str:
    """The secret in `folder/name`, made on first use and readable by its owner alone."""
    path = folder / name
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        scratch = folder / f".{name}.{os.getpid()}"
        fd = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(fd, "w") as out:
            out.write(make())
        try:
            os.link(scratch, path)
        except FileExistsError:
            pass  # another process made it first: use that one
        finally:
            scratch.unlink()
    return path.read_text().strip()


def _secrets(env: Mapping[str, str], instance: Path) -> tuple[str, list[str]]:
    secret_key = env.get("SECRET_KEY", "")
    keys = [key for key in env.get("ENCRYPTION_KEYS", "").replace(" ", "").split(",") if key]
    if env.get("IGNY8_EMBEDDED") == "1":
        folder = instance / "secrets"
        secret_key = secret_key or stored_secret(folder, "secret_key", lambda: secrets.token_urlsafe(48))
        keys = keys or [stored_secret(folder, "encryption_key", lambda: Fernet.generate_key().decode())]
    if len(secret_key) < 16:
        raise ConfigError("SECRET_KEY is missing or shorter than 16 characters. Set it to a long random text.")
    if not keys:
        raise ConfigError(
            "ENCRYPTION_KEYS is missing. Make one with: python -c "
            "'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"
        )
    try:
        for key in keys:
            Fernet(key)
    except ValueError as error:
        raise ConfigError("ENCRYPTION_KEYS holds a key that is not a Fernet key.") from error
    return secret_key, keys


def _database_url(url: str) -> str:
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url[len(prefix) :]
    return url


def _databases(env: Mapping[str, str]) -> dict[str, Any]:
    """The connection of the owner, for migrations, and that of the application, neither owner nor superuser."""
    options = " ".join(f"-c {name}={value}" for name, value in SESSION_SETTINGS.items())
    owner, application = _database_url(env["DATABASE_URL"]), _database_url(env.get("DATABASE_APP_URL", ""))
    connect_args = {"connect_timeout": 5}
    is_pooled = env.get("DATABASE_APP_POOLED") == "1"
    if is_pooled and not application:
        raise ConfigError(
            "With DATABASE_APP_POOLED, name the pooler in DATABASE_APP_URL: migrations need the database."
        )
    return {
        "OWNER_DATABASE_URI": owner,
        "OWNER_CONNECT_ARGS": {**connect_args, "options": options},
        "SQLALCHEMY_DATABASE_URI": application or owner,
        "DATABASE_APP_POOLED": is_pooled,
        "SQLALCHEMY_ENGINE_OPTIONS": {
            "pool_size": int(env.get("DB_POOL_SIZE", "10")),
            "max_overflow": 10,
            "pool_timeout": 10,
            "pool_use_lifo": True,  # the connection used last knows the statements already
            "hide_parameters": True,  # what people wrote stays out of errors and logs
            "connect_args": {**connect_args, **(POOLED if is_pooled else _session_settings(options, application))},
        },
    }


# Of PgBouncer in transaction mode: a statement that one server has prepared is not there on the next, and what is set
# for a session would be another's. Each transaction makes the settings (`app.core.row_security`).
POOLED: dict[str, Any] = {"prepare_threshold": None}


def _session_settings(options: str, application: str) -> dict[str, Any]:
    # As an option of the connection the role also is what RESET ROLE leads back to.
    return {"options": options if application else f"{options} -c role={DATABASE_ROLE}"}


def _mail(env: Mapping[str, str]) -> dict[str, Any]:
    """How mail is sent; without SMTP_HOST none is."""
    tls = env.get("SMTP_TLS") or "starttls"
    if tls not in ("starttls", "tls", "none"):
        raise ConfigError(f"SMTP_TLS is {tls}: it has to be starttls, tls or none.")
    port = env.get("SMTP_PORT") or {"tls": "465", "none": "25"}.get(tls, "587")
    if not port.isdigit():
        raise ConfigError(f"SMTP_PORT is {port}: it has to be a number.")
    host = env.get("SMTP_HOST", "")
    if host and not (env.get("PUBLIC_URL") and env.get("MAIL_FROM")):
        raise ConfigError("With SMTP_HOST, set PUBLIC_URL (for the links in mails) and MAIL_FROM (their sender) too.")
    return {
        "SMTP_HOST": host,
        "SMTP_PORT": int(port),
        "SMTP_TLS": tls,
        "SMTP_USER": env.get("SMTP_USER", ""),
        "SMTP_PASSWORD": env.get("SMTP_PASSWORD", ""),
        "MAIL_FROM": env.get("MAIL_FROM") or "IGNY8 <igny8@localhost>",
    }


def _listed(env: Mapping[str, str], name: str) -> list[str]:
    """The hosts of a setting, separated by commas."""
    return [host for host in env.get(name, "").replace(" ", "").split(",") if host]


def _names(env: Mapping[str, str]) -> frozenset[str]:
    """The names that this installation answers to, besides those of the machine itself."""
    names = [name.lower() for name in env.get("TRUSTED_HOSTS", "").replace(" ", "").split(",") if name]
    for name in names:
        if "*" in name or "/" in name or urlsplit(f"//{name}").port is not None:
            raise ConfigError(f"TRUSTED_HOSTS has {name}: it has to be names like app.example.com, without port or *.")
    public = _address(env, "PUBLIC_URL", "https://app.example.com")
    if public is None:
        return frozenset(names)
    public_name = f"[{public.host}]" if ":" in public.host else public.host
    return frozenset((*names, public_name))


def _address(env: Mapping[str, str], name: str, example: str) -> WebAddress | None:
    """The web address that a setting holds; None when it is empty."""
    value = env.get(name, "").strip()
    if not value:
        return None
    try:
        address = web_addresses.parse_address(value)
    except AddressError as error:
        cure = error.cure if error.instead else f"It has to be an address like {example}."
        raise ConfigError(f"{name} is {value}. {error.message} {cure}") from error
    if address.assumed:
        raise ConfigError(f"{name} is {value}: it has to be an address like {example}, with http:// or https://.")
    if address.query or address.fragment:
        raise ConfigError(f"{name} is {value}: it ends before ? and #.")
    return address


def _public_url(env: Mapping[str, str]) -> str:
    """PUBLIC_URL as browsers write it, without a slash at the end; empty when it is not set."""
    address = _address(env, "PUBLIC_URL", "https://app.example.com")
    return address.origin + address.path.rstrip("/") if address else ""


def _limits(env: Mapping[str, str]) -> dict[str, int]:
    """Requests a minute, storage for images, and how much a model is asked at once.

    Requests are counted from an address, for parts of pages, for changes in an account, and to a model of the
    installation's endpoint; storage is gigabytes per account. The sizes hold where an account has not chosen its own
    (`app.ai.calls.request_sizes`).
    """
    values = {}
    limits = {
        "REQUESTS_PER_MINUTE": 100,
        "PARTS_PER_MINUTE": 6000,
        "WRITES_PER_MINUTE": 30,
        "OPENAI_REQUESTS_PER_MINUTE": 60,
        "IMAGE_GB_PER_ACCOUNT": 20,
        "AI_IDEAS_PER_REQUEST": 8,
        "AI_CLUSTERS_PER_REQUEST": 50,
        "AI_DRAFTS_PER_RUN": 500,
    }
    for name, usual in limits.items():
        value = env.get(name) or str(usual)
        if not value.isascii() or not value.isdigit() or int(value) < 1:
            raise ConfigError(f"{name} is {value}: it has to be a number of 1 or more.")
        values[name] = int(value)
    return values


def _ai_prices(env: Mapping[str, str]) -> dict[str, tuple[int | None, ...]]:
    """Prices of models that no table knows, in millionths of a US dollar, by model.

    [in, out] per million tokens; `my-images 0.04/image` gives None, None and the price of an image.
    """
    prices: dict[str, tuple[int | None, ...]] = {}
    for line in filter(None, map(str.strip, env.get("AI_PRICES", "").split(";"))):
        is_of_images = line.endswith("/image")
        try:
            model, *amounts = line.removesuffix("/image").rsplit(maxsplit=1 if is_of_images else 2)
            price = [round(Decimal(amount) * 1_000_000) for amount in amounts]
            if len(price) != (1 if is_of_images else 2) or min(price) < 0:
                raise ValueError(line)
        except (ValueError, ArithmeticError):
            raise ConfigError(
                f"AI_PRICES holds “{line}”: write the model, then dollars for a million tokens in and out, as in "
                "`my-model 0.25 2`, or dollars for an image, as in `my-images 0.04/image`, with a semicolon between "
                "models."
            ) from None
        prices[model] = (None, None, *price) if is_of_images else tuple(price)
    return prices


def _cookies(env: Mapping[str, str]) -> dict[str, Any]:
    """Over https the cookies' names get the prefix that makes browsers refuse cookies set by another host."""
    secure = env.get("PUBLIC_URL", "").startswith("https://")
    prefix = "__Host-" if secure else ""
    return {
        "SESSION_COOKIE_NAME": f"{prefix}igny8_session",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": secure,
        "REMEMBER_COOKIE_NAME": f"{prefix}igny8_remember",
        "REMEMBER_COOKIE_DURATION": timedelta(days=30),
        "REMEMBER_COOKIE_HTTPONLY": True,
        "REMEMBER_COOKIE_SAMESITE": "Lax",
        "REMEMBER_COOKIE_SECURE": secure,
        "DEVICE_COOKIE_NAME": f"{prefix}igny8_device",
    }


def _operations(env: Mapping[str, str]) -> dict[str, Any]:
    """Who runs the installation, where it sends signs of life, and where its backups go."""
    emails = frozenset(email.lower() for email in _listed(env, "OPERATOR_EMAILS"))
    for email in emails:
        if "@" not in email:
            raise ConfigError(f"OPERATOR_EMAILS has {email}: it has to be e-mail addresses, separated by commas.")
    _address(env, "HEALTHCHECK_PING_URL", "https://hc-ping.com/your-uuid")
    if (dsn := env.get("SENTRY_DSN", "").strip()) and not re.fullmatch(r"https?://\w+@[\w.:-]+(/[\w-]+)*/\d+", dsn):
        raise ConfigError("SENTRY_DSN has to be what Sentry shows of a project, like https://key@sentry.example.com/1.")
    _address(env, "OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318")
    ratio = env.get("OTEL_TRACES_SAMPLER_ARG") or "1"
    if not re.fullmatch(r"0|1|1\.0|0?\.[0-9]{1,6}", ratio):
        raise ConfigError(f"OTEL_TRACES_SAMPLER_ARG is {ratio}: it has to be a number from 0 to 1.")
    recipients = _listed(env, "BACKUP_RECIPIENTS")
    if env.get("BACKUP_FOLDER") and not recipients:
        raise ConfigError(
            "With BACKUP_FOLDER, set BACKUP_RECIPIENTS too: make a key with python -m app.cli backup-key."
        )
    return {
        "OPERATOR_EMAILS": emails,
        "HEALTHCHECK_PING_URL": env.get("HEALTHCHECK_PING_URL", "").strip(),
        "SENTRY_DSN": dsn,
        "OTEL_ENDPOINT": env.get("OTEL_EXPORTER_OTLP_ENDPOINT", "").strip().rstrip("/"),
        "OTEL_RATIO": float(ratio),
        "BACKUP_FOLDER": env.get("BACKUP_FOLDER", "").strip(),
        "BACKUP_RECIPIENTS": recipients,
        "BACKUP_IDENTITY_FILE": env.get("BACKUP_IDENTITY_FILE", "").strip(),
    }


def check_media_url(url: str, key: str, secret: str) -> None:
    """Raise ConfigError for an address of a bucket that cannot be, or without its keys."""
    if not url.startswith("s3://"):
        return
    parts = urlsplit(url)
    if not parts.netloc or "@" in parts.netloc:
        raise ConfigError("MEDIA_URL has to be s3://bucket/prefix; keys go into MEDIA_S3_KEY and MEDIA_S3_SECRET.")
    options = dict(parse_qsl(parts.query))
    if unknown := set(options) - {"endpoint", "region", "public"}:
        raise ConfigError(f"MEDIA_URL has {', '.join(sorted(unknown))}: it may have endpoint, region and public.")
    for name in ("endpoint", "public"):
        _address({"MEDIA_URL": options.get(name, "")}, "MEDIA_URL", "https://storage.example.com")
    if not (key and secret):
        raise ConfigError("With a bucket in MEDIA_URL, set MEDIA_S3_KEY and MEDIA_S3_SECRET.")


def _media(env: Mapping[str, str]) -> dict[str, Any]:
    """Where media are kept, and the keys of a bucket."""
    url, gigabytes = env.get("MEDIA_URL", "").strip(), env.get("MEDIA_CACHE_GB") or "5"
    key, secret = env.get("MEDIA_S3_KEY", "").strip(), env.get("MEDIA_S3_SECRET", "").strip()
    check_media_url(url, key, secret)
    if not gigabytes.isascii() or not gigabytes.isdigit() or int(gigabytes) < 1:
        raise ConfigError(f"MEDIA_CACHE_GB is {gigabytes}: it has to be a number of 1 or more.")
    return {
        "MEDIA_URL": url,
        "MEDIA_S3_KEY": key,
        "MEDIA_S3_SECRET": secret,
        "MEDIA_CACHE_BYTES": int(gigabytes) * 1024**3,
    }


def secrets_of(settings: Mapping[str, Any]) -> list[str]:
    """The configuration values that must never appear in logs or pages."""
    names = (
        "SECRET_KEY",
        "OPENAI_API_KEY",
        "STRIPE_SECRET_KEY",
        "STRIPE_WEBHOOK_SECRET",
        "SMTP_PASSWORD",
        "METRICS_TOKEN",
        "MEDIA_S3_SECRET",
        "SENTRY_DSN",
        "HEALTHCHECK_PING_URL",
        "SQLALCHEMY_DATABASE_URI",
        "REDIS_URL",
    )
    return [*settings["ENCRYPTION_KEYS"], *(str(settings.get(name) or "") for name in names)]


def from_environment(env: Mapping[str, str]) -> dict[str, Any]:
    """Flask configuration; raises ConfigError with a sentence when something needed is missing."""
    instance = instance_path(env)
    for name in ("DATABASE_URL", "REDIS_URL"):
        if not env.get(name):
            raise ConfigError(f"{name} is not set. Start with `make run`, or set it to your own server.")
    secret_key, encryption_keys = _secrets(env, instance)
    _address(env, "OPENAI_BASE_URL", "https://api.openai.com/v1")
    _address(env, "STRIPE_API_BASE", "https://api.stripe.com")
    return {
        "SECRET_KEY": secret_key,
        "ENCRYPTION_KEYS": encryption_keys,
        **_databases(env),
        "REDIS_URL": env["REDIS_URL"],
        "RATELIMIT_STORAGE_URI": env["REDIS_URL"],
        "RATELIMIT_ENABLED": env.get("RATELIMIT_ENABLED", "1") == "1",
        "RATELIMIT_HEADERS_ENABLED": False,  # the 429 page tells when to come again
        "RATELIMIT_STORAGE_OPTIONS": {"socket_connect_timeout": 2, "socket_timeout": 2},
        **_limits(env),
        "INSTANCE_PATH": instance,
        **_media(env),
        "PUBLIC_URL": _public_url(env),
        "TRUSTED_NAMES": _names(env),
        "ALLOWED_PRIVATE_HOSTS": _listed(env, "ALLOWED_PRIVATE_HOSTS"),
        "AI_PRIVATE_HOSTS": _listed(env, "AI_PRIVATE_HOSTS"),
        "OPENAI_API_KEY": env.get("OPENAI_API_KEY", ""),
        "OPENAI_BASE_URL": env.get("OPENAI_BASE_URL", ""),
        "OPENAI_MODEL": env.get("OPENAI_MODEL", ""),
        "OPENAI_EMBEDDING_MODEL": env.get("OPENAI_EMBEDDING_MODEL", ""),
        "OPENAI_IMAGE_MODEL": env.get("OPENAI_IMAGE_MODEL", ""),
        "AI_PRICES": _ai_prices(env),
        **_mail(env),
        "AUTH_PACE_SECONDS": 0.4,
        "IS_LOCAL": env.get("IGNY8_EMBEDDED") == "1",
        "STYLEGUIDE": (env.get("STYLEGUIDE") or env.get("IGNY8_EMBEDDED")) == "1",
        "STRIPE_SECRET_KEY": env.get("STRIPE_SECRET_KEY", "").strip(),
        "STRIPE_WEBHOOK_SECRET": env.get("STRIPE_WEBHOOK_SECRET", "").strip(),
        "STRIPE_API_BASE": env.get("STRIPE_API_BASE", "").strip().rstrip("/"),
        "BILLING_CONTACT": env.get("BILLING_CONTACT", "").strip(),
        "METRICS_TOKEN": env.get("METRICS_TOKEN", ""),
        **_operations(env),
        "LOG_LEVEL": env.get("LOG_LEVEL", "INFO"),
        "TRUSTED_PROXIES": int(env.get("TRUSTED_PROXIES", "0")),
        "MAX_CONTENT_LENGTH": 25 * 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": 25 * 1024 * 1024,
        "MAX_FORM_PARTS": 5000,
        **_cookies(env),
        "WTF_CSRF_TIME_LIMIT": None,
    }
