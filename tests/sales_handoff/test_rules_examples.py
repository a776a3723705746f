"""The worked example in every formula's docstring comes out as it says."""

import doctest
import pkgutil
from importlib import import_module

import pytest

from sales_handoff import rules


@pytest.mark.parametrize("name", [module.name for module in pkgutil.iter_modules(rules.__path__)])
def test_the_examples_in_the_docstrings_run(name: str) -> None:
    results = doctest.testmod(import_module(f"sales_handoff.rules.{name}"))

    assert results.attempted > 0
    assert results.failed == 0
