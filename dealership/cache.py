"""A Redis cache nobody misses: when Redis is away every look-up is a miss, and no request waits for it."""

import time
from collections.abc import Callable
from typing import Any

import structlog
from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.redis import RedisCache
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

log = structlog.get_logger(__name__)

PATIENCE = 0.2
"""Seconds a request gives Redis."""
REST = 5.0
"""Seconds we leave Redis alone after it failed, so that not every request spends its patience."""


_away_until: dict[str, float] = {}
"""By server, for all threads: one request's wait is enough to know."""


class ForgivingCache(RedisCache):
    """RedisCache whose failures are misses.  `longest` (an option) bounds how long anything is kept, in seconds."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        # A copy: every thread makes its cache from the same dictionary in settings.
        options = dict(params.get("OPTIONS", {}))
        self._longest: int | None = options.pop("longest", None)
        options |= {"socket_timeout": PATIENCE, "retry": Retry(NoBackoff(), 0)}
        if not server.startswith("unix://"):
            options["socket_connect_timeout"] = PATIENCE
        super().__init__(server, params | {"OPTIONS": options})
        self._server = server

    def _try[T](self, ask: Callable[[], T], instead: T) -> T:
        if time.monotonic() < _away_until.get(self._server, 0.0):
            return instead
        try:
            return ask()
        except (RedisError, OSError) as failed:
            _away_until[self._server] = time.monotonic() + REST
            log.warning("cache_away", why=type(failed).__name__)
            return instead

    def get_backend_timeout(self, timeout: Any = DEFAULT_TIMEOUT) -> Any:
        seconds = super().get_backend_timeout(timeout)
        if self._longest is None:
            return seconds
        return self._longest if seconds is None else min(seconds, self._longest)

    def add(self, *args: Any, **kwargs: Any) -> bool:
        return self._try(lambda: super(ForgivingCache, self).add(*args, **kwargs), True)

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        return self._try(lambda: super(ForgivingCache, self).get(key, default, version), default)

    def set(self, *args: Any, **kwargs: Any) -> None:
        self._try(lambda: super(ForgivingCache, self).set(*args, **kwargs), None)

    def touch(self, *args: Any, **kwargs: Any) -> bool:
        return self._try(lambda: super(ForgivingCache, self).touch(*args, **kwargs), False)

    def delete(self, *args: Any, **kwargs: Any) -> bool:
        return self._try(lambda: super(ForgivingCache, self).delete(*args, **kwargs), False)

    def get_many(self, *args: Any, **kwargs: Any) -> dict[Any, Any]:
        return self._try(lambda: super(ForgivingCache, self).get_many(*args, **kwargs), {})

    def set_many(self, data: Any, *args: Any, **kwargs: Any) -> list[Any]:
        return self._try(lambda: super(ForgivingCache, self).set_many(data, *args, **kwargs), list(data))

    def delete_many(self, *args: Any, **kwargs: Any) -> None:
        self._try(lambda: super(ForgivingCache, self).delete_many(*args, **kwargs), None)

    def has_key(self, *args: Any, **kwargs: Any) -> bool:
        return self._try(lambda: super(ForgivingCache, self).has_key(*args, **kwargs), False)

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        return self._try(lambda: super(ForgivingCache, self).incr(key, delta, version), delta)

    def clear(self) -> None:
        self._try(lambda: super(ForgivingCache, self).clear(), None)
