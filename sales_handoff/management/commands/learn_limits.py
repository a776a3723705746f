"""manage.py learn_limits [--rooftop CODE]: learn what cars have ahead of them, and score every car, now."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from dealership.models import Rooftop
from sales_handoff.actions import learn, score_cars


class Command(BaseCommand):
    help = (
        "Learn the repair limits of each class of cars from past orders, and score every car. Each night does it too."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--rooftop", metavar="CODE", help="Only what this rooftop has seen, like NORTH.")

    def handle(self, *args: Any, **options: Any) -> None:
        rooftops = Rooftop.objects.order_by("pk")
        if code := options["rooftop"]:
            rooftops = rooftops.filter(code=code)
        chosen = list(rooftops)
        if not chosen:
            raise CommandError(f"There is no rooftop {code}." if code else "There is no rooftop yet.")
        now = timezone.now()
        for rooftop in chosen:
            learned = learn(rooftop=rooftop, at=now)
            kinds = "1 class" if learned.classes == 1 else f"{learned.classes} classes"
            self.stdout.write(f"{rooftop.code}: {kinds} of cars; {learned.changed} changed, {learned.gone} gone")
        self.stdout.write(f"{score_cars(rooftop=chosen[-1], at=now)} scores written")
