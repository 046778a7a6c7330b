/**
 * Reads Flite's utterance out of the module's memory.
 *
 * Flite's command line prints phones and words, but not which phone belongs to which word or syllable,
 * nor the stress. All of it stands in the utterance structure (Heterogeneous Relation Graph: Taylor,
 * Black, Caley 2001), which is alive when Flite opens its output file. Reading it is exact, where
 * aligning printed words to printed phones would be a guess.
 *
 * The layouts are those of Flite's public headers on a 32-bit target (`cst_relation.h`, `cst_item.h`,
 * `cst_features.h`, `cst_val.h`); every pointer is checked, so another build gives an error, not nonsense.
 */

/** A phone as Flite knows it; `token` counts the space-separated words of the text. */
export type FlitePhone = {
  readonly symbol: string;
  /** Seconds. */
  readonly end: number;
  readonly stress: 0 | 1;
  readonly token: number;
};

// Offsets in 32-bit words.
const RELATION = { name: 0, utterance: 2, head: 3, tail: 4 } as const;
const ITEM = { contents: 0, relation: 1, next: 2, previous: 3, down: 5 } as const;
const CONTENTS = { features: 0, relations: 1 } as const;
const PAIR = { name: 0, value: 1, next: 2 } as const;
const VALUE_TYPE = { int: 1, float: 3, string: 5 } as const;
const MAX_ITEMS = 200_000;

/** Flite's `local` memory: relations by name. */
type Relations = ReadonlyMap<string, number>;

/**
 * The phones of the one utterance in memory.
 *
 * @param heapStart Address below which nothing is allocated at run time; only saves time.
 * @throws Error when no complete utterance is found.
 */
export function readFliteUtterance(memory: WebAssembly.Memory, heapStart: number): FlitePhone[] {
  const reader = new UtteranceReader(memory.buffer);
  const relations = reader.findUtterance(heapStart);
  const owners = reader.phoneOwners(relations);
  return reader.list(relations.get("Segment")!).map((segment) => {
    const contents = reader.word(segment, ITEM.contents);
    const owner = owners.get(contents);
    return {
      symbol: reader.text(contents, "name"),
      end: reader.number(contents, "end"),
      stress: owner?.stress ?? 0,
      token: owner?.token ?? -1,
    };
  });
}

class UtteranceReader {
  readonly #words: Uint32Array;
  readonly #floats: Float32Array;
  readonly #bytes: Uint8Array;

  constructor(buffer: ArrayBuffer) {
    this.#words = new Uint32Array(buffer);
    this.#floats = new Float32Array(buffer);
    this.#bytes = new Uint8Array(buffer);
  }

  /** A field of a structure; throws instead of reading outside the memory. */
  word(address: number, field: number): number {
    const index = (address >>> 2) + field;
    if (address === 0 || (address & 3) !== 0 || index >= this.#words.length) throw new Error("bad pointer");
    return this.#words[index];
  }

  /** All items of a relation, in order. */
  list(relation: number): number[] {
    return this.#siblings(this.word(relation, RELATION.head));
  }

  text(contents: number, feature: string): string {
    const value = this.#feature(contents, feature);
    if (value === 0 || this.#type(value) !== VALUE_TYPE.string) throw new Error(`no text "${feature}"`);
    return this.#string(this.word(value, 1));
  }

  number(contents: number, feature: string): number {
    const value = this.#feature(contents, feature);
    if (value === 0 || this.#type(value) !== VALUE_TYPE.float) throw new Error(`no number "${feature}"`);
    return this.#floats[(value >>> 2) + 1];
  }

  /**
   * Finds the relations by their shape: head and tail point back to the relation, the head has no
   * predecessor and the tail no successor.
   */
  findUtterance(heapStart: number): Relations {
    const words = this.#words;
    const byUtterance = new Map<number, Map<string, number>>();
    for (let r = heapStart >>> 2; r + 4 < words.length; r++) {
      const head = words[r + RELATION.head] >>> 2;
      const tail = words[r + RELATION.tail] >>> 2;
      if (head === 0 || tail === 0 || head + 5 >= words.length || tail + 5 >= words.length) continue;
      const address = r * 4;
      if (words[head + ITEM.relation] !== address || words[tail + ITEM.relation] !== address) continue;
      if (words[head + ITEM.previous] !== 0 || words[tail + ITEM.next] !== 0) continue;
      const utterance = words[r + RELATION.utterance];
      const relations = byUtterance.get(utterance) ?? new Map<string, number>();
      relations.set(this.#string(words[r + RELATION.name]), address);
      byUtterance.set(utterance, relations);
    }
    for (const relations of byUtterance.values()) {
      if (["Token", "SylStructure", "Segment"].every((name) => relations.has(name))) return relations;
    }
    throw new Error("no utterance in memory");
  }

  /** Token and stress of every phone, keyed by the phone's contents (which all relations share). */
  phoneOwners(relations: Relations): Map<number, { token: number; stress: 0 | 1 }> {
    const owners = new Map<number, { token: number; stress: 0 | 1 }>();
    this.list(relations.get("Token")!).forEach((tokenItem, token) => {
      for (const wordItem of this.#daughters(tokenItem)) {
        const structure = this.#inRelation(wordItem, "SylStructure");
        if (structure === 0) continue;
        for (const syllable of this.#daughters(structure)) {
          const stress = this.#stress(this.word(syllable, ITEM.contents));
          for (const phone of this.#daughters(syllable)) {
            owners.set(this.word(phone, ITEM.contents), { token, stress });
          }
        }
      }
    });
    return owners;
  }

  #stress(contents: number): 0 | 1 {
    const value = this.#feature(contents, "stress");
    if (value === 0) return 0;
    const stressed =
      this.#type(value) === VALUE_TYPE.string
        ? this.#string(this.word(value, 1)) !== "0"
        : this.word(value, 1) !== 0;
    return stressed ? 1 : 0;
  }

  #daughters(item: number): number[] {
    return this.#siblings(this.word(item, ITEM.down));
  }

  #siblings(first: number): number[] {
    const items: number[] = [];
    for (let item = first; item !== 0; item = this.word(item, ITEM.next)) {
      items.push(item);
      if (items.length > MAX_ITEMS) throw new Error("endless list");
    }
    return items;
  }

  /** The same thing seen from another relation; 0 if it is not in it. */
  #inRelation(item: number, relation: string): number {
    const contents = this.word(item, ITEM.contents);
    const value = this.#lookUp(this.word(contents, CONTENTS.relations), relation);
    return value === 0 ? 0 : this.word(value, 1);
  }

  #feature(contents: number, name: string): number {
    return this.#lookUp(this.word(contents, CONTENTS.features), name);
  }

  #lookUp(features: number, name: string): number {
    let steps = 0;
    for (let pair = this.word(features, 0); pair !== 0; pair = this.word(pair, PAIR.next)) {
      if (this.#string(this.word(pair, PAIR.name)) === name) return this.word(pair, PAIR.value);
      if (++steps > MAX_ITEMS) throw new Error("endless list");
    }
    return 0;
  }

  #type(value: number): number {
    return this.word(value, 0) & 0xffff;
  }

  #string(address: number): string {
    if (address === 0 || address >= this.#bytes.length) return "";
    let text = "";
    for (let at = address; this.#bytes[at] !== 0 && text.length < 256; at++)
      text += String.fromCharCode(this.#bytes[at]);
    return text;
  }
}
