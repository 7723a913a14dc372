"""The WSGI application, for a server (``wsgi:app``) and for the ``flask`` command."""

import sys

from kariu_blog import create_app
from kariu_blog.config import ConfigurationError

try:
    app = create_app()
except ConfigurationError as error:
    sys.exit(f"KarIU Blog cannot start. {error}")
