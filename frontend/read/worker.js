// pdf.js reads a bidder's file here: in a worker whose own policy lets it reach nothing. Everything comes by message.

import "pdfjs-dist/legacy/build/pdf.worker.mjs";
