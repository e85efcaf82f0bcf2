"""The demonstration's province: all of it says that it is invented, and all of it came about by real acts."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.demo.conftest import Told, run

VALIDATOR = Path(__file__).resolve().parents[3] / "shared" / "ocds" / "validate.sh"
pytestmark = [pytest.mark.processes]

LABELS = """
import json
from disclosure.models import Notice
from mall.models import Product
from parties.models import Organisation
print(json.dumps({
    "organisations": list(Organisation.objects.values_list("name", "demonstration")),
    "own": list(Notice.objects.filter(external={}).values_list("title", flat=True)),
    "others": list(Notice.objects.exclude(external={}).values_list("external", flat=True)),
    "brands": sorted(set(Product.objects.values_list("brand", flat=True))),
}))
"""
CHAINS = """
import json
from core.audit.models import Entry
from core.audit.services import verify
from core.ledger import selectors as log
from core.timers.models import Timer
from bidding.models import Receipt
from mall.models import Order
from tendering.models import Tender
subjects = sorted(set(Entry.objects.values_list("subject", flat=True)))
note = log.note_with_cosignatures(log.newest_checkpoint())
print(json.dumps({
    "chains": len(subjects),
    "broken": [name for name in subjects if verify(name) is not None],
    "tenders": dict(Tender.objects.values_list("title", "status")),
    "orders": Order.objects.count(),
    "unlogged": Receipt.objects.filter(leaf_index=None).count(),
    "troubled": list(Timer.objects.exclude(last_error="").values_list("verb", flat=True)),
    "note": note,
}))
"""
RULES = """
import json
from disclosure.models import Notice
from disclosure.selectors.law import chips
lead = Notice.objects.filter(type="tender_notice", external={}).first()
print(json.dumps(sorted({row["unit"] for row in chips(lead)})))
"""
BULK = """
import json
from disclosure import bulk
bulk.make()
print(json.dumps(str(bulk.folder())))
"""


@pytest.mark.requirement("S003-64")
def test_everything_invented_says_so_and_the_real_notices_say_where_they_are_from(told: Told) -> None:
    found = told.ask(LABELS)
    assert all(found.values())
    assert [row for row in found["organisations"] if "示例" not in row[0] or not row[1]] == []
    assert [title for title in found["own"] if "示例" not in title] == []
    assert [brand for brand in found["brands"] if not brand.startswith("示例")] == []
    assert len(found["others"]) == 7
    assert all(row["source"] and row["provenance"] for row in found["others"])


def test_the_year_was_lived_through_with_real_keepers_and_unbroken_chains(told: Told) -> None:
    found = told.ask(CHAINS)
    assert sorted(found["tenders"].values()) == ["contracted", "opened"]
    assert (found["broken"], found["unlogged"], found["troubled"]) == ([], 0, [])
    assert found["chains"] > 100
    assert found["orders"] > 5
    assert found["note"].count("\n— ") == 4, "the log's signature and three cosignatures"


def test_processes_of_the_past_year_show_the_periods_of_the_law_in_days(told: Told) -> None:
    assert "seconds" not in told.ask(RULES)


def test_the_open_data_of_the_province_is_valid(told: Told) -> None:
    if not VALIDATOR.exists():
        pytest.skip(f"{VALIDATOR} is not here: the offline OCDS validator stands beside the repository")
    folder = Path(told.ask(BULK))
    files = sorted(folder.rglob("full.jsonl.gz"))
    checked = subprocess.run(
        [str(VALIDATOR), str(files[-1])],
        env={**os.environ, "OCDS_PYTHON": sys.executable, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout[-2000:] + checked.stderr


@pytest.mark.requirement("S003-64")
def test_the_accounts_are_their_owners_alone_and_their_passkeys_go_on_counting(told: Told) -> None:
    file = told.folder / "demo-accounts.json"
    accounts = json.loads(file.read_text(encoding="utf-8"))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert {"purchaser", "agency", "supplier", "expert", "supervisor", "operator"} <= set(accounts)
    assert accounts["supplier"]["passkey"]["counter"] > 0
    assert any(row["waiting"] for row in accounts.values())


def test_no_invented_data_comes_into_an_installation_that_is_no_demonstration(tmp_path: Path) -> None:
    refused = run(tmp_path, "seed_demo", "--small", DEMONSTRATION="0", SANDBOX="0")
    assert refused.returncode != 0
    assert "DEMONSTRATION=1 is not set" in refused.stderr
    assert not (tmp_path / "demo-accounts.json").exists()
