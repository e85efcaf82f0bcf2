"""Small PDF files whose words are known."""

from __future__ import annotations


def pdf(*pages: str) -> bytes:
    """Give a PDF with one page for each text, which is ASCII without brackets."""
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(len(pages)))
    parts = [
        "<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Kids[{kids}]/Count {len(pages)}>>",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    ]
    for n, text in enumerate(pages):
        drawn = f"BT /F1 18 Tf 72 760 Td ({text}) Tj ET"
        parts.append(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 3 0 R>>>>"
            f"/Contents {5 + 2 * n} 0 R>>"
        )
        parts.append(f"<</Length {len(drawn)}>>stream\n{drawn}\nendstream")
    text, places = "%PDF-1.7\n", []
    for number, part in enumerate(parts, start=1):
        places.append(len(text))
        text += f"{number} 0 obj{part}endobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    end = f"xref\n0 {len(parts) + 1}\n0000000000 65535 f \n{table}trailer<</Size {len(parts) + 1}/Root 1 0 R>>\n"
    return f"{text}{end}startxref\n{len(text)}\n%%EOF\n".encode("ascii")
