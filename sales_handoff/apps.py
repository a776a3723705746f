from importlib import import_module

from django.apps import AppConfig


class SalesHandoffConfig(AppConfig):
    name = "sales_handoff"
    verbose_name = "Sales hand-off"

    def ready(self) -> None:
        # The receivers listen for what the lower apps announce; importing them is what connects them.
        import_module("sales_handoff.receivers")
