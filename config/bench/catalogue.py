"""Which benchmarks there are, what each compares, and which servers it needs."""

from __future__ import annotations

from dataclasses import dataclass

PAIRS = {"small": 1, "full": 5}
"""How often ours and what stands beside it are measured, in turns."""


@dataclass(frozen=True)
class Benchmark:
    """One benchmark; its module is `config.bench.<name>`.

    `goal` names all that `goal_met` decides; what the design asks for beyond it stands in `not_measured`. `reason` says
    what our work consists of beside that of what it is compared with.
    `services`: needs PostgreSQL with an empty, migrated database, and Redis.
    """

    name: str
    work: str
    beside: str
    goal: str
    reason: str = ""
    not_measured: tuple[str, ...] = ()
    services: bool = True


BENCHMARKS = {
    row.name: row
    for row in (
        Benchmark(
            "age",
            "decrypt and encrypt a file, file to file, with our age reader and writer",
            "the age command, and the bare ChaCha20-Poly1305 loop of cryptography",
            "at least 1.2 × age, at least 0.85 × the bare loop, memory the same at any size",
            services=False,
        ),
        Benchmark(
            "browser-seal",
            "seal a file in Chromium and upload it (WSGI), until the bidder would sign",
            "uploading the same bytes unsealed from the same page to the same server",
            "at most 1.5 × its time; the page never blocked for more than 50 ms",
            "A file's hash stands in the manifest at the front of what is sealed, so the file is read once before: the "
            "page does that as soon as it is chosen, while its bidder still writes. Sealing then encrypts and hashes the "
            "ciphertext while the upload runs, on two cores beside the server; the browser's own copy follows when all is "
            "sealed, while its bidder signs. Measured in an ordinary profile of Chromium, whose own cipher and SHA-256 are "
            "used; a browser without that cipher encrypts by WebAssembly, and one that does not tell of 8 GiB of memory, or "
            "has more than 256 MiB to hash, hashes by it, each at a third of the speed or less.",
        ),
        Benchmark(
            "opening",
            "open sealed bids whose shares 3 of 5 keepers release over HTTP",
            "decrypting the same files with the key at hand",
            "at most 1.5 × its time, every bid opened",
            "The bare decryption has the key at hand. An opening asks every keeper for its share of every bid, and each "
            "checks the log, the close list and its envelope first: 36 % of the time, profiled. 57 % is opening: all "
            "shares, salts and commitments are made again, the ciphertexts fetched from their store and hashed, each bid "
            "decrypted in a process of its own that the kernel confines, as many at once as there are cores, what was "
            "opened is filed, and each bid leaves acts, events and a verdict. 7 % is the opening record. Nearly all of it "
            "costs the same whatever the size of a bid, so that the ratio falls as bids grow.",
        ),
        Benchmark(
            "room",
            "bring the events of one stream to every viewer (Daphne, WebSocket)",
            "a bare websockets server that broadcasts frames of the same length",
            "saturated at least 0.35 × its deliveries; at 20 events/s all delivered, p99 at most 8 × its p99",
            not_measured=("30 rooms with 20 viewers each", "uvicorn"),
        ),
        Benchmark(
            "upload",
            "upload by tus, 8 MiB at a time, with hash and store (WSGI, and Daphne)",
            "the same PATCHes to a bare WSGI view that writes them to a file",
            "at least 0.5 × its bytes per second on WSGI, 0.25 × on Daphne; cut uploads whole with at most 3 % sent "
            "twice; memory grows by at most two chunks",
            "The view beside it is no Django view and leaves it to the system when bytes reach the disk. Ours syncs every "
            "part before it says where the upload stands (a third of its time on a machine whose disk is shared), asks "
            "the database five times who uploads and where the upload stands, and reads every part from the disk once for "
            "the hash, beside the arrival of the next. Daphne writes a body to a temporary file, Django writes it to "
            "another before the view sees it, and the same process runs the clock and the tasks. The memory of a process "
            "grows with the number of parts that it has taken, more and more slowly: by 15 MiB after 64 parts, 23 after "
            "256 and 34 after 768; where it lies is not found out yet.",
        ),
        Benchmark(
            "orders",
            "buyers order under shared caps and stock (PostgreSQL, WSGI)",
            "a view with a row lock and five rows in three statements, same middleware, same server",
            "at least 0.3 × its requests per second; caps, stock and budgets exact; at most 20 SQL statements; "
            "p99 at most 1 s",
            not_measured=("pgbench with the same SQL", "django-oscar's place_order"),
        ),
        Benchmark(
            "pages",
            "the 20 pages people use most, with little data and with more of it (PostgreSQL, WSGI)",
            "a view with an empty template, same middleware, same server",
            "p95 at most 5 × its p95; the same number of queries however much data there is",
            not_measured=("100 × the demonstration's data: the benchmark makes data of its own",),
        ),
        Benchmark(
            "ocds",
            "export all processes with their records, compiled on write",
            "ocdskit compile on the same releases",
            "at least 5 × its releases per second; memory the same at any size",
        ),
        Benchmark(
            "surge",
            "bidders press submit within the last second, uploads already there (PostgreSQL, WSGI)",
            "a view that does one INSERT, same middleware, same server",
            "at least 0.5 × its requests per second; none lost, none late accepted, none early rejected",
            "The view beside it is 3 statements and one commit. A submission is 19 statements in nine messages and the two "
            "commits of rule R1, each under the locks that closing waits for; PostgreSQL works eight times as long for it, "
            "a quarter of that on keeping the receipt, the acts and the message to the desk. Of its processor time in the "
            "web server, profiled, about two fifths are receiving it and finding out who acts at which desk, which for the "
            "view is nearly everything; about a tenth each are reading the record and checking its signature, the ticket, "
            "and signing and keeping the receipt with its acts in the audit chain; the rest is reading under the locks what "
            "decides (other tickets, the bids of the supplier, the tender as it is now), moving the bid, and committing. "
            "The mail about it is sent by a sweep, which is not measured.",
            not_measured=("helios-server's cast POST",),
        ),
    )
}
ABSENT = {
    "auction": "reverse auctions have no benchmark",
    "search": "the search of transaction records has no benchmark",
}
"""Names that the design knows and that are not available."""
