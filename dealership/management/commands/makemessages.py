"""Gather what customers read into locale/: with the patterns of the rules, which get their translator as `say`."""

from typing import Any

from django.core.management.commands import makemessages

NOT_FOR_CUSTOMERS = ["tests", "management", "embedded", "admin", ".venv", ".local"]


class Command(makemessages.Command):
    """As Django's own; `say("...")` and `word("...")` mark a text like `_("...")` and `gettext_noop("...")` do."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.xgettext_options = [*self.xgettext_options, "--keyword=say", "--keyword=word"]

    def handle(self, *args: Any, **options: Any) -> None:
        """Look through everything but what only staff and programs read; keep the file free of line numbers."""
        options["ignore_patterns"] = [*options["ignore_patterns"], *NOT_FOR_CUSTOMERS]
        super().handle(*args, **(options | {"no_location": True, "no_wrap": True}))
