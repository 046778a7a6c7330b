import { z } from "zod";
import { damagedModel } from "./neural-caller.js";

/** What Piper's `<model>.onnx.json` says, as far as it is used. */
export type PiperConfig = {
  /** Of the model's sound, hertz. */
  readonly sampleRate: number;
  /** Samples in one frame of its durations. */
  readonly hop: number;
  /** Whether the model reads phonemes of eSpeak NG or the letters themselves. */
  readonly phonemeType: "espeak" | "text";
  /** Ids of each phoneme. */
  readonly ids: ReadonlyMap<string, readonly number[]>;
  /** Letters that are one phoneme to the model, longest first. */
  readonly clusters: readonly string[];
  readonly speakers: number;
  /** Ids of speakers that have names. */
  readonly speakerIds: ReadonlyMap<string, number>;
  /** Loudness of noise in the sound, duration factor, and spread of durations. */
  readonly noiseScale: number;
  readonly lengthScale: number;
  readonly noiseWidth: number;
};

/** Largest config, bytes; those of Piper have up to 80,000, most of it names of speakers. */
export const MAX_CONFIG_BYTES = 4_000_000;
const MAX_PHONEMES = 4_096;
const MAX_IDS = 8;
const MAX_ID = 100_000;
const MAX_SPEAKERS = 20_000;

const scale = z.number().min(0).max(4);
const id = z.number().int().min(0).max(MAX_ID);
const text = z.string().max(200);
const schema = z.object({
  audio: z.object({ sample_rate: z.number().int().min(8_000).max(96_000) }),
  hop_length: z.number().int().min(16).max(4_096).default(256),
  phoneme_type: z.enum(["espeak", "text"]).default("espeak"),
  phoneme_id_map: z
    .record(text, z.array(id).min(1).max(MAX_IDS))
    .refine((map) => Object.keys(map).length <= MAX_PHONEMES, `more than ${MAX_PHONEMES} phonemes`),
  vowel_clusters: z.array(z.array(text).min(2).max(4)).max(500).nullish(),
  num_speakers: z.number().int().min(0).max(MAX_SPEAKERS).default(1),
  speaker_id_map: z
    .record(text, id)
    .refine((map) => Object.keys(map).length <= MAX_SPEAKERS, `more than ${MAX_SPEAKERS} speakers`)
    .nullish(),
  inference: z
    .object({
      noise_scale: scale.default(0.667),
      length_scale: z.number().min(0.1).max(10).default(1),
      noise_w: scale.default(0.8),
    })
    .prefault({}),
});

/**
 * Reads a config of Piper.
 *
 * @param model - id, for messages
 * @throws EngineError `model_damaged`, naming the field
 */
export function readPiperConfig(model: string, json: Buffer): PiperConfig {
  const parsed = schema.safeParse(parseJson(model, json));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const field = issue?.path.join(".") || "all of it";
    throw damagedModel(
      model,
      `The config of the model ${model} cannot be used: ${field.slice(0, 100)}: ${issue?.message}`,
    );
  }
  const config = parsed.data;
  return {
    sampleRate: config.audio.sample_rate,
    hop: config.hop_length,
    phonemeType: config.phoneme_type,
    ids: new Map(Object.entries(config.phoneme_id_map)),
    clusters: (config.vowel_clusters ?? [])
      .map((letters) => letters.join("").normalize("NFD"))
      .sort((a, b) => b.length - a.length),
    speakers: Math.max(1, config.num_speakers),
    speakerIds: new Map(Object.entries(config.speaker_id_map ?? {})),
    noiseScale: config.inference.noise_scale,
    lengthScale: config.inference.length_scale,
    noiseWidth: config.inference.noise_w,
  };
}

function parseJson(model: string, json: Buffer): unknown {
  try {
    return JSON.parse(json.toString("utf8")) as unknown;
  } catch {
    throw damagedModel(model, `The config of the model ${model} is no JSON`);
  }
}
