import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { charactersOf } from "../text/text-measure.js";
import { type FontPackage, fontPackages, type HanStyle } from "./font-packages.js";
import { charactersOfWoff2 } from "./woff2-characters.js";

/** A font file with some of the characters of a font. */
export type FontFile = {
  readonly path: string;
  /** Name under which it is known to whoever draws; of this file alone. */
  readonly family: string;
};

/** The files that a text needs, in the order in which a character is to be looked for, and what no font has. */
export type FontChoice = { readonly files: readonly FontFile[]; readonly missing: readonly string[] };

/** One file with what it holds. */
type Shelved = FontFile & {
  readonly ranges: readonly (readonly [number, number])[];
  /** Where it stands in the order of all files. */
  readonly order: number;
  readonly isLast: boolean;
  characters: ReadonlySet<number> | null;
};

const EMOJI = /\p{Emoji_Presentation}|\p{Emoji}\ufe0f|\p{Regional_Indicator}|\u20e3/u;
/** What has no shape of its own, and is left out where a font has none. */
const SHAPELESS = /\p{Default_Ignorable_Code_Point}/u;

/**
 * The shipped fonts, read as far as a text needs them. Fonts of the system are never looked at: the same text gives the
 * same pictures on every machine.
 */
export class FontShelf {
  readonly #packages: readonly FontPackage[];
  readonly #opened: (readonly Shelved[] | null)[] = [];
  readonly #known = new Map<string, Shelved | null>();

  constructor(han: HanStyle) {
    this.#packages = fontPackages(han);
  }

  /** Packages that are not installed. */
  get absent(): readonly string[] {
    return this.#packages.filter((_, i) => this.#open(i) === null).map(({ name }) => name);
  }

  /** The files that draw a text. */
  choose(text: string): FontChoice {
    const files = new Set<Shelved>();
    const missing: string[] = [];
    for (const character of charactersOf(text)) {
      const found = this.#filesOf(character);
      if (found === null) missing.push(character);
      else for (const file of found) files.add(file);
    }
    return { files: [...files].sort((a, b) => a.order - b.order), missing };
  }

  /** What draws one character with its marks: one file where one has all, else several. */
  #filesOf(character: string): readonly Shelved[] | null {
    const points = Array.from(character).filter((point) => !SHAPELESS.test(point));
    if (points.length === 0) return [];
    const isEmoji = EMOJI.test(character);
    const find = (wanted: readonly string[]): Shelved | null =>
      this.#memo(wanted.join(""), () => this.#find(wanted, isEmoji));
    const whole = find(points);
    if (whole !== null) return [whole];
    const parts = points.map((point) => find([point]));
    return parts.includes(null) ? null : (parts as Shelved[]);
  }

  /** Packages are opened one after the other, because most texts need only the first. */
  #find(points: readonly string[], isEmoji: boolean): Shelved | null {
    for (const isLast of [false, true]) {
      for (const emojiOnly of isEmoji ? [true, false] : [false]) {
        for (let i = 0; i < this.#packages.length; i++) {
          if (emojiOnly && this.#packages[i]!.isEmoji !== true) continue;
          const fits = (file: Shelved): boolean =>
            file.isLast === isLast && points.every((point) => hasGlyph(file, point));
          const file = this.#open(i)?.find(fits);
          if (file !== undefined) return file;
        }
      }
    }
    return null;
  }

  #open(index: number): readonly Shelved[] | null {
    let opened = this.#opened[index];
    if (opened === undefined) {
      opened = openPackage(this.#packages[index]!, index);
      this.#opened[index] = opened;
    }
    return opened;
  }

  #memo(key: string, find: () => Shelved | null): Shelved | null {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const found = find();
    this.#known.set(key, found);
    return found;
  }
}

function hasGlyph(file: Shelved, point: string): boolean {
  const code = point.codePointAt(0)!;
  if (!file.ranges.some(([first, last]) => code >= first && code <= last)) return false;
  file.characters ??= charactersOfWoff2(readFileSync(file.path));
  return file.characters.has(code);
}

/** The files of a package; `null` where it is not installed. */
function openPackage(entry: FontPackage, order: number): Shelved[] | null {
  const directory = directoryOf(entry);
  if (directory === null) return null;
  return readSets(readFileSync(join(directory, entry.index), "utf8"), entry.index)
    .filter(({ set }) => entry.unused?.test(set) !== true)
    .map(({ set, ranges }, i) => ({
      path: join(directory, "files", entry.fileOf(set)),
      family: `${entry.name.replace(/^.*\//, "")} ${set}`,
      ranges: ranges.split(",").map(readRange),
      order: 1000 * order + i,
      isLast: entry.last?.test(set) === true,
      characters: null,
    }));
}

function readSets(index: string, kind: FontPackage["index"]): { set: string; ranges: string }[] {
  if (kind === "unicode.json") {
    return Object.entries(JSON.parse(index) as Record<string, string>).map(([key, ranges]) => ({
      set: key.replace(/[[\]]/g, ""),
      ranges,
    }));
  }
  const faces = index.matchAll(/files\/([^/]+)\.woff2[\s\S]*?unicode-range:([^;]+);/g);
  return Array.from(faces, ([, set = "", ranges = ""]) => ({ set, ranges }));
}

function directoryOf({ name, index }: FontPackage): string | null {
  try {
    return dirname(createRequire(import.meta.url).resolve(`${name}/${index}`));
  } catch {
    return null;
  }
}

/** `U+600-6FF` or `U+600`. */
function readRange(text: string): [number, number] {
  const [first = "", last = first] = text.trim().replace(/^U\+/i, "").split("-");
  return [Number.parseInt(first, 16), Number.parseInt(last, 16)];
}
