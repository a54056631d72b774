"""The project's settings, with the floor's address beside its own."""

from config.settings import *  # noqa: F403 - the settings, with what this benchmark changes

ROOT_URLCONF = "benchmarks._site_floor"
