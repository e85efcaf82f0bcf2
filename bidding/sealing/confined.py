"""Open bids in processes of their own, one for each bid, with limits that the kernel enforces.

What a bidder sealed is read here for the first time.  Whatever it does to the code that reads it, it does to a process
that has no database, no network of the site's, no secret but this bid's, little memory and few files, and that ends with
the bid.  `python -m bidding.sealing.confined` reads requests from stdin and forks for each; it touches no bid itself.
Requests and answers are one line of JSON; the site trusts an answer no more than a stranger's.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import traceback
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType

from bidding.sealing.errors import Malformed, SealingError
from bidding.sealing.objects import SealedRecord
from bidding.sealing.opening import Limits, OpenedFile, Outcome, Verdict, open_bid, stored_name
from bidding.sealing.plain import PlainManifest, PlainShare, PlainSheet

ROOT = Path(__file__).resolve().parents[2]
#: An answer holds the sheet and the names of the attachments, never their bytes.
MAX_ANSWER = 32 << 20
#: Decrypting needs the same memory at any size: 64 KiB at a time, beside one sheet and the program itself.
MEMORY = 1 << 30
#: Far more than the slowest machine needs for a byte; it ends what does not come to an end.
CPU_SECONDS, CPU_SECONDS_PER_GIB = 60, 600
OPEN_FILES = 64


class Died(Exception):
    """The process that opened a bid ended without an answer, or with one that cannot be."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What became of one bid: the verdict, and with `opened` what the bid says and where its attachments lie."""

    verdict: Verdict
    seed_sheet: str = ""
    organisation: str = ""
    sheet: PlainSheet | None = None
    files: tuple[OpenedFile, ...] = ()


class Opener:
    """Opens bids, each in a process of its own; for use in `with`, by one thread."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits

    def __enter__(self) -> Opener:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bidding.sealing.confined"],
            cwd=ROOT,
            env={name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate()

    def open_bid(
        self,
        record: SealedRecord,
        shares: Sequence[PlainShare],
        sheet_path: Path | None,
        attachments_path: Path | None,
        out_dir: Path,
        *,
        acked: Collection[int] | None = None,
    ) -> Opened:
        """As `opening.open_bid`.  Raises Died; OSError for the disk."""
        request = {
            "record": record.to_json(),
            "shares": [share.to_json() for share in shares],
            "sheet": str(sheet_path) if sheet_path else None,
            "files": str(attachments_path) if attachments_path else None,
            "out": str(out_dir),
            "limits": asdict(self.limits),
            "acked": sorted(acked) if acked is not None else None,
        }
        asked, answered = self._process.stdin, self._process.stdout
        if asked is None or answered is None:
            raise Died("there is no process")
        try:
            asked.write(json.dumps(request).encode() + b"\n")
            asked.flush()
            status, _, length = answered.readline(64).partition(b" ")
            content = answered.read(int(length))
        except (BrokenPipeError, ValueError) as error:
            raise Died(f"no answer: {error}") from error
        if status != b"0":
            raise Died(f"it ended with {status.decode()}: {content[-2000:].decode(errors='replace')}")
        try:
            return _read(json.loads(content), record.ctx.envelope, out_dir)
        except (ValueError, KeyError, TypeError, SealingError) as error:
            raise Died(f"its answer cannot be: {error}") from error


def _read(answer: dict[str, object], envelope: str, out_dir: Path) -> Opened:
    """Read an answer as strictly as a stranger's, and look at the files instead of believing in them."""
    verdict = Verdict.from_json(answer["verdict"])
    seed = str(answer["seed_sheet"])
    if seed and len(bytes.fromhex(seed)) != 32:
        raise Malformed("seed_sheet")
    if verdict.verdict != Outcome.OPENED:
        return Opened(verdict, seed)
    manifest = PlainManifest.from_json(answer["manifest"])
    files = []
    for place, file in enumerate(manifest.files):
        path = out_dir / stored_name(place)
        if path.is_symlink() or not path.is_file() or path.stat().st_size != file.size:
            raise Malformed(f"{path.name} is not there as the answer says")
        files.append(OpenedFile(file.name, path, file.sha256, file.size))
    sheet = PlainSheet.from_json(answer["sheet"], envelope)
    return Opened(verdict, seed, manifest.organisation, sheet, tuple(files))


# --- the other side ---


def serve() -> None:
    """Answer requests until stdin ends, which it does when the site's process ends."""
    for line in sys.stdin.buffer:
        status, answer = _apart(line)
        sys.stdout.buffer.write(f"{status} {len(answer)}\n".encode() + answer)
        sys.stdout.buffer.flush()


def _apart(line: bytes) -> tuple[int, bytes]:
    """Answer one request in a child: how the child ended (0, an exit code, or minus a signal), and what it wrote."""
    ours, childs = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(ours)
        os._exit(_child(line, childs))
    os.close(childs)
    with open(ours, "rb") as said:
        answer = said.read(MAX_ANSWER + 1)
    if len(answer) > MAX_ANSWER:
        os.kill(child, signal.SIGKILL)
        answer = b""
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status), answer


def _child(line: bytes, out: int) -> int:
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1):  # neither the next request nor another bid's answer is within reach
        os.dup2(nothing, stream)
    with open(out, "wb") as said:
        try:
            request = json.loads(line)
            limits = Limits(**request["limits"])
            confine(limits.max_files_total)
            said.write(json.dumps(_open(request, limits)).encode())
        except Exception:  # noqa: BLE001 - whatever it is, it is this bid's end, and told
            said.write(traceback.format_exc(limit=-4).encode())
            return 1
    return 0


def confine(most: int) -> None:
    """Have the kernel limit this process; `most` are the bytes that it may write into one file."""
    seconds = CPU_SECONDS + CPU_SECONDS_PER_GIB * most // (1 << 30)
    for what, limit in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, most),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (limit, limit))


def _open(request: dict[str, object], limits: Limits) -> dict[str, object]:
    record = SealedRecord.from_json(request["record"])
    shares = [PlainShare.from_json(one) for one in request["shares"]]  # type: ignore[attr-defined]
    sheet, files = (Path(str(request[name])) if request[name] else None for name in ("sheet", "files"))
    acked: list[int] | None = request["acked"]  # type: ignore[assignment]
    verdict = open_bid(record, shares, sheet, files, Path(str(request["out"])), limits, acked=acked)
    said = verdict.opened
    return {
        "verdict": verdict.to_json(),
        "seed_sheet": verdict.secret.seed_sheet.hex() if verdict.secret is not None else "",
        "manifest": said.manifest.to_json() if said else None,
        "sheet": said.sheet.to_json() if said else None,
    }


if __name__ == "__main__":
    serve()
