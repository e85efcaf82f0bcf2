"""Sealing (密封): the envelope format of bids, as one pure package that an offline verifier can run alone.

`FORMAT.md` is normative; code cites its sections.   Owns: age files, shares, records,
opening, transcripts.
Others may call: objects, seal, check, keeperside, opening, receipts, transcript; `python -m bidding.sealing`.
"""
