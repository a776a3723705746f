from importlib import import_module

from django.apps import AppConfig


class RecommendationsConfig(AppConfig):
    name = "recommendations"
    verbose_name = "Recommendations"

    def ready(self) -> None:
        # The receivers listen for what the lower apps announce; importing them is what connects them.
        import_module("recommendations.receivers")
