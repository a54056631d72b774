"""All settings, by subject. Django reads them here (``DJANGO_SETTINGS_MODULE=config.settings``).

Every name that comes from the environment is documented in docs/settings.md, and a test compares the two.
"""

from config.settings.brand import *
from config.settings.content import *
from config.settings.core import *
from config.settings.email import *
from config.settings.environment import *
from config.settings.keeping import *
from config.settings.stores import *
from config.settings.web import *

SECRET_SETTINGS = frozenset(env.secrets)  # noqa: F405 - as the next
GIVEN_SETTINGS = env.given()  # noqa: F405 - it comes with config.settings.environment; what a backup keeps
