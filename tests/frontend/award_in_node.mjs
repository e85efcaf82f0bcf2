// Recompute cases: [{case, earliest}] -> [result | {error}].
import { recompute } from "../../frontend/award/recompute.js";
import { answer } from "./answering.mjs";

await answer({
  recompute: (cases) => cases.map(({ case: given, earliest }) => {
    try {
      return recompute(given, earliest).result;
    } catch (error) {
      return { error: String(error) };
    }
  }),
});
