from importlib import import_module

from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "customers"

    def ready(self) -> None:
        # The receivers listen for what is announced of customers; importing them is what connects them.
        import_module("customers.receivers")
