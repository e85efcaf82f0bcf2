"""The line drawings that stand beside words."""

from __future__ import annotations

# One 16 x 16 path per glyph: drawn in the text's own colour, never the only carrier of a meaning.
GLYPHS = {
    "copy": "M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8z",
    "draft": "M3 13l.8-3L11 2.8l2.2 2.2L6 12.2zM9.5 4.3l2.2 2.2",
    "active": "M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM8 6.5a1.5 1.5 0 1 0 0 3 1.5 1.5 0 0 0 0-3z",
    "waiting": "M4 2.5h8M4 13.5h8M5 2.5v2.2L8 8l3-3.3V2.5M5 13.5v-2.2L8 8l3 3.3v2.2",
    "done": "M3 8.5l3.4 3.5L13 4.5",
    "late": "M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM8 5v3.4l2.4 1.4",
    "failed": "M4 4l8 8M12 4l-8 8",
    "held": "M5.5 3.5v9M10.5 3.5v9",
    "sealed": "M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM5.5 6h5v4h-5zM5.5 8h5",
    "opened": "M5.6 3a5.5 5.5 0 0 0 0 10M10.4 3a5.5 5.5 0 0 1 0 10M8 6v4",
    "signed": "M2.5 13h11M4 10c2-5 4.4-7 5.2-6 .9 1-2.3 5.6-3.3 5.3-.7-.3 1.4-2.3 2.3-1.8.7.4-.2 1.6 3.3 1",
    "info": "M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM8 7.3v3.4M8 5.2v.3",
    "warning": "M8 2.8l6 10.4H2zM8 6.6v3.2M8 11.3v.3",
    "rule": "M3 3h10M3 6.5h10M3 10h6M3 13h6",
    "link": "M6 4H3v9h9v-3M9 3h4v4M13 3L7.500 8.500",
    "download": "M8 2.5v7.5M4.8 7L8 10.2 11.2 7M3 13.5h10",
    "search": "M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM10.3 10.3l3.4 3.4",
    "next": "M3 8h9.5M9 4.5L12.5 8 9 11.5",
    "close": "M4 4l8 8M12 4l-8 8",
    "menu": "M2.5 4.5h11M2.5 8h11M2.5 11.5h11",
}
