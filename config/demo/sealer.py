"""Seal a bid in a process of its own, as a bidder's machine does: knows neither Django nor the platform's data. Pure."""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bidding.sealing.context import CtxBase
from bidding.sealing.objects import Keeper
from bidding.sealing.seal import seal_bid


@dataclass(frozen=True)
class Sealed:
    """What leaves the bidder's machine."""

    record: dict[str, Any]
    envelopes: list[str]
    sheet: bytes
    files: bytes


def seal(
    ctx_base: dict[str, Any],
    keepers: Sequence[dict[str, Any]],
    organisation: str,
    sheet: dict[str, Any],
    papers: Sequence[tuple[str, bytes]],
) -> Sealed:
    """Seal a sheet and its papers for the place that `ctx_base` names."""
    with tempfile.TemporaryDirectory() as name:
        folder, attachments = Path(name), []
        for file_name, content in papers:
            path = folder / file_name
            path.write_bytes(content)
            attachments.append((file_name, path))
        done = seal_bid(
            CtxBase.from_json(ctx_base),
            [Keeper.from_json(row) for row in keepers],
            ctx_base["k"],
            sheet,
            attachments,
            folder / "sealed",
            organisation=organisation,
        )
        return Sealed(
            done.record.to_json(),
            [base64.b64encode(one).decode() for one in done.envelopes],
            done.sheet_path.read_bytes(),
            done.files_path.read_bytes(),
        )
