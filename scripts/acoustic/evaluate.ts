import { type AcousticNetwork, runNetwork } from "../../src/speech/acoustic/network.js";
import { ARTICULATION_OF, ARTICULATIONS, SOUND_CLASSES } from "../../src/speech/acoustic/sound-classes.js";
import type { Example } from "./augment.js";

/** Classes that were found and that are true, frame by frame. */
export type Comparison = { readonly found: Uint8Array; readonly truth: Uint8Array };

/** The best class of each frame. */
function bestClasses(network: AcousticNetwork, bands: Float32Array): Uint8Array {
  const scores = runNetwork(network, bands);
  const classes = SOUND_CLASSES.length;
  return Uint8Array.from({ length: scores.length / classes }, (_, frame) => {
    let best = 0;
    for (let c = 1; c < classes; c++)
      if (scores[frame * classes + c]! > scores[frame * classes + best]!) best = c;
    return best;
  });
}

/** Shares of frames whose class, and whose articulation, is right; and recalls of the closures. */
export function accuracyOf({ found, truth: labels }: Comparison): {
  sound: number;
  seen: number;
  recall: Map<string, number>;
  precision: Map<string, number>;
} {
  let [sound, seen] = [0, 0];
  const hits = new Map<string, number>();
  const truths = new Map<string, number>();
  const claims = new Map<string, number>();
  const add = (map: Map<string, number>, key: string): Map<string, number> =>
    map.set(key, (map.get(key) ?? 0) + 1);
  labels.forEach((label, i) => {
    const [truth, claim] = [ARTICULATION_OF[label]!, ARTICULATION_OF[found[i]!]!];
    if (label === found[i]) sound++;
    if (truth === claim) {
      seen++;
      add(hits, truth);
    }
    add(truths, truth);
    add(claims, claim);
  });
  const share = (of: Map<string, number>): Map<string, number> =>
    new Map(ARTICULATIONS.map((name) => [name, (hits.get(name) ?? 0) / Math.max(1, of.get(name) ?? 0)]));
  return {
    sound: sound / labels.length,
    seen: seen / labels.length,
    recall: share(truths),
    precision: share(claims),
  };
}

export function frameAccuracy(network: AcousticNetwork, examples: readonly Example[]): string {
  const parts = examples.map(({ bands, labels }) => ({ found: bestClasses(network, bands), truth: labels }));
  return summary(accuracyOf(together(parts)));
}

export function summary({ sound, seen, recall, precision }: ReturnType<typeof accuracyOf>): string {
  const parts = ARTICULATIONS.map(
    (name) => `${name} ${recall.get(name)!.toFixed(2)}/${precision.get(name)!.toFixed(2)}`,
  );
  return `24 sounds ${sound.toFixed(3)}, 7 articulations ${seen.toFixed(3)} (recall/precision: ${parts.join(", ")})`;
}

/** Several comparisons as one. */
export function together(parts: readonly Comparison[]): Comparison {
  return {
    found: Uint8Array.from(parts.flatMap(({ found }) => [...found])),
    truth: Uint8Array.from(parts.flatMap(({ truth }) => [...truth])),
  };
}
