"""What every test of evaluation starts from."""

from __future__ import annotations

from typing import Any

import pytest

from tests.factories.evaluation import SPRING


@pytest.fixture(autouse=True)
def started(settings: Any, at: Any) -> None:
    """Keepers that may seal real bids, a passkey's site, and a spring day."""
    settings.INDEPENDENT_KEEPERS = True
    settings.KEEPERS_NEEDED = 2
    settings.RP_ID = "localhost"
    settings.PASSKEY_ORIGINS = ["http://localhost:8000"]
    at(SPRING)
