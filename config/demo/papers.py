"""Papers of the demonstration: procurement documents, proposals and licences as PDF files that say what they are. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

from core import printing

STYLE = """
@page { size: A4; margin: 25mm }
body { font: 11pt/1.9 "Noto Serif CJK SC", "Noto Sans CJK SC", serif }
h1 { font-size: 18pt; text-align: center; margin: 0 0 12mm }
p { text-indent: 2em; margin: 0 0 2mm }
.turn { break-before: page }
footer { margin-top: 12mm; font-size: 9pt; color: #555 }
"""
TURN = "\f"
NOTE = "本文件为演示数据：名称、数量和金额均为虚构，不具有法律效力。"


@dataclass
class Paper:
    """A file as a form would send it."""

    name: str
    content: bytes
    size: int = field(init=False)

    def __post_init__(self) -> None:
        self.size = len(self.content)

    def chunks(self) -> list[bytes]:
        """Give its bytes, in one piece."""
        return [self.content]


def pdf(title: str, paragraphs: Sequence[str]) -> bytes:
    """Give a PDF file with a title, paragraphs, and the note that all of it is invented; a form feed begins a page."""
    body = "".join(
        f"<p{' class=turn' if text.startswith(TURN) else ''}>{escape(text.removeprefix(TURN))}</p>"
        for text in paragraphs
    )
    page = (
        f"<html lang='zh-CN'><head><title>{escape(title)}</title><style>{STYLE}</style></head>"
        f"<body><h1>{escape(title)}</h1>{body}<footer>{NOTE}</footer></body></html>"
    )
    return printing.pdf(page)
