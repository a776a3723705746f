"""What every test about customers starts from."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from dealership.models import Staff
from tests.cast import Cast, make_cast


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def send(client: Any) -> Callable[..., Any]:
    """Call it to post a form as somebody: `send(cast.ada, url, name="value")`.  Each call has a key of its own."""

    def post(staff: Staff, url: str, headers: dict[str, str] | None = None, **fields: Any) -> Any:
        client.force_login(staff)
        return client.post(url, {"form_key": str(uuid4()), **fields}, headers=headers or {})

    return post
