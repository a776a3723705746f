"""The queue.  Tasks carry ids and are quick; what they do is kept by rows and found again by sweeps."""

import os
import warnings
from typing import Any

from celery import Celery
from celery.signals import celeryd_init, setup_logging
from django.conf import settings
from django_structlog.celery.steps import DjangoStructLogInitStep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dealership.settings.dev")

# Containers run as root; what makes that dangerous to Celery is pickle, which we do not accept.
warnings.filterwarnings("ignore", message="You're running the worker with superuser privileges")

app = Celery("lane")
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
