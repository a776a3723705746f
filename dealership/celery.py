"""The queue.  Tasks carry ids and are quick; what they do is kept by rows and found again by sweeps."""

import os
import time
import warnings
from typing import Any, ClassVar

from celery import Celery, Task
from celery.signals import celeryd_init, setup_logging
from django.conf import settings
from django_structlog.celery.steps import DjangoStructLogInitStep
from kombu.exceptions import OperationalError

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dealership.settings.dev")

# Containers run as root; what makes that dangerous to Celery is pickle, which we do not accept.
warnings.filterwarnings("ignore", message="You're running the worker with superuser privileges")

REST = 5.0
"""Seconds we do not try to publish after the broker failed, so that one request waits for it and not every one."""


class BrokerAway(OSError):
    """The broker failed moments ago and is not asked again yet.  The sweep will find the row."""


class LaneTask(Task):  # type: ignore[type-arg]  # not generic at run time
    """A task whose publishing gives up at once while the broker is known to be away."""

    abstract = True
    away_until: ClassVar[float] = 0.0

    def apply_async(self, *args: Any, **options: Any) -> Any:
        if time.monotonic() < LaneTask.away_until:
            raise BrokerAway
        try:
            return super().apply_async(*args, **options)
        except OperationalError:
            LaneTask.away_until = time.monotonic() + REST
            raise


app = Celery("lane", task_cls=LaneTask)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(["dealership"], related_name="outbox")
app.steps["worker"].add(DjangoStructLogInitStep)


@setup_logging.connect
def log_as_the_web_does(**_: Any) -> None:
    """Celery leaves logging alone when somebody listens here; Django has configured it already."""


@celeryd_init.connect
def let_the_worker_wait(**_: Any) -> None:
    """A worker listens to the broker for a second at a time, so the web's 0.2 s would be a failure each second."""
    patient = {"socket_timeout": 5, "socket_connect_timeout": 5, "max_retries": None}
    app.conf.broker_transport_options = settings.CELERY_BROKER_TRANSPORT_OPTIONS | patient
