// Amounts as people write them: in figures, and in capital numerals (大写金额) as core.money.in_words writes them.

const NUMERALS = "零壹贰叁肆伍陆柒捌玖";
const UNITS = [["亿", 10 ** 8], ["万", 10 ** 4], ["仟", 1000], ["佰", 100], ["拾", 10]];

/** Fen as yuan with two places and thousands apart. */
export function yuan(fen) {
  return (fen / 100).toLocaleString("zh-CN", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
}

function integerInWords(number) {
  for (const [unit, size] of UNITS) {
    if (number < size) continue;
    const low = number % size;
    const gap = low && low < Math.floor(size / 10) ? "零" : "";
    return `${integerInWords(Math.floor(number / size))}${unit}${gap}${low ? integerInWords(low) : ""}`;
  }
  return NUMERALS[number];
}

/** A whole number of fen, not negative, in capital numerals. */
export function inWords(total) {
  const whole = Math.floor(total / 100);
  const jiao = Math.floor((total % 100) / 10);
  const fen = total % 10;
  let words = whole ? `${integerInWords(whole)}元` : "";
  if (!jiao && !fen) return `${words || "零元"}整`;
  if (whole && (!jiao || whole % 10 === 0)) words += "零";
  return `${words}${jiao ? `${NUMERALS[jiao]}角` : ""}${fen ? `${NUMERALS[fen]}分` : "整"}`;
}
