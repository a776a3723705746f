#!/usr/bin/env python
"""Django's commands for Lane, with the embedded database and queue started when they are down."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dealership.settings.dev")
    command = sys.argv[1] if len(sys.argv) > 1 else "help"

    from dealership import embedded

    if command in embedded.OWNER_COMMANDS:
        os.environ["LANE_AS_OWNER"] = "1"
    if command not in embedded.COMMANDS_WITHOUT_SERVICES and os.environ["DJANGO_SETTINGS_MODULE"].endswith(".dev"):
        embedded.start_unless_elsewhere()

    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
