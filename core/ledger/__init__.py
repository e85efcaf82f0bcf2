"""The transparency log (透明日志): an append-only Merkle tree of entries that anyone can read and check.

Owns: Entry, Node, Checkpoint, Cosignature.   `tlog`, `note` are pure and shared with keepers and offline
verifiers. Others may call: services.append, publish_checkpoint, inclusion, consistency,
collect_cosignatures.
"""
