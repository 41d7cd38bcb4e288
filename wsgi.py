"""WSGI entry point."""

import sys

from app import create_app
from app.config import ConfigError
from app.core import role_check

try:
    app = create_app()
    role_check.check_database_role(app)
except ConfigError as error:
    sys.exit(str(error))
