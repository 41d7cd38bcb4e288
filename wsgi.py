"""WSGI entry point."""

import gc
import sys

from app import create_app
from app.config import ConfigError
from app.core import role_check

try:
    app = create_app()
    role_check.check_database_role(app)
except ConfigError as error:
    sys.exit(str(error))
# What is loaded by now stays: the collector looks through it neither between requests nor, for a second, at the end,
# and the processes that are forked from this one go on sharing it.
gc.freeze()
