from importlib import import_module
from importlib.util import find_spec

from django.apps import AppConfig


class SalesHandoffConfig(AppConfig):
    name = "sales_handoff"
    verbose_name = "Sales hand-off"

    def ready(self) -> None:
        # The receivers listen for what the lower apps announce; importing them is what connects them.
        if find_spec("sales_handoff.receivers"):
            import_module("sales_handoff.receivers")
