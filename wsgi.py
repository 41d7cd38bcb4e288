"""WSGI entry point."""

import sys

from app import create_app
from app.config import ConfigError
from app.core import way_in

try:
    app = create_app()
    way_in.check(app)
except ConfigError as error:
    sys.exit(str(error))
