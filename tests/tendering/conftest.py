"""What every test of tendering starts from."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture(autouse=True)
def independent_keepers(settings: Any) -> None:
    """Keepers that may seal real bids; a test that is about them says otherwise."""
    settings.INDEPENDENT_KEEPERS = True
    settings.KEEPERS_NEEDED = 2
