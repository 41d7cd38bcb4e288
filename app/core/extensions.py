"""Flask extensions, made once and bound to the app in `create_app`."""

from flask_limiter import Limiter
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from htmx_flask import Htmx

from app.core.addresses import client_network
from app.core.csrf import MaskedCSRFProtect
from app.core.db import Base

db = SQLAlchemy(metadata=Base.metadata)
migrate = Migrate()
login_manager = LoginManager()
csrf = MaskedCSRFProtect()
htmx = Htmx()
limiter = Limiter(client_network, in_memory_fallback_enabled=True)
