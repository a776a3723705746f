"""manage.py load_default_template --rooftop CODE"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from dealership.models import Rooftop
from service_lane.actions.templates import install_default


class Command(BaseCommand):
    help = "Give a rooftop the default multi-point inspection, unless it has one. Edit it in the admin afterwards."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--rooftop", required=True, metavar="CODE", help="Like NORTH.")

    def handle(self, *, rooftop: str, **options: Any) -> None:
        here = Rooftop.objects.filter(code=rooftop).first()
        if here is None:
            known = ", ".join(Rooftop.objects.order_by("code").values_list("code", flat=True)) or "none yet"
            raise CommandError(f"There is no rooftop {rooftop}. Rooftops: {known}.")
        template = install_default(rooftop=here, by=None, at=timezone.now())
        self.stdout.write(f"{here.name} inspects by {template.name}: {template.items.count()} items.")
