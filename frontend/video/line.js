// Measure the line to the platform: how long it answers, how steadily, and how much it carries each way.

const PINGS = 12;
const ROUNDS = 3;

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** `ask(bytes wanted)` and `give(body)` make one request each. Gives {rtt_ms, jitter_ms, up_kbps, down_kbps}. */
export async function measure({ ask, give, sample }) {
  await ask(0); // opens the connection, which is no part of the answer's time
  const times = [];
  for (let n = 0; n < PINGS; n += 1) times.push(await timed(() => ask(0)));
  const steps = times.slice(1).map((time, n) => Math.abs(time - times[n]));
  const rtt = median(times);
  const body = crypto.getRandomValues(new Uint8Array(65_536));
  const full = new Blob(Array.from({ length: sample / body.length }, () => body));
  const rate = async (act) => {
    const taken = [];
    for (let n = 0; n < ROUNDS; n += 1) taken.push(await timed(act));
    return Math.round((sample * 8) / Math.max(1, median(taken)));
  };
  const down = await rate(() => ask(sample));
  const up = await rate(() => give(full));
  return { rtt_ms: Math.round(rtt), jitter_ms: Math.round(steps.reduce((a, b) => a + b, 0) / steps.length), up_kbps: up, down_kbps: down };
}

async function timed(act) {
  const began = performance.now();
  await act();
  return performance.now() - began;
}
