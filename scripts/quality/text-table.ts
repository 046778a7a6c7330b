import { METRICS } from "./metrics/index.js";
import {
  type Calibration,
  type ClipResult,
  failuresOf,
  type QualityResults,
  thevalScores,
  worstFirst,
} from "./results.js";
import { median } from "./signal.js";

const STYLES = ["stable", "expressive"] as const;

export function show(value: number): string {
  if (!Number.isFinite(value)) return "-";
  const size = Math.abs(value);
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : size >= 0.1 ? 3 : 4);
}

/** The tables that a run prints: by portrait, worst first, then by metric beside real people. */
export function textTable(results: QualityResults, calibration: Calibration | null): string {
  const lines: string[] = [];
  for (const portrait of worstFirst(results.clips)) {
    for (const style of STYLES) {
      const own = results.clips.filter((clip) => clip.portrait === portrait && clip.style === style);
      if (own.length === 0) continue;
      const failures = failuresOf(own).map(
        ({ id, count, worst }) => `${id} ${show(worst)}${own.length > 1 ? ` (${count}/${own.length})` : ""}`,
      );
      const theval = thevalScores(own, calibration).calibrated;
      lines.push(
        `${portrait.slice(0, 34).padEnd(34)} ${style.padEnd(10)} THEval ${theval.toFixed(2)}  ${failures.length === 0 ? "all pass" : `fails: ${failures.join(", ")}`}`,
      );
    }
  }
  lines.push("", metricTable(results.clips, calibration));
  for (const { portrait, message } of results.problems) lines.push(`${portrait}: ${message}`);
  return lines.join("\n");
}

function metricTable(clips: readonly ClipResult[], calibration: Calibration | null): string {
  const rows = METRICS.map(({ id, title, unit, limit }) => {
    const cells = STYLES.map((style) => {
      const readings = clips.filter((clip) => clip.style === style).map((clip) => clip.readings[id]!);
      const values = readings.map(({ value }) => value).filter(Number.isFinite);
      if (values.length === 0) return "-".padEnd(30);
      const judged = readings.filter(({ pass }) => pass !== null);
      const passed = judged.filter(({ pass }) => pass === true).length;
      const range = `${show(median(values))} [${show(Math.min(...values))}, ${show(Math.max(...values))}]`;
      return `${range} ${judged.length === 0 ? "" : `${passed}/${judged.length}`}`.padEnd(30);
    });
    const real = calibration?.values[id];
    const name = `${id.padEnd(4)} ${title} (${unit})`.padEnd(46);
    return `${name} ${cells.join(" ")} ${(real === undefined ? "-" : show(real)).padEnd(8)} ${limit}`;
  });
  const score = (style: "stable" | "expressive"): string => {
    const own = clips.filter((clip) => clip.style === style);
    if (own.length === 0) return "-";
    const { published, calibrated } = thevalScores(own, calibration);
    return `${calibrated.toFixed(3)} (by its published values ${published.toFixed(3)})`;
  };
  const header = `${"metric".padEnd(46)} ${"stable: median [range] passed".padEnd(30)} ${"expressive".padEnd(30)} ${"real".padEnd(8)} limit`;
  return [
    header,
    ...rows,
    `THEval, mean of five landmark scores against filmed people: stable ${score("stable")}; expressive ${score("expressive")}`,
  ].join("\n");
}

/** What got better or worse against an earlier run: medians that moved by more than a tenth, and passes won and lost. */
export function compareResults(before: QualityResults, now: QualityResults): string {
  const lines: string[] = [];
  const key = (clip: ClipResult): string => `${clip.portrait} ${clip.clip}`;
  const earlier = new Map(before.clips.map((clip) => [key(clip), clip]));
  const shared = now.clips.filter((clip) => earlier.has(key(clip)));
  lines.push(`${shared.length} clips in both runs`);
  for (const { id, title } of METRICS) {
    const pairs = shared.map((clip) => [earlier.get(key(clip))!.readings[id], clip.readings[id]] as const);
    const known = pairs.filter(
      ([a, b]) => Number.isFinite(a?.value ?? Number.NaN) && Number.isFinite(b?.value ?? Number.NaN),
    );
    if (known.length === 0) continue;
    const a = median(known.map(([old]) => old!.value));
    const b = median(known.map(([, recent]) => recent!.value));
    const won = known.filter(([old, recent]) => old!.pass === false && recent!.pass === true).length;
    const lost = known.filter(([old, recent]) => old!.pass === true && recent!.pass === false).length;
    if (won === 0 && lost === 0 && Math.abs(b - a) <= 0.1 * Math.abs(a)) continue;
    const verdict = won > lost ? "better" : lost > won ? "WORSE" : "moved";
    lines.push(
      `${verdict.padEnd(6)} ${id.padEnd(4)} ${title}: median ${show(a)} -> ${show(b)}, ${won} now pass, ${lost} now fail`,
    );
  }
  return lines.join("\n");
}
