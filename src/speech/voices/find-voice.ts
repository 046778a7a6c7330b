import { editDistance } from "../../shared/edit-distance.js";
import { InputError } from "../../shared/errors.js";
import { DEFAULT_VOICE, NAMED_VOICES, SPEAKER_VOICES } from "./catalogue.js";
import type { VoiceEntry } from "./voice.js";

/** Names that the hosted model's schema lists; its own example, "Melissa", is not among them. */
export const HOSTED_VOICE_NAMES: readonly string[] = NAMED_VOICES.map((voice) => voice.name).filter(
  (name) => name !== "Melissa",
);

/** Every voice, by name: those of the hosted model, then the speakers of Flite. */
export const VOICES: readonly VoiceEntry[] = [...NAMED_VOICES, ...SPEAKER_VOICES];

/** Every name that a request may use for its voice. */
export const VOICE_NAMES: readonly string[] = VOICES.map((voice) => voice.name);

const SUGGESTIONS = 3;
const MAX_COMPARED_LETTERS = 64;

/**
 * Finds a voice: by its exact name, then trimmed and without regard to case. `null` or blank is the default.
 *
 * @throws InputError `one_of` on `voice` with the nearest names in the message.
 */
export function findVoice(name: string | null): VoiceEntry {
  if (name === null || name.trim() === "") return DEFAULT_VOICE;
  const found = voiceNamed(name);
  if (found !== null) return found;
  throw new InputError("one_of", `${noSuchVoice(name)} Leave "voice" out for the default voice.`, {
    field: ["voice"],
    input: name,
    context: { expected: VOICE_NAMES },
  });
}

/** The voice of that name, as {@link findVoice} finds it; null when there is none. */
export function voiceNamed(name: string): VoiceEntry | null {
  const wanted = simplified(name);
  return (
    VOICES.find((voice) => voice.name === name) ??
    VOICES.find((voice) => simplified(voice.name) === wanted) ??
    null
  );
}

/** Says that there is no such voice, and which names are nearest. */
export function noSuchVoice(name: string): string {
  const nearest = nearestNames(simplified(name), VOICE_NAMES);
  return `There is no voice "${name.slice(0, MAX_COMPARED_LETTERS)}". Did you mean ${nearest.map((n) => `"${n.trim()}"`).join(", ")}?`;
}

function simplified(name: string): string {
  return name.normalize("NFC").trim().toLowerCase();
}

function nearestNames(wanted: string, names: readonly string[]): string[] {
  const scored = names.map((name, i) => ({ name, i, score: dissimilarity(wanted, simplified(name)) }));
  scored.sort((a, b) => a.score - b.score || a.i - b.i);
  const unique = new Set(scored.map((entry) => entry.name.trim()));
  return [...unique].slice(0, SUGGESTIONS);
}

/** Edit distance to the name or to the nearest of its words, whichever is smaller, with a bonus for parts. */
function dissimilarity(wanted: string, name: string): number {
  const parts = [name, ...name.split(/[^\p{L}\p{N}]+/u).filter((part) => part.length > 2)];
  const distances = parts.map(
    (part, i) => editDistance(firstLetters(wanted), firstLetters(part)) + (i === 0 ? 0 : 0.5),
  );
  return name.includes(wanted) ? Math.min(0.25, ...distances) : Math.min(...distances);
}

/** A name may be absurdly long. */
function firstLetters(name: string): string {
  return name.slice(0, MAX_COMPARED_LETTERS);
}
