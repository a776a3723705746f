"""Production settings: everything from the environment, all that is missing said at once, nothing left open."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from dealership.embedded import postgres
from dealership.embedded.places import Places

PROJECT = Path(__file__).resolve().parents[2]
COMPLETE = {
    "SECRET_KEY": "only-for-tests-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGH",
    "DATABASE_URL": "postgresql://lane_web:x@db.example/lane",
    "REDIS_URL": "rediss://:x@queue.example:6379/0",
    "LANE_URL": "https://lane.example.com",
    "SMTP_URL": "smtps://lane:x@mail.example:465",
    "FROM_EMAIL": "lane@example.com",
}


def run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "LANE_HOME"}}
    return subprocess.run(
        [sys.executable, *command],
        cwd=PROJECT,
        env=clean | {"DJANGO_SETTINGS_MODULE": "dealership.settings.production"} | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_every_missing_variable_is_named_at_once() -> None:
    answer = run("manage.py", "check")

    assert answer.returncode != 0
    for name in COMPLETE:
        assert f"  {name}: " in answer.stderr


@pytest.mark.parametrize("missing", sorted(COMPLETE))
def test_one_missing_variable_is_named_alone(missing: str) -> None:
    answer = run("-c", "import dealership.settings.production", **COMPLETE | {missing: ""})

    assert f"  {missing}: " in answer.stderr
    assert answer.stderr.count(": ") < 12


def test_an_address_without_https_is_refused() -> None:
    answer = run("-c", "import dealership.settings.production", **COMPLETE | {"LANE_URL": "http://lane.example.com"})

    assert "LANE_URL must start with https://" in answer.stderr


def test_the_deployment_check_finds_nothing(services: None) -> None:
    database = postgres.address(Places(settings.LANE_HOME), postgres.WEB_ROLE)
    complete = COMPLETE | {"DATABASE_URL": database}
    answer = run("manage.py", "check", "--deploy", "--fail-level", "WARNING", **complete)

    assert answer.returncode == 0, answer.stderr


def test_cookies_belong_to_this_host_alone() -> None:
    said = (
        "from django.conf import settings as s; print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.DEVICE_COOKIE_NAME)"
    )
    answer = run("-c", said, **COMPLETE)

    assert answer.stdout.split() == ["__Host-lane-session", "__Host-lane-csrf", "__Host-lane-device"]


def test_the_policy_lets_nothing_in_from_elsewhere() -> None:
    assert settings.SECURE_CSP == {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
