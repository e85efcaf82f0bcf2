"""One benchmark in its own process, with the settings and services that `launch` gave it."""

from __future__ import annotations

import argparse
import json
import os
import sys
from importlib import import_module
from pathlib import Path

from config.bench.catalogue import BENCHMARKS, PAIRS
from config.bench.measure import Broken

S3 = ("S3_ENDPOINT_URL", "S3_BUCKET", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m config.bench", description=__doc__)
    parser.add_argument("name", choices=sorted(BENCHMARKS))
    parser.add_argument("--size", choices=sorted(PAIRS), required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    benchmark = BENCHMARKS[options.name]
    # Blobs stay on the disk; Redis only where production would speak to it.
    for name in (*S3, *(() if benchmark.redis else ("REDIS_URL",))):
        os.environ.pop(name, None)
    # Only now: PostgreSQL, which runs as another user, could not enter this folder.
    scratch = Path(os.environ["MINGCAI_VAR"]) / "tmp"
    scratch.mkdir(parents=True)
    os.environ["TMPDIR"] = str(scratch)

    import django

    django.setup()
    if benchmark.database:
        from django.core.management import call_command

        from config.bench.clock_file import START, set_clock
        from config.bench.floors import make_tables

        set_clock(START)
        call_command("migrate", verbosity=0)
        make_tables()
    try:
        outcome = import_module(f"config.bench.{options.name.replace('-', '_')}").run(options.size)
    except Broken as error:
        print(error, file=sys.stderr)
        return 1
    options.out.write_text(json.dumps(outcome.to_json(), ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
