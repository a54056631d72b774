#!/usr/bin/env python3
"""Paperpost's command line: ``python manage.py help``."""

import os
import sys


def main() -> None:
    """Run the command that the command line names."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:  # a setting: the operator needs its name, not our stack
        sys.exit(str(error))


if __name__ == "__main__":
    main()
