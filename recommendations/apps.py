from importlib import import_module
from importlib.util import find_spec

from django.apps import AppConfig


class RecommendationsConfig(AppConfig):
    name = "recommendations"
    verbose_name = "Recommendations"

    def ready(self) -> None:
        # The receivers listen for what the lower apps announce; importing them is what connects them.
        if find_spec("recommendations.receivers"):
            import_module("recommendations.receivers")
