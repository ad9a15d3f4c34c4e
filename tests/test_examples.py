"""The examples in docstrings are true."""

import doctest
import importlib
from pathlib import Path

import pytest

HOME = Path(__file__).resolve().parents[1]
MODULES = sorted(
    ".".join(path.relative_to(HOME).with_suffix("").parts)
    for room in ("commands", "data", "ingest", "dashboard")
    for path in (HOME / room).rglob("*.py")
    if ">>>" in path.read_text(encoding="utf-8")
)


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_are_true(name: str) -> None:
    results = doctest.testmod(importlib.import_module(name))
    assert results.attempted > 0
    assert results.failed == 0
