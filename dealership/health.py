"""/healthz: whether this process can do its work.  The database is needed; the queue only makes things quick."""

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from redis.backoff import NoBackoff
from redis.retry import Retry


def database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def queue_answers() -> bool:
    """Asks with a fifth of a second's patience."""
    server = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=0.2, retry=Retry(NoBackoff(), 0))
    try:
        with server:
            return bool(server.ping())
    except redis.RedisError:
        return False


@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """200 when the database answers, else 503.  A queue that is away is said, and is no reason to stop serving."""
    database = database_answers()
    said = {"database": "up" if database else "away", "queue": "up" if queue_answers() else "away"}
    return JsonResponse(said, status=200 if database else 503)
