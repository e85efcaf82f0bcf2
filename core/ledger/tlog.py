"""Merkle tree of an append-only log: hashes, proofs and tiles (RFC 6962 section 2, C2SP tlog-tiles); pure.

Hashes are 32-byte SHA-256.  A *complete subtree* at (level, index) covers entries
[index * 2^level, (index + 1) * 2^level); a `HashReader` gives its hash.  Everything else follows.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

HASH_BYTES = 32
TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT
MAX_ENTRY_BYTES = (1 << 16) - 1
EMPTY_ROOT = hashlib.sha256(b"").digest()
_MAX_SIZE = 1 << 62
_PATH = re.compile(r"(0|[1-9][0-9]?|entries)/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")

HashReader = Callable[[int, int], bytes]
"""(level, index) → hash of that complete subtree."""


class BadTile(ValueError):
    """A tile path, tile or entry bundle that the format does not allow."""


def leaf_hash(entry: bytes) -> bytes:
    """The hash of a log entry: SHA-256(0x00 | entry)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node: SHA-256(0x01 | left | right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def tree_root(size: int, read: HashReader) -> bytes:
    """The root over the first `size` entries."""
    return EMPTY_ROOT if size == 0 else _range_hash(0, size, read)


def inclusion_proof(index: int, size: int, read: HashReader) -> list[bytes]:
    """The audit path of entry `index` in the tree of `size`, from the leaf upwards.  Raises ValueError."""
    if not 0 <= index < size:
        raise ValueError("the entry is not in a tree of this size")
    start, end, path = 0, size, []
    while end - start > 1:
        middle = start + _largest_power_below(end - start)
        if index < middle:
            path.append(_range_hash(middle, end, read))
            end = middle
        else:
            path.append(_range_hash(start, middle, read))
            start = middle
    return path[::-1]


def consistency_proof(old: int, new: int, read: HashReader) -> list[bytes]:
    """The proof that the tree of size `old` begins that of size `new`; empty for 0 and for equal sizes.

    Raises ValueError unless 0 <= old <= new.
    """
    if not 0 <= old <= new:
        raise ValueError("a tree is only consistent with a tree at least as large")
    if old in (0, new):
        return []
    start, end, whole, path = 0, new, True, []
    while old != end:
        middle = start + _largest_power_below(end - start)
        if old <= middle:
            path.append(_range_hash(middle, end, read))
            end = middle
        else:
            path.append(_range_hash(start, middle, read))
            start, whole = middle, False
    if not whole:
        path.append(_range_hash(start, end, read))
    return path[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether `proof` leads from the leaf hash at `index` to `root` in a tree of `size`.

    Source: RFC 9162 section 2.1.3.2.
    """
    if not 0 <= index < size <= _MAX_SIZE or not _all_hashes([leaf, root, *proof]):
        return False
    node, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if node & 1 or node == last:
            found = node_hash(sibling, found)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and found == root


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the tree (`new`, `new_root`) begins with the tree (`old`, `old_root`).

    The empty tree begins every tree: then its root is that of nothing, and the proof is empty.
    Source: RFC 9162 section 2.1.4.2.
    """
    if not 0 <= old <= new <= _MAX_SIZE or not _all_hashes([old_root, new_root, *proof]):
        return False
    if old == new or old == 0:
        right = old_root == new_root if old == new else True
        return right and not proof and (old > 0 or old_root == EMPTY_ROOT)
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not path:
        return False
    node, last = old - 1, new - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    first = second = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            first, second = node_hash(sibling, first), node_hash(sibling, second)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            second = node_hash(second, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and first == old_root and second == new_root


@dataclass(slots=True)
class Frontier:
    """The right edge of a growing tree: enough to append and to know the root, O(log n) hashes.

    `peaks` are the hashes of the complete subtrees of the binary digits of `size`, largest first.
    """

    size: int = 0
    peaks: list[bytes] = field(default_factory=list)

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash."""
        found, size = leaf, self.size
        while size & 1:
            found, size = node_hash(self.peaks.pop(), found), size >> 1
        self.peaks.append(found)
        self.size += 1

    def root(self) -> bytes:
        """The root over everything appended."""
        if not self.peaks:
            return EMPTY_ROOT
        found = self.peaks[-1]
        for peak in self.peaks[-2::-1]:
            found = node_hash(peak, found)
        return found


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile's coordinates: level −1 is the entry bundle, `width` is 256 when full, 1…255 when partial."""

    level: int
    index: int
    width: int = TILE_WIDTH

    @property
    def path(self) -> str:
        """The part of its address after `/tile/`."""
        groups = [f"{self.index % 1000:03}"]
        rest = self.index // 1000
        while rest:
            groups.insert(0, f"x{rest % 1000:03}")
            rest //= 1000
        level = "entries" if self.level < 0 else str(self.level)
        partial = "" if self.width == TILE_WIDTH else f".p/{self.width}"
        return f"{level}/{'/'.join(groups)}{partial}"

    @classmethod
    def parse(cls, path: str) -> Tile:
        """Read the part of an address after `/tile/`.  Raises BadTile."""
        match = _PATH.fullmatch(path)
        if match is None or len(path) > 64:
            raise BadTile("not a tile path")
        level, number, width = match.groups()
        tile = cls(
            -1 if level == "entries" else int(level),
            int(number.replace("x", "").replace("/", "")),
            int(width) if width else TILE_WIDTH,
        )
        if tile.level > 63 or (width and tile.width >= TILE_WIDTH) or tile.path != path:
            raise BadTile("not a tile path")
        return tile

    def within(self, size: int) -> bool:
        """Whether a tree of `size` has this tile, at this width or wider."""
        return self.index * TILE_WIDTH + self.width <= size >> (TILE_HEIGHT * max(self.level, 0))


def tiles_of(size: int) -> Iterator[Tile]:
    """Every hash tile of a tree of `size`, level by level, the partial one last."""
    level, width = 0, size
    while width:
        for index in range(width // TILE_WIDTH):
            yield Tile(level, index)
        if width % TILE_WIDTH:
            yield Tile(level, width // TILE_WIDTH, width % TILE_WIDTH)
        level, width = level + 1, width // TILE_WIDTH


def bundles_of(start: int, size: int) -> Iterator[Tile]:
    """The entry bundles that hold the entries [start, size)."""
    for index in range(start // TILE_WIDTH, -(-size // TILE_WIDTH)):
        yield Tile(-1, index, min(TILE_WIDTH, size - index * TILE_WIDTH))


def tile_reader(size: int, fetch: Callable[[Tile], bytes]) -> HashReader:
    """A HashReader over the tiles of a tree of `size`; each tile is fetched once.

    The reader raises BadTile for a tile of the wrong length.  It believes the tiles: compare a root made
    from them with one that was signed.
    """
    tiles: dict[tuple[int, int], bytes] = {}

    def tile(level: int, index: int) -> bytes:
        if (level, index) not in tiles:
            width = min(TILE_WIDTH, (size >> (TILE_HEIGHT * level)) - index * TILE_WIDTH)
            content = fetch(Tile(level, index, width))
            if len(content) != width * HASH_BYTES:
                raise BadTile("the tile does not have its length")
            tiles[level, index] = content
        return tiles[level, index]

    def read(level: int, index: int) -> bytes:
        tile_level, height = divmod(level, TILE_HEIGHT)
        first = (index << height) % TILE_WIDTH
        content = tile(tile_level, (index << height) // TILE_WIDTH)
        hashes = split_hashes(content[first * HASH_BYTES : (first + (1 << height)) * HASH_BYTES])
        return complete_root(hashes)

    return read


def complete_root(hashes: Sequence[bytes]) -> bytes:
    """The root of a complete subtree whose 2^h lower hashes are given (a full tile has 256)."""
    while len(hashes) > 1:
        hashes = [node_hash(hashes[i], hashes[i + 1]) for i in range(0, len(hashes), 2)]
    return hashes[0]


def split_hashes(tile: bytes) -> list[bytes]:
    """The hashes of a tile, in order."""
    return [tile[i : i + HASH_BYTES] for i in range(0, len(tile), HASH_BYTES)]


def pack_bundle(entries: Iterable[bytes]) -> bytes:
    """An entry bundle: each entry behind its length in two bytes.  Raises BadTile above 65 535 bytes."""
    parts = []
    for entry in entries:
        if len(entry) > MAX_ENTRY_BYTES:
            raise BadTile("a log entry has at most 65535 bytes")
        parts.append(len(entry).to_bytes(2, "big") + entry)
    return b"".join(parts)


def unpack_bundle(bundle: bytes) -> list[bytes]:
    """The entries of a bundle.  Raises BadTile when it is cut short or holds more than 256."""
    entries: list[bytes] = []
    at = 0
    while at < len(bundle):
        end = at + 2 + int.from_bytes(bundle[at : at + 2], "big")
        if at + 2 > len(bundle) or end > len(bundle) or len(entries) == TILE_WIDTH:
            raise BadTile("the entry bundle is cut short or too long")
        entries.append(bundle[at + 2 : end])
        at = end
    return entries


def _all_hashes(values: Iterable[bytes]) -> bool:
    return all(len(value) == HASH_BYTES for value in values)


def _largest_power_below(size: int) -> int:
    return 1 << (size - 1).bit_length() - 1


def _range_hash(start: int, end: int, read: HashReader) -> bytes:
    """The hash over [start, end), where start is a multiple of a power of two not below end - start."""
    length = end - start
    if length & (length - 1) == 0:
        level = length.bit_length() - 1
        return read(level, start >> level)
    middle = start + _largest_power_below(length)
    return node_hash(_range_hash(start, middle, read), _range_hash(middle, end, read))
