// Bundle our modules and style sheets into config/static/build: hashed names, and a manifest with the integrity of each.
//
//   node tools/build_frontend.mjs            build once
//
// Entries of the manifest are named as the templates ask for them: {"app.js": {"file": "app-….js", "integrity": "sha384-…"}}.
// The manifest is renamed into place last, so that a running server never sees half a build.

import { createHash } from "node:crypto";
import { copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const source = path.join(root, "frontend");
const target = path.join(root, "config", "static", "build");

// Logical name -> entry. Each becomes one self-contained file: no chunk is loaded outside its integrity.
const ENTRIES = {
  app: "app.js",
  stream: "stream.js",
  replay: "replay.js",
  room: "room.js",
  read: "read.js",
  trial: "trial.js",
  video: "video.js",
  award: "award.js",
  seal: "seal/page.js",
  bid: "bid.js",
  team: "team.js",
  withdraw: "withdraw.js",
  kit: "kit.js",
  verify: "verify/page.js",
  "seal-worker": "seal/worker.js",
  "pdf-worker": "read/worker.js",
};
const STYLES = { app: "css/app.css", verify: "css/verify-saved.css" };
const COPIES = { "seal.svg": "seal.svg" };
// What pdf.js fetches by name when a file needs it: character maps, the standard fonts, decoders of pictures.
const PDFJS = path.join(root, "node_modules", "pdfjs-dist");
const PDFJS_PARTS = { cmaps: /\.bcmap$/, standard_fonts: /\.(pfb|ttf)$/, wasm: /\.wasm$/, iccs: /\.icc$/ };

const BROWSERS = ["chrome111", "firefox115", "safari16.4"];

async function present(entries) {
  const names = new Set(await readdir(source, { recursive: true }));
  return Object.fromEntries(Object.entries(entries).filter(([, file]) => names.has(path.normalize(file))));
}

function hashed(name, bytes) {
  const { name: stem, ext } = path.parse(name);
  return `${stem}-${createHash("sha256").update(bytes).digest("hex").slice(0, 12)}${ext}`;
}

async function main() {
  await mkdir(target, { recursive: true });
  const common = { bundle: true, minify: true, write: false, target: BROWSERS, legalComments: "none", logLevel: "warning" };
  const made = new Map();
  for (const [name, file] of Object.entries(await present(ENTRIES))) {
    const { outputFiles } = await build({ ...common, entryPoints: [path.join(source, file)], format: "iife", outdir: target,
      platform: "browser", define: { "process.env.NODE_ENV": '"production"' } });
    made.set(`${name}.js`, outputFiles[0].contents);
  }
  for (const [name, file] of Object.entries(await present(STYLES))) {
    const { outputFiles } = await build({ ...common, entryPoints: [path.join(source, file)], outdir: target });
    made.set(`${name}.css`, outputFiles[0].contents);
  }
  for (const [name, file] of Object.entries(COPIES)) made.set(name, await readFile(path.join(source, file)));

  const manifest = {};
  for (const [logical, bytes] of [...made].sort()) {
    const file = hashed(logical, bytes);
    await writeFile(path.join(target, file), bytes);
    manifest[logical] = { file, integrity: `sha384-${createHash("sha384").update(bytes).digest("base64")}` };
    console.log(`${file}  ${(bytes.length / 1024).toFixed(1)} KiB`);
  }
  const parts = `pdfjs-${JSON.parse(await readFile(path.join(PDFJS, "package.json"), "utf8")).version}`;
  for (const [part, wanted] of Object.entries(PDFJS_PARTS)) {
    await mkdir(path.join(target, parts, part), { recursive: true });
    for (const file of await readdir(path.join(PDFJS, part))) {
      if (wanted.test(file)) await copyFile(path.join(PDFJS, part, file), path.join(target, parts, part, file));
    }
  }
  manifest.pdfjs = { file: parts, integrity: "" };
  const draft = path.join(target, `manifest.${process.pid}.json`);
  await writeFile(draft, `${JSON.stringify(manifest, null, 2)}\n`);
  await rename(draft, path.join(target, "manifest.json"));

  const kept = new Set([...Object.values(manifest).map((entry) => entry.file), "manifest.json"]);
  for (const file of await readdir(target)) if (!kept.has(file)) await rm(path.join(target, file), { recursive: true });
}

await main();
