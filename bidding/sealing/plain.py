"""What only its bidder knows before the opening: manifests, sheets, shares (FORMAT.md 3.5 to 3.7).

The types say `Plain`; a sealed bid has no attribute that holds one of them.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field

from bidding.sealing import encoding
from bidding.sealing.context import Ctx
from bidding.sealing.encoding import canonical
from bidding.sealing.errors import Malformed
from bidding.sealing.shape import MAX_INTEGER, Members, text

SHEET = "sheet"
FILES = "files"
PARTS = frozenset({SHEET, FILES})
SHEET_NAME = "sheet.json"
SHARE_BYTES = 33
MAX_NAME, MAX_NAME_BYTES = 200, 255
MAX_MANIFEST = MAX_SHEET = 1 << 20
MAX_ENVELOPE = 16 * 1024
_MAX_FILES = 20_000
_MAX_PRICES, _MAX_RESPONSES, _MAX_FACTS = 5_000, 1_000, 100
_LONG, _SHORT = 20_000, 200


@dataclass(frozen=True, slots=True)
class PlainShare:
    """One keeper's share, as it lies in its envelope; secret until the opening."""

    ctx: Ctx
    keeper: str
    i: int
    share: bytes = field(repr=False)
    salt: bytes = field(repr=False)

    def to_json(self) -> dict[str, object]:
        """The payload of the envelope."""
        return {
            "type": "mingcai/v1/envelope",
            "ctx": self.ctx.to_json(),
            "keeper": self.keeper,
            "i": self.i,
            "share": self.share.hex(),
            "salt": self.salt.hex(),
        }

    @classmethod
    def from_json(cls, value: object) -> PlainShare:
        """Read it strictly; `verify_share` judges the share's length.  Raises Malformed."""
        members = Members(value, "envelope", "envelope")
        share = cls(
            Ctx.from_json(members.take("ctx")),
            members.id("keeper"),
            members.integer("i", 1, 255),
            members.hex("share", None),
            members.hex("salt"),
        )
        members.done()
        return share

    def commitment(self) -> str:
        """c_i, over what stands here."""
        return commitment(self.ctx.digest(), self.i, self.share, self.salt)


def commitment(ctx_digest: bytes, i: int, share: bytes, salt: bytes) -> str:
    """c_i as hexadecimal."""
    return encoding.labelled("share", ctx_digest, bytes([i]), share, salt).hex()


@dataclass(frozen=True, slots=True)
class PlainFile:
    """One file of a container: its name, SHA-256 (hexadecimal) and size in bytes."""

    name: str
    sha256: str
    size: int

    def to_json(self) -> dict[str, object]:
        """Its member of the manifest."""
        return {"name": self.name, "sha256": self.sha256, "size": self.size}

    @classmethod
    def from_json(cls, value: object) -> PlainFile:
        """Read it strictly.  Raises Malformed."""
        members = Members(value, "file")
        found = cls(file_name(members.take("name")), members.hash("sha256"), members.integer("size", 0))
        members.done()
        return found


@dataclass(frozen=True, slots=True)
class PlainManifest:
    """What a container holds, for what and by whom; `nonce` (32 bytes) opens the bidder's tag."""

    part: str
    ctx: Ctx
    organisation: str
    nonce: bytes = field(repr=False)
    files: tuple[PlainFile, ...] = ()

    def to_json(self) -> dict[str, object]:
        """The object; `from_json` reads it back."""
        return {
            "type": "mingcai/v1/manifest",
            "part": self.part,
            "ctx": self.ctx.to_json(),
            "bidder": {"organisation": self.organisation, "nonce": self.nonce.hex()},
            "files": [file.to_json() for file in self.files],
        }

    @classmethod
    def from_json(cls, value: object) -> PlainManifest:
        """Read it strictly.  Raises Malformed."""
        members = Members(value, "manifest", "manifest")
        bidder = Members(members.take("bidder"), "bidder")
        manifest = cls(
            members.choice("part", PARTS),
            Ctx.from_json(members.take("ctx")),
            bidder.id("organisation"),
            bidder.hex("nonce"),
            members.items("files", _MAX_FILES, PlainFile.from_json),
        )
        bidder.done()
        members.done()
        names = [file.name for file in manifest.files]
        if len(set(names)) != len(names):
            raise Malformed("manifest.files names a file twice")
        if manifest.part == SHEET and names != [SHEET_NAME]:
            raise Malformed(f"the sheet part holds {SHEET_NAME} alone")
        return manifest


def file_name(value: object) -> str:
    """A name that is safe on any file system.  Raises Malformed."""
    name = text(value, "file.name", MAX_NAME, 1)
    bad = any(char in "/\\\t\n" or unicodedata.category(char) == "Cf" for char in name)
    if bad or name[0] in ". " or name[-1] == " " or len(name.encode("utf-8")) > MAX_NAME_BYTES:
        raise Malformed("file.name is not a plain file name")
    return name


@dataclass(frozen=True, slots=True)
class PlainPrice:
    """One line of prices; `quantity` and `unit_price` (yuan) are decimal strings, the amount is in fen."""

    item: str
    name: str
    quantity: str
    unit: str
    unit_price: str
    amount_fen: int

    def to_json(self) -> dict[str, object]:
        """The object; `from_json` reads it back."""
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def from_json(cls, value: object) -> PlainPrice:
        """Read it strictly.  Raises Malformed."""
        members = Members(value, "price")
        price = cls(
            members.id("item"),
            members.text("name", _SHORT),
            members.decimal("quantity"),
            members.text("unit", 20),
            members.decimal("unit_price"),
            members.integer("amount_fen", 0),
        )
        members.done()
        return price


@dataclass(frozen=True, slots=True)
class PlainResponse:
    """The bidder's answer to one criterion, with the names of the attachments that prove it."""

    criterion: str
    response: str
    files: tuple[str, ...] = ()

    def to_json(self) -> dict[str, object]:
        """The object; `from_json` reads it back."""
        return {"criterion": self.criterion, "response": self.response, "files": list(self.files)}

    @classmethod
    def from_json(cls, value: object) -> PlainResponse:
        """Read it strictly.  Raises Malformed."""
        members = Members(value, "response")
        response = cls(
            members.id("criterion"),
            members.text("response", _LONG),
            members.items("files", _MAX_FILES, file_name),
        )
        members.done()
        return response


@dataclass(frozen=True, slots=True)
class PlainSheet:
    """The opening sheet (开标一览表) of one lot and envelope.  Amounts are integer fen."""

    total_fen: int | None
    prices: tuple[PlainPrice, ...] = ()
    delivery_days: int | None = None
    warranty_months: int | None = None
    responses: tuple[PlainResponse, ...] = ()
    facts: dict[str, str | int | bool] = field(default_factory=dict)
    notes: str = ""

    def to_json(self) -> dict[str, object]:
        """The object; `from_json` reads it back."""
        return {
            "type": "mingcai/v1/sheet",
            "total_fen": self.total_fen,
            "prices": [price.to_json() for price in self.prices],
            "delivery_days": self.delivery_days,
            "warranty_months": self.warranty_months,
            "responses": [response.to_json() for response in self.responses],
            "facts": dict(self.facts),
            "notes": self.notes,
        }

    @classmethod
    def from_json(cls, value: object, envelope: str) -> PlainSheet:
        """Read it strictly as a sheet of `envelope`; a technical one has no price.  Raises Malformed."""
        members = Members(value, "sheet", "sheet")
        sheet = cls(
            members.amount("total_fen"),
            members.items("prices", _MAX_PRICES, PlainPrice.from_json),
            members.amount("delivery_days"),
            members.amount("warranty_months"),
            members.items("responses", _MAX_RESPONSES, PlainResponse.from_json),
            _facts(members.take("facts")),
            members.text("notes", _LONG),
        )
        members.done()
        if envelope == "technical" and (sheet.total_fen is not None or sheet.prices):
            raise Malformed("a technical envelope carries no price")
        if envelope != "technical" and sheet.total_fen is None:
            raise Malformed("sheet.total_fen is missing")
        if len(canonical(sheet.to_json())) > MAX_SHEET:
            raise Malformed("the sheet is too long")
        return sheet


def _facts(value: object) -> dict[str, str | int | bool]:
    if not isinstance(value, dict) or len(value) > _MAX_FACTS:
        raise Malformed(f"sheet.facts is not an object of at most {_MAX_FACTS}")
    return {_fact_name(name): _fact(item) for name, item in value.items()}


def _fact_name(name: str) -> str:
    plain = name.replace("_", "")
    if not (
        0 < len(name) <= 40
        and plain.isascii()
        and plain.isalnum()
        and name.lower() == name
        and name[0].isalpha()
    ):
        raise Malformed("a fact's name has the wrong form")
    return name


def _fact(value: object) -> str | int | bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, int) and abs(value) <= MAX_INTEGER:
        return value
    return text(value, "a fact", _SHORT)
