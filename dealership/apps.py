from importlib import import_module

from django.apps import AppConfig


class DealershipConfig(AppConfig):
    name = "dealership"

    def ready(self) -> None:
        # Every process that may enqueue needs the Celery app, whichever way it was started.
        import_module("dealership.celery")
