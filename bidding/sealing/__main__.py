"""`python -m bidding.sealing`: age files, shares, offline sealing, offline checks."""

from __future__ import annotations

import sys

from bidding.sealing.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
