"""Addresses of disclosure: everything is public."""

from __future__ import annotations

from typing import Any

from disclosure import bulk, ocds, services
from tests.access.matrix import Row
from tests.disclosure.conftest import notice_arguments, order_arguments


def _published(cast: Any) -> Any:
    ocid = services.new_ocid()
    release = {"tender": {"id": "1", "status": "active", "items": [ocds.item("1", description="x")]}}
    return services.publish(
        **notice_arguments(
            cast, ocid=ocid, release=release, tag=["tender"], facts={"recompute": {"bids": []}}
        )
    )


def _own(cast: Any) -> dict[str, Any]:
    """A notice of the purchaser's own that is not amended by an act of the procedure."""
    said = {"type": "cancellation", "facts": {"reason": "采购任务取消"}, "due_at": None, "amount": None}
    return {"notice_id": services.publish(**notice_arguments(cast, **said)).id}


def _file(cast: Any) -> dict[str, Any]:
    bulk.make()
    return {"name": "full.jsonl.gz"}


OBJECTS = {
    "published_notice": lambda cast: {"notice_id": _published(cast).id},
    "published_process": lambda cast: {"ocid": _published(cast).ocid},
    "published_release": lambda cast: {"release_id": _published(cast).release_id},
    "published_transaction": lambda cast: {
        "transaction_id": services.record_transaction(**order_arguments(cast)).id
    },
    "bulk_file": _file,
    "bulk_made": lambda cast: {} if _file(cast) else {},
}
ROWS = [
    Row("portal:home"),
    Row("portal:notices"),
    Row("portal:intentions"),
    Row("portal:notice", "published_notice"),
    Row("portal:correct", _own, allowed={"purchaser"}),
    Row("portal:correct", _own, allowed={"purchaser"}, method="post", accepts={422}),
    Row("portal:notice_pdf", "published_notice"),
    Row("portal:notice_types"),
    Row("portal:recompute", "published_notice"),
    Row("portal:project", "published_process"),
    Row("portal:transactions"),
    Row("portal:transactions_csv"),
    Row("portal:transaction", "published_transaction"),
    Row("portal:open_data"),
    Row("portal:policy"),
    Row("portal:releases"),
    Row("portal:release", "published_release"),
    Row("portal:record", "published_process"),
    Row("portal:extension", {"name": "itemAttributes", "path": "extension.json"}),
    Row("portal:checksums", "bulk_made"),
    Row("portal:bulk_file", "bulk_file"),
    Row("portal:notices_atom"),
    Row("portal:log"),
    Row("portal:about"),
    Row("portal:accessibility"),
    Row("portal:contact"),
    Row("api:list_notices"),
    Row("api:one_notice", "published_notice"),
    Row("api:list_transactions"),
    Row("api:one_transaction", "published_transaction"),
]
