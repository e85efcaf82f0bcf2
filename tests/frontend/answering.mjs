// Answers orders until the input ends: a line of JSON each, {verb, value}, and a line back, {code, said}.

import { createInterface } from "node:readline";

export async function answer(verbs) {
  for await (const line of createInterface({ input: process.stdin })) {
    const { verb, value } = JSON.parse(line);
    let told;
    try {
      told = { code: 0, said: await verbs[verb](value) };
    } catch (error) {
      told = { code: 1, said: { fault: error.code ?? error.message, path: error.path, says: error.stack } };
    }
    process.stdout.write(`${JSON.stringify(told)}\n`);
  }
}
