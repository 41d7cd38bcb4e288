"""IGNY8: from keywords to live WordPress posts."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from app import config, web
from app.accounts import module_routes, request_context
from app.config import ROOT
from app.core import (
    asked_once,
    assets,
    bodies,
    compression,
    cookies,
    error_reports,
    hosts,
    kept_statements,
    language_choice,
    limits,
    logs,
    pool_ping,
    route_addresses,
    row_security,
    security,
    templating,
    tracing,
    transaction_start,
    web_metrics,
    web_tracing,
)
from app.core.extensions import csrf, db, htmx, limiter, migrate
from app.core.features import Feature, register
from app.features import FEATURES


def create_app(
    overrides: Mapping[str, Any] | None = None,
    env: Mapping[str, str] | None = None,
    with_features: Sequence[Feature] = FEATURES,
) -> Flask:
    """The application with these features, configured from the environment and then from `overrides`.

    Raises `app.config.ConfigError` with a sentence when something needed is missing.
    """
    app = Flask(__name__, template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "static"))
    app.config.from_mapping(config.from_environment(os.environ if env is None else env))
    app.config.from_mapping(overrides or {})
    logs.configure(app.config["LOG_LEVEL"], secrets=config.secrets_of(app.config))
    error_reports.init_app(app)
    tracing.init_app(app)
    web_tracing.init_app(app)
    if proxies := app.config["TRUSTED_PROXIES"]:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies)  # type: ignore[method-assign]
    app.jinja_environment = templating.Environment
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.add_extension("jinja2.ext.do")
    route_addresses.init_app(app)
    register(with_features)
    assets.init_app(app)
    security.init_app(app)
    hosts.init_app(app)
    db.init_app(app)
    transaction_start.init_app(app)
    row_security.init_app(app)
    web_metrics.init_app(app)
    asked_once.init_app(app)
    pool_ping.init_app(app)
    kept_statements.init_app(app)
    migrate.init_app(app, db, directory=str(ROOT / "migrations"))
    htmx.init_app(app)
    language_choice.init_app(app)
    bodies.init_app(app)
    csrf.init_app(app)
    limiter.init_app(app)
    cookies.init_app(app)
    limits.count_visits(app)
    request_context.init_app(app)
    module_routes.init_app(app)
    web.init_app(app)
    compression.init_app(app)
    return app
