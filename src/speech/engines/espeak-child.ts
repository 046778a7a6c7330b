/**
 * The process in which eSpeak NG runs. eSpeak NG is licensed under the GPL-3.0 and is an optional package; it is loaded
 * here and nowhere else, and is spoken to with messages. Its only argument is the name of the package.
 */
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import type { EspeakEvent, EspeakJob, EspeakReply, EspeakRequest } from "./espeak-messages.js";

/** The part of the package that is used; it comes without types. */
type EspeakModule = { readonly HEAPU8: Uint8Array; readonly eSpeakNGWorker: new () => EspeakWorker };
type EspeakWorker = {
  set_voice(name: string, language: string, gender: number, age: number): number;
  set_rate(rate: number): number;
  set_pitch(pitch: number): number;
  set_range(range: number): number;
  get_samplerate(): number;
  synthesize(text: string, heard: (samples: Int16Array, events: readonly RawEvent[]) => boolean): void;
};
type RawEvent = {
  readonly type: string;
  readonly audio_position: number;
  readonly text_position: number;
  readonly id?: string | number;
};

/** Room for one text. */
const TEXT_BYTES = 65_536;

class Espeak {
  readonly #module: EspeakModule;
  readonly #worker: EspeakWorker;
  /** Memory as it was before the first word: eSpeak's noise goes on from one text to the next otherwise. */
  readonly #fresh: Uint8Array;

  constructor(module: EspeakModule) {
    this.#module = module;
    this.#worker = new module.eSpeakNGWorker();
    // Texts are handed over in a piece of memory that grows with the longest so far: it has to be there before.
    for (let turn = 0; turn < 2; turn++) this.#worker.set_voice(" ".repeat(TEXT_BYTES), "", 0, 0);
    this.#fresh = module.HEAPU8.slice();
  }

  speak({ text, voice, rate, pitch, range }: EspeakJob) {
    if (Buffer.byteLength(text) >= TEXT_BYTES) throw new Error("the text is too long");
    this.#module.HEAPU8.set(this.#fresh);
    this.#module.HEAPU8.fill(0, this.#fresh.length);
    const worker = this.#worker;
    if (worker.set_voice(voice, "", 0, 0) !== 0) throw new Error(`eSpeak NG has no voice ${voice}`);
    worker.set_rate(rate);
    worker.set_pitch(pitch);
    worker.set_range(range);
    const parts: Int16Array[] = [];
    const events: EspeakEvent[] = [];
    worker.synthesize(text, (samples, raw) => {
      parts.push(samples);
      for (const event of raw)
        if (event.type === "word" || event.type === "phoneme") events.push(read(event));
      return false;
    });
    return { samples: joined(parts), sampleRate: worker.get_samplerate(), events };
  }
}

function read(event: RawEvent): EspeakEvent {
  const isWord = event.type === "word";
  return {
    type: isWord ? "word" : "phoneme",
    audioMs: event.audio_position,
    position: event.text_position - 1,
    ipa: isWord ? "" : String(event.id ?? ""),
  };
}

function joined(parts: readonly Int16Array[]): Int16Array {
  const all = new Int16Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

async function load(): Promise<Espeak> {
  const path = createRequire(import.meta.url).resolve(process.argv[2] ?? "");
  const { default: create } = (await import(pathToFileURL(path).href)) as {
    default: (options: object) => Promise<EspeakModule>;
  };
  return new Espeak(await create({ print: () => {}, printErr: () => {} }));
}

const loading = load();
// A failure is reported with each request instead.
loading.catch(() => undefined);

process.on("message", async ({ id, job }: EspeakRequest) => {
  let reply: EspeakReply;
  try {
    reply = { id, ...(await loading).speak(job) };
  } catch (error) {
    const code = (error as { code?: unknown } | null)?.code;
    const isMissing = code === "MODULE_NOT_FOUND" || code === "ERR_MODULE_NOT_FOUND";
    reply = { id, failure: error instanceof Error ? error.message : String(error), isMissing };
  }
  process.send?.(reply);
});
process.on("disconnect", () => process.exit());
