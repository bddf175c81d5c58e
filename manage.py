#!/usr/bin/env python
"""Django's commands, with the embedded database running while one of them needs it."""

import os
import sys

NEED_NO_DATABASE = {
    "check",
    "collectstatic",
    "dev",  # starts the server itself and keeps it
    "diffsettings",
    "findstatic",
    "help",
    "sendtestemail",
    "startapp",
    "version",
}


def main(arguments: list[str]) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reasoning_site.settings")
    from django.core.management import execute_from_command_line

    command = arguments[1] if len(arguments) > 1 else "help"
    asks_for_help = command.startswith("-") or {"-h", "--help"} & set(arguments)
    if command == "help" or command in ("-h", "--help"):
        from reasoning_site.options import table

        execute_from_command_line(arguments)
        if len(arguments) <= 2:
            print("\nEnvironment variables, with their defaults:\n" + table())
        return
    if command in NEED_NO_DATABASE or asks_for_help:
        execute_from_command_line(arguments)
        return

    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured

    try:
        embedded = settings.EMBEDDED_DATABASE
    except ImproperlyConfigured as error:
        sys.exit(str(error))
    if not embedded:
        execute_from_command_line(arguments)
        return

    from reasoning_site.embedded.postgres import PostgresError, available

    try:
        with available(settings.DATA_DIR):
            execute_from_command_line(arguments)
    except PostgresError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(sys.argv)
