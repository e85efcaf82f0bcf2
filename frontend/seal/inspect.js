// Whether a chosen file can be opened at all, as far as a browser can tell without opening it: its beginning, its end, its
// directory. `block` marks what nobody could read; the rest is for the bidder to judge.

import { checkFileName } from "./sheet.js";
import { directory } from "./zip.js";

const TAIL = 1 << 20;
const OFFICE = ["docx", "xlsx", "pptx"];
const EXPECTED = {
  pdf: ["pdf"], zip: ["zip"], ofd: ["zip"], docx: ["zip"], xlsx: ["zip"], pptx: ["zip"], doc: ["ole"], xls: ["ole"], ppt: ["ole"],
  png: ["png"], jpg: ["jpeg"], jpeg: ["jpeg"], gif: ["gif"], webp: ["webp"], tif: ["tiff"], tiff: ["tiff"], rar: ["rar"], "7z": ["7z"],
};
const MAGIC = [
  ["zip", [0x50, 0x4b, 3, 4]], ["zip", [0x50, 0x4b, 5, 6]], ["ole", [0xd0, 0xcf, 0x11, 0xe0]], ["png", [0x89, 0x50, 0x4e, 0x47]],
  ["jpeg", [0xff, 0xd8, 0xff]], ["gif", [0x47, 0x49, 0x46, 0x38]], ["tiff", [0x49, 0x49, 0x2a, 0]], ["tiff", [0x4d, 0x4d, 0, 0x2a]],
  ["rar", [0x52, 0x61, 0x72, 0x21]], ["7z", [0x37, 0x7a, 0xbc, 0xaf]], ["program", [0x4d, 0x5a]], ["program", [0x7f, 0x45, 0x4c, 0x46]],
];
const PROGRAMS = ["exe", "com", "bat", "cmd", "msi", "scr", "js", "vbs", "jar", "ps1", "sh", "lnk"];

const latin = new TextDecoder("latin1");

async function text(file, start, end) {
  return latin.decode(await file.slice(Math.max(0, start), end).arrayBuffer());
}

function kindOf(head) {
  if (latin.decode(head).includes("%PDF-")) return "pdf";
  if (latin.decode(head.subarray(0, 4)) === "RIFF" && latin.decode(head.subarray(8, 12)) === "WEBP") return "webp";
  return MAGIC.find(([, bytes]) => bytes.every((byte, index) => head[index] === byte))?.[0] ?? "";
}

async function inside(file, kind, extension) {
  if (kind === "pdf") {
    const tail = await text(file, file.size - TAIL, file.size);
    if (!tail.includes("%%EOF")) return [{ code: "cut-off", block: true }];
    const head = await text(file, 0, 1 << 16);
    return /\/Encrypt[\s<]/.test(head + tail) ? [{ code: "password", block: false }] : [];
  }
  if (kind === "zip") {
    let entries;
    try {
      entries = await directory(file);
    } catch (error) {
      return error.code === "too-many" ? [] : [{ code: "cut-off", block: true }];
    }
    if (entries.some((entry) => entry.encrypted)) return [{ code: "password", block: false }];
    const office = OFFICE.includes(extension);
    return office && !entries.some((entry) => entry.name === "[Content_Types].xml") ? [{ code: "damaged", block: true }] : [];
  }
  if (kind === "png" || kind === "jpeg") {
    const ending = kind === "png" ? "IEND" : "\u00ff\u00d9";
    return (await text(file, file.size - TAIL, file.size)).includes(ending) ? [] : [{ code: "cut-off", block: true }];
  }
  return [];
}

/** What is wrong with one file: [{code, block}], empty when nothing is. */
export async function inspect(file) {
  const faults = [];
  try {
    checkFileName(file.name);
  } catch {
    faults.push({ code: "name", block: true });
  }
  if (!file.size) return [...faults, { code: "empty", block: true }];
  const head = new Uint8Array(await file.slice(0, 1024).arrayBuffer());
  const kind = kindOf(head);
  const extension = /\.([^.]+)$/.exec(file.name)?.[1].toLowerCase() ?? "";
  const expected = EXPECTED[extension];
  if (kind === "program" || PROGRAMS.includes(extension)) faults.push({ code: "program", block: false });
  else if (expected && !kind) faults.push({ code: "damaged", block: true });
  else if (OFFICE.includes(extension) && kind === "ole") faults.push({ code: "password", block: false });
  else if (expected && !expected.includes(kind)) faults.push({ code: "wrong-extension", block: false, kind });
  else if (!extension) faults.push({ code: "no-extension", block: false });
  if (!faults.length || faults[0].code === "wrong-extension" || faults[0].code === "name") faults.push(...(await inside(file, kind, extension)));
  return faults;
}
