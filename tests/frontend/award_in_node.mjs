// Recompute cases given as JSON on stdin: [{case, earliest}] -> [result | {error}]
import { recompute } from "../../frontend/award/recompute.js";

let text = "";
for await (const piece of process.stdin) text += piece;
const answers = JSON.parse(text).map(({ case: given, earliest }) => {
  try {
    return recompute(given, earliest).result;
  } catch (error) {
    return { error: String(error) };
  }
});
process.stdout.write(JSON.stringify(answers));
