"""Two people of a regulator's office, and somebody of another one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from parties.models import Organisation
from parties.states import Role
from tests.factories import parties as make

TODAY = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@dataclass
class Office:
    """The people of a regulator: who writes, who decides; and a regulator of elsewhere."""

    writer: Any
    second: Any
    elsewhere: Any
    below: Any


@pytest.fixture
def office(cast: Any, at: Any, settings: Any) -> Office:
    at(TODAY)
    settings.INDEPENDENT_KEEPERS = True
    settings.KEEPERS_NEEDED = 2
    org = Organisation.objects.get(pk=cast.supervisor.org_id)
    return Office(
        writer=cast.supervisor,
        second=make.member(org, "复核员", Role.APPROVER),
        elsewhere=make.desk("supervisor", "宁波市财政局（示例）", "330200"),
        below=make.desk("supervisor", "杭州市上城区财政局（示例）", "330102"),
    )
