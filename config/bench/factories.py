"""What tests start from serves benchmarks too: people, tenders and offers in states that services reached.

Imported by name, since tests are not held to the types of the application.
"""

from __future__ import annotations

from importlib import import_module

parties = import_module("tests.factories.parties")
tendering = import_module("tests.factories.tendering")
mall = import_module("tests.factories.mall")
bidding = import_module("tests.factories.bidding")
