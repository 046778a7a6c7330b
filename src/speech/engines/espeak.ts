import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { EngineError, InputError } from "../../shared/errors.js";
import { isInstalled } from "../../shared/is-installed.js";
import { clamp } from "../../shared/numeric.js";
import { log } from "../../shared/portable-math.js";
import { entryBeside, sourceLoaderFlags } from "../../shared/source-loader.js";
import { languageOf } from "../language/languages.js";
import { espeakPitch } from "../voices/espeak-variants.js";
import type { EspeakJob, EspeakReply, EspeakRequest } from "./espeak-messages.js";
import { espeakPhones, espeakTokens } from "./espeak-phones.js";
import type { Phonemizer } from "./phonemizer.js";
import { type Remote, RemoteCaller } from "./remote-calls.js";
import type { EngineSentence, EngineUtterance, EngineVoice, SpeechEngine } from "./speech-engine.js";

/** eSpeak NG as a speaker and as a reader of words. */
export type Espeak = SpeechEngine & Phonemizer;

const NAME = "eSpeak NG";
/** The optional package. */
const ESPEAK_PACKAGE = "@echogarden/espeak-ng-emscripten";
/** A sentence takes some hundredths of a second; beyond this something is stuck. */
const DEFAULT_TIME_LIMIT_MS = 30_000;
/** Words a minute of a voice that is not stretched: eSpeak's normal of 175 is hasty. */
const NORMAL_RATE = 150;
const [SLOWEST_RATE, FASTEST_RATE] = [80, 400];
/** Silence that stands for a text without a sound. */
const NOTHING_SECONDS = 0.05;
/** How far one step of eSpeak's pitch setting goes, octaves (measured). */
const OCTAVES_PER_STEP = 0.0125;

/** How eSpeak NG is started. */
export type EspeakOptions = {
  /** Longest time for one call. @defaultValue 30,000 */
  readonly timeLimitMs?: number;
  /** Where eSpeak NG comes from. @defaultValue the optional package */
  readonly packageName?: string;
};

/** Whether the optional package is installed. */
export function hasEspeak(): boolean {
  return isInstalled(ESPEAK_PACKAGE);
}

/**
 * eSpeak NG in a process of its own: over a hundred languages, with the times of all sounds and words. The process
 * starts with the first sentence, and can be ended in the middle of one.
 *
 * Speakers are the names of its variants (`f3`, `m1`, `Annie`); the language of the sentence chooses the voice.
 *
 * @throws InputError `feature_not_supported` on `prompt`, by its calls, where the optional package is not installed or
 *   the language is unknown to it
 */
export function createEspeak(options: EspeakOptions = {}): Espeak {
  const caller = new RemoteCaller<EspeakRequest, EspeakReply>({
    name: NAME,
    start: () => startProcess(options.packageName ?? ESPEAK_PACKAGE),
    timeLimitMs: options.timeLimitMs ?? DEFAULT_TIME_LIMIT_MS,
  });
  const run = async (job: EspeakJob, signal: AbortSignal | undefined) => {
    const reply = await caller.call({ job }, signal);
    if (!("failure" in reply)) return reply;
    throw reply.isMissing ? missingError() : failure(reply.failure);
  };
  return {
    name: "espeak",
    async speak(sentence, voice, signal) {
      const { samples, sampleRate, events } = await run(jobFor(sentence, voice), signal);
      return utterance(sentence, samples, sampleRate, events);
    },
    async phonemize(text, language, signal) {
      const { events } = await run(jobFor({ text, language }, { speaker: "" }), signal);
      return espeakTokens(text, events);
    },
    close: () => caller.close(),
  };
}

function jobFor(sentence: Pick<EngineSentence, "text" | "language">, voice: EngineVoice): EspeakJob {
  const language = languageOf(sentence.language);
  if (language === null) throw unknownLanguage(sentence.language);
  return {
    text: sentence.text,
    voice: voice.speaker === "" ? language.espeak : `${language.espeak}+${voice.speaker}`,
    rate: Math.round(clamp(NORMAL_RATE / (voice.stretch ?? 1), SLOWEST_RATE, FASTEST_RATE)),
    pitch: pitchSetting(voice),
    range: 50,
  };
}

/** eSpeak's setting for a pitch in hertz. */
function pitchSetting({ speaker, pitchHz }: EngineVoice): number {
  if (pitchHz === undefined) return 50;
  return Math.round(clamp(50 + log(pitchHz / espeakPitch(speaker)) / Math.LN2 / OCTAVES_PER_STEP, 0, 99));
}

function utterance(
  sentence: EngineSentence,
  samples: Int16Array,
  sampleRate: number,
  events: Parameters<typeof espeakPhones>[1],
): EngineUtterance {
  // Of a text in which it finds nothing to say it gives nothing back, not even silence.
  const heard = samples.length > 0 ? samples : new Int16Array(Math.round(NOTHING_SECONDS * sampleRate));
  const sound = Float32Array.from(heard, (sample) => sample / 32_768);
  const phones = espeakPhones(sentence.text, events, sound.length / sampleRate);
  return { samples: sound, sampleRate, phones };
}

function startProcess(packageName: string): Remote<EspeakRequest, EspeakReply> {
  const entry = entryBeside(import.meta.url, "espeak-child");
  const child = fork(fileURLToPath(entry), [packageName], {
    execArgv: sourceLoaderFlags(entry),
    // It needs nothing of ours.
    env: { PATH: process.env.PATH },
    serialization: "advanced",
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  // It must not keep a finished program alive; a running call holds its own timer.
  child.unref();
  child.channel?.unref();
  return {
    send: (request) => {
      child.send(request, () => {});
    },
    end: () => {
      child.kill("SIGKILL");
    },
    onReply: (listener) => child.on("message", (message) => listener(message as EspeakReply)),
    onEnd(listener) {
      child.on("error", (error) => listener(error.message));
      child.on("exit", (code, signal) => listener(`its process ended (${signal ?? code})`));
    },
  };
}

/** What to say where the optional package is missing. */
function missingError(): InputError {
  return new InputError(
    "feature_not_supported",
    `This language needs eSpeak NG, which is not installed on this server. Its operator can add it with: npm install ${ESPEAK_PACKAGE}. English prompts and recordings ("audio_url") work without it.`,
    { field: ["prompt"] },
  );
}

function unknownLanguage(language: string): InputError {
  return new InputError("feature_not_supported", `No voice here speaks the language "${language}".`, {
    field: ["language"],
    input: language,
  });
}

function failure(reason: string): EngineError {
  return new EngineError("internal_server_error", `${NAME} failed on this text.`, {
    field: ["prompt"],
    context: { stderr: reason.slice(0, 500) },
  });
}
