from importlib import import_module

from django.apps import AppConfig, apps


class DealershipConfig(AppConfig):
    name = "dealership"

    def ready(self) -> None:
        # Every process that may enqueue needs the Celery app, whichever way it was started.
        import_module("dealership.celery")
        # The admin heads its lists with the name of the library, which tells a dealership nothing.
        apps.get_app_config("axes").verbose_name = "Log-ins"
