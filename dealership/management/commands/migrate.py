"""Django's migrate, which then tells the database what the web may touch: a new table is useless to it before that."""

from typing import Any

from django.core.management import call_command
from django.core.management.commands.migrate import Command as Migrate


class Command(Migrate):
    def handle(self, *args: Any, **options: Any) -> None:
        super().handle(*args, **options)
        looked_only = options["plan"] or options["check_unapplied"] or options["prune"]
        if options["database"] == "default" and not looked_only:
            call_command("grant_web_role", verbosity=max(0, options["verbosity"] - 1))
