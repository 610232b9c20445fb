"""The world of the leak matrix, for tests that look at every page."""

from tests.leaks.conftest import world

__all__ = ["world"]
