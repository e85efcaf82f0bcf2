"""One round with one supplier, as both sides live through it."""

from __future__ import annotations

from datetime import datetime

from core.clock import BEIJING
from tests.journeys.journal import Person


def in_beijing(instant: datetime) -> str:
    """Write an instant as the form of a page takes it."""
    return instant.astimezone(BEIJING).strftime("%Y-%m-%dT%H:%M:%S")


def heard_once(host: Person, member: Person, supplier: Person, talk: str, tender: str) -> None:
    """Call the supplier, let both speak, write the minutes, sign them on both sides; `talk` is the team's page."""
    host.post(f"{talk}call", f"calls {supplier.name} to a round")
    supplier.post(f"{tender}talk/say", "speaks", text="本公司可提供 32 GB 内存，单价不变。")
    member.post(f"{talk}say", "answers", text="请说明交货周期。")
    host.post(f"{talk}minutes", "writes the minutes", minutes="供应商说明了内存配置与交货周期。")
    own = supplier.json(f"{tender}talk/")
    assert len(own["rounds"]) == 1
    supplier.touch(f"{tender}talk/sign", own["sign"], "signs the minutes")
    member.touch(f"{talk}sign", member.json(talk)["sign"], "signs the minutes for the team")
    assert supplier.json(f"{tender}talk/")["rounds"][0]["status"] == "confirmed"
