from importlib import import_module
from importlib.util import find_spec

from django.apps import AppConfig


class ServiceLaneConfig(AppConfig):
    name = "service_lane"
    verbose_name = "Service lane"

    def ready(self) -> None:
        # The receivers listen for what the lower apps announce; importing them is what connects them.
        if find_spec("service_lane.receivers"):
            import_module("service_lane.receivers")
