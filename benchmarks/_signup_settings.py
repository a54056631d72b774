"""The project's settings, with the floor's address beside its own."""

from config.settings import *  # noqa: F403

ROOT_URLCONF = "benchmarks._signup_site"
