from importlib import import_module

from django.apps import AppConfig


class ServiceLaneConfig(AppConfig):
    name = "service_lane"
    verbose_name = "Service lane"

    def ready(self) -> None:
        # The receivers listen for what the lower apps announce; importing them is what connects them.
        import_module("service_lane.receivers")
