"""manage.py load_demo: the demonstration group, through the same actions and the same importer as real use."""

import os
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from dealership.management.demonstration import (
    afterwards,
    group,
    homes,
    people,
    quarter,
    recalls,
    setting,
    story,
    voices,
)
from dealership.management.demonstration.lane import DAYS_BEFORE, VISITS
from dealership.management.demonstration.stage import Stage
from service_lane.models import RepairOrder, WriteUp

SAME_DAY = timedelta(hours=14)


class Command(BaseCommand):
    help = "Load the invented demonstration group. Run again, it adds nothing twice; on another day, a new lane."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--fresh-lane", action="store_true", help="Send today's cars home and start the lane anew.")

    def handle(self, *, fresh_lane: bool, **options: Any) -> None:
        if not settings.LANE_DEMONSTRATION:
            raise CommandError("Demonstration data is invented, and never loaded beside real customers.")
        now = timezone.now()
        rooftops = setting.rooftops()
        staff = setting.staff(rooftops, now)
        for rooftop in rooftops.values():
            setting.install(rooftop, now)
        setting.schedule()
        north = rooftops["NORTH"]
        setting.guide(north, now)
        setting.lists(north, now)
        orders = setting.history(north, now)
        setting.learn(north, now)
        recalls.take(north, now)
        self.stdout.write(f"  {orders:,} past repair orders at NORTH, from the demonstration export (invented).")
        stage = Stage(north, staff, now, address=os.environ.get("LANE_ADDRESS", "http://localhost:8000"))
        here = RepairOrder.objects.here_now().filter(rooftop=north)
        begun = WriteUp.objects.unfinished().filter(rooftop=north)
        if (here.exists() or begun.exists()) and not fresh_lane:
            newest = max((one.opened_at for one in here.order_by("-opened_at")[:1]), default=now - SAME_DAY)
            if newest > now - SAME_DAY:
                self.stdout.write("  Today's lane is there already.")
                return
        story.end_of_day(stage)
        story.days_before(stage, DAYS_BEFORE)
        quarter.last_quarter(stage)
        afterwards.follow_ups(stage)
        for visit in VISITS:
            story.play(stage, visit)
        story.households(stage)
        recalls.checked(stage)
        voices.play(stage)
        homes.play(stage)
        people.enter_twice(stage)
        quarter.tomorrow(stage)
        self.stdout.write(f"  {len(VISITS)} cars in today's lane (invented).")
        for member in group.STAFF:
            self.stdout.write(f"  {member.email:24} {member.tries}")
        self.stdout.write(f"  The password of each is {group.PASSWORD}")
