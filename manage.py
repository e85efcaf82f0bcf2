#!/usr/bin/env python
"""Command line of the marketplace: `manage.py serve`, `demo`, `walkthrough`, `clock`, `bench` …"""

import os
import sys


def main() -> None:
    """Run one management command; logs go to stderr."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
