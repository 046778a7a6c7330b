/** What a `Range` header asks for: `[start, end)`, everything, or what is not there. */
export type RangeDecision =
  | { readonly kind: "all" }
  | { readonly kind: "part"; readonly start: number; readonly end: number }
  | { readonly kind: "unsatisfiable" };

const ALL: RangeDecision = { kind: "all" };

/**
 * Reads `bytes=0-99`, `bytes=100-` and `bytes=-100`. What is no range, and several at once, mean everything: RFC 9110
 * allows it.
 */
export function readByteRange(header: string | undefined, size: number): RangeDecision {
  const [, first, last] = /^\s*bytes\s*=\s*(\d{0,15})\s*-\s*(\d{0,15})\s*$/i.exec(header ?? "") ?? [];
  if (first === undefined || last === undefined || (first === "" && last === "")) return ALL;
  if (first === "") {
    const count = Math.min(Number(last), size);
    return count === 0 ? { kind: "unsatisfiable" } : { kind: "part", start: size - count, end: size };
  }
  const start = Number(first);
  const end = last === "" ? size : Math.min(Number(last) + 1, size);
  if (last !== "" && Number(last) < start) return ALL;
  return start >= size ? { kind: "unsatisfiable" } : { kind: "part", start, end };
}
