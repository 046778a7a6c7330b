import type { VoiceEntry, VoiceSource } from "./voice.js";

/** One line of the catalogue. */
type Row = readonly [
  /** As published; some end in a space. */
  name: string,
  /** `F` or `M`, then young, middle or old. */
  who: string,
  /** Words that the plan knows. */
  style: string,
  /** BCP 47. */
  language: string,
  /** The best source: a speaker of Kokoro or a Piper voice that no other name has; null for none. */
  best: string | null,
  /** The next: a reader of LibriTTS that no other name has, by the number that Piper's voice of many knows. */
  reader: number,
  /** The last: a speaker of Flite. Names of one speaker are placed apart: see test/support/voice-plan.ts. */
  speaker: string,
  /** Mean pitch and its spread, hertz; null is the speaker's own. */
  pitchHz: number,
  pitchSpreadHz: number | null,
  /** Duration factor and scale of the formants. */
  stretch: number,
  formantRatio: number,
];

/**
 * The voice names of the hosted model, spelled exactly as published, and "Melissa". They resemble the hosted
 * voices in kind, not in sound. Never change how a name sounds without need: who chose it hears it.
 */
// biome-ignore format: one line a name is a table; wrapped it is not
const ROWS: readonly Row[] = [
  ["Warm Pro Narrator", "M middle", "warm narrator", "en-US", "am_michael", 922, "rms", 102, null, 1.08, 0.93],
  ["Chill Brian", "M young", "relaxed", "en-US", "en_US-ryan-high", 1638, "rms", 110, null, 1.14, 1.03],
  ["Ivy", "F young", "bright casual", "en-US", "af_nova", 28, "slt", 188, 50, 1, 1.07],
  ["John Doe", "M middle", "neutral", "en-US", "en_US-hfc_male-medium", 176, "rms", 101, null, 1, 0.97],
  ["Monika Sogam", "F middle", "friendly", "en-US", null, 64, "slt", 173, 43, 1.01, 1.04],
  ["Hope ", "F young", "warm", "en-US", "af_sarah", 339, "slt", 189, 32, 1.08, 0.97],
  ["Archer ", "M young", "friendly", "en-GB", "bm_lewis", 501, "awb", 145, 41, 0.99, 1.03],
  ["Brittney", "F young", "bright", "en-US", "af_jessica", 318, "slt", 193, 32, 0.93, 1.08],
  ["Patrick", "M middle", "confident", "en-US", null, 1027, "rms", 100, null, 0.89, 0.98],
  ["David Castlemore", "M middle", "formal narrator", "en-GB", "bm_daniel", 816, "awb", 117, 16, 1.05, 0.99],
  ["Michael C", "M middle", "calm", "en-US", "am_liam", 1265, "rms", 95, null, 1.05, 1.05],
  ["Adam Stone ", "M middle", "deep warm", "en-US", "am_onyx", 335, "rms", 85, null, 1.1, 0.91],
  ["Juniper", "F young", "casual", "en-US", "af_river", 1382, "slt", 188, 29, 1.04, 1.02],
  ["Cassidy ", "F young", "energetic", "en-US", null, 1463, "slt", 194, 28, 0.88, 1],
  ["Jessica Anne Bogart", "F middle", "confident", "en-US", "af_kore", 534, "slt", 161, 30, 0.95, 0.97],
  ["Arabella", "F young", "soft bright", "en-GB", "bf_lily", 16, "slt", 198, 28, 1.03, 1.07],
  ["Andrew", "M young", "casual", "en-US", "am_puck", 1379, "awb", 137, 25, 0.95, 1.04],
  ["Spuds Oxley ", "M old", "friendly", "en-GB", "en_GB-northern_english_male-medium", 369, "awb", 134, 33, 1.09, 1],
  ["Grace Elder", "F old", "calm", "en-US", null, 100, "slt", 162, 17, 1.14, 0.96],
  ["Helen", "F middle", "professional", "en-US", "en_US-lessac-high", 93, "slt", 161, 18, 0.94, 1],
  ["Canyon Rivers", "M middle", "narrator", "en-US", "am_eric", 1283, "rms", 93, null, 1.05, 1],
  ["Derya - Lifelike - Excited 🤩", "F young", "excited", "en-US", null, 242, "slt", 190, 51, 0.87, 1.07],
  ["Mellow Marcus", "M middle", "relaxed", "en-US", null, 459, "rms", 106, null, 1.12, 0.98],
  ["Jack Sterling - Broadcaster 🎙️", "M middle", "broadcaster", "en-US", "am_fenrir", 1313, "rms", 92, null, 0.95, 0.97],
  ["Brenda - UGC - 1.mp4", "F middle", "casual", "en-US", null, 192, "slt", 161, 42, 1.02, 1],
  ["Reid", "M young", "professional", "en-US", null, 207, "rms", 113, null, 0.87, 1.02],
  ["Reagan", "F young", "confident", "en-US", null, 114, "slt", 173, 46, 0.95, 0.99],
  ["Terry", "M old", "casual", "en-US", null, 724, "kal16", 89, null, 1.09, 0.98],
  ["Jenny", "F young", "friendly", "en-GB", "en_GB-jenny_dioco-medium", 203, "slt", 179, 28, 1, 1.07],
  ["Radio Rick", "M middle", "broadcaster bold", "en-US", null, 781, "rms", 99, null, 0.93, 0.94],
  ["Denise", "F middle", "energetic", "en-US", null, 1731, "slt", 183, 40, 0.89, 0.97],
  ["Tim in car - Excited 🤩", "M young", "excited", "en-US", null, 510, "rms", 116, null, 0.93, 1.07],
  ["Iskander", "M middle", "calm", "en-US", null, 1603, "awb", 126, 16, 1.1, 1.01],
  ["Thompson", "M middle", "formal", "en-GB", null, 1383, "awb", 125, 20, 1, 1.01],
  ["Delicate Daisy - Excited 🤩", "F young", "soft excited", "en-US", null, 1422, "slt", 213, 35, 0.96, 1.08],
  ["Kingston", "M middle", "deep formal", "en-GB", "bm_george", 1165, "awb", 112, 16, 1.04, 0.94],
  ["George UGC 1", "M young", "casual", "en-US", "en_US-joe-medium", 512, "rms", 105, null, 0.97, 1.06],
  ["Bold Blake", "M young", "bold", "en-US", null, 718, "rms", 110, null, 0.87, 0.97],
  ["Jane", "F middle", "narrator", "en-GB", "bf_emma", 1093, "slt", 161, 26, 1.06, 0.97],
  ["Expressive Evan", "M young", "expressive", "en-US", null, 1018, "rms", 119, null, 0.95, 1.01],
  ["Marianne - IA", "F middle", "neutral", "en-US", null, 54, "slt", 161, 31, 0.95, 1.03],
  ["Aaron", "M middle", "deep", "en-US", "am_adam", 231, "rms", 93, null, 1.04, 0.94],
  ["Modern Recipe Host - Voice 1", "F middle", "friendly informative", "en-US", null, 288, "slt", 173, 38, 1.1, 1],
  ["Willow", "F young", "calm soft", "en-US", null, 688, "slt", 185, 19, 1.12, 1.05],
  ["Cute Chloe - Friendly 😊", "F young", "friendly bright", "en-US", null, 1054, "slt", 204, 54, 0.94, 1.05],
  ["Rafael", "M middle", "warm", "en-US", null, 1392, "awb", 131, 27, 1.04, 0.95],
  ["June - Lifelike", "F young", "casual bright", "en-US", null, 56, "slt", 202, 29, 0.96, 1.03],
  ["Crisp Chloe", "F young", "crisp", "en-US", null, 126, "slt", 175, 36, 0.91, 1.07],
  ["Slick Simon", "M young", "crisp", "en-US", null, 258, "rms", 102, null, 0.88, 1.04],
  ["Nassim - Informative", "M middle", "informative", "en-US", null, 272, "rms", 98, null, 1.14, 1.02],
  ["Baritone Ben", "M middle", "deep calm", "en-US", null, 511, "rms", 87, null, 1.12, 0.96],
  ["Maxwell", "M middle", "crisp", "en-US", null, 835, "awb", 127, 22, 0.9, 1.02],
  ["Ellie Faye - Excited 🤩", "F young", "excited energetic", "en-US", null, 1649, "slt", 218, 58, 0.87, 1.03],
  ["Milani", "F young", "warm casual", "en-US", null, 1509, "slt", 176, 39, 1.02, 0.96],
  ["Feisty Fiona - Excited 🤩", "F young", "excited bold", "en-US", null, 274, "slt", 194, 52, 0.87, 1.01],
  ["Professor Dean", "M old", "informative", "en-GB", "en_GB-alan-medium", 500, "awb", 124, 25, 1.16, 0.99],
  ["Rose - UGC - 1.mp4", "F middle", "crisp casual", "en-US", null, 667, "slt", 170, 20, 0.93, 1.05],
  ["Shona", "F middle", "soft", "en-GB", "en_GB-alba-medium", 1079, "slt", 174, 17, 1.03, 1.03],
  ["Hudson Wilder", "M young", "narrator", "en-US", null, 806, "awb", 137, 24, 1, 0.99],
  ["Ann - IA", "F middle", "informative", "en-US", null, 1335, "slt", 159, 25, 1.05, 1.03],
  ["Alastair Kensington", "M old", "formal", "en-GB", "bm_fable", 1271, "awb", 126, 16, 1.1, 0.96],
  ["Oxley", "M old", "casual", "en-GB", null, 899, "awb", 122, 30, 1.05, 0.99],
  ["Christina", "F middle", "calm", "en-US", "af_aoede", 188, "slt", 163, 15, 1.06, 1],
  ["Andrew Rizz ", "M young", "energetic", "en-US", null, 249, "rms", 124, null, 0.86, 1.05],
  ["Peyton", "F young", "crisp casual", "en-US", null, 1195, "slt", 184, 26, 0.87, 1.04],
  ["Gerardo - Outdoor", "M middle", "casual", "en-US", null, 1226, "rms", 97, null, 0.96, 1.02],
  ["Chloe - Lifelike", "F young", "neutral", "en-US", "en_US-hfc_female-medium", 1401, "slt", 185, 20, 0.95, 1.02],
  ["Stephanie", "F middle", "crisp", "en-US", null, 224, "slt", 173, 27, 0.9, 1],
  ["Anthony - IA", "M middle", "professional", "en-US", null, 480, "awb", 127, 29, 0.95, 0.98],
  ["Signal - Voice 1", "M middle", "neutral", "en-US", null, 101, "kal16", 91, null, 0.99, 1],
  ["Luca", "M young", "calm", "en-US", "am_echo", 1025, "rms", 105, null, 1.07, 1.07],
  ["Lisa - Voice 1", "F middle", "warm", "en-US", "en_US-amy-medium", 209, "slt", 176, 21, 1.04, 0.96],
  ["T.W.Tucker", "M old", "energetic", "en-US", null, 770, "rms", 110, null, 0.96, 0.95],
  ["Jack Sullivan - Serious 😐", "M middle", "serious", "en-US", null, 1446, "awb", 125, 16, 0.99, 0.96],
  ["Winter", "F young", "calm", "en-US", null, 1472, "slt", 173, 28, 1.1, 1.04],
  ["Mireia - Lifelike", "F middle", "bright", "en-US", null, 79, "slt", 188, 31, 0.97, 0.98],
  ["Georgia", "F young", "warm friendly", "en-US", null, 920, "slt", 186, 50, 1.02, 1],
  ["Stella", "F young", "confident crisp", "en-US", "af_bella", 1289, "slt", 176, 47, 0.87, 1.03],
  ["Masha - Lifelike", "F middle", "serious", "en-US", null, 968, "slt", 161, 16, 1, 0.96],
  ["Charming Charles - Friendly 😊", "M middle", "friendly", "en-US", null, 953, "rms", 113, null, 1.03, 0.99],
  ["Serenity", "F middle", "calm soft", "en-US", "af_nicole", 1641, "slt", 168, 16, 1.14, 1.04],
  ["Annie - Excited", "F middle", "excited", "en-US", null, 1678, "slt", 202, 50, 0.96, 1],
  ["Ralph", "M old", "deep casual", "en-US", null, 1535, "kal16", 80, null, 1.1, 0.93],
  ["Bethany", "F young", "energetic bright", "en-US", null, 14, "slt", 203, 35, 0.87, 1.04],
  ["Dominic", "M middle", "deep confident", "en-US", null, 1112, "rms", 92, null, 0.96, 0.91],
  ["Mason Finn", "M young", "calm", "en-US", null, 716, "awb", 134, 24, 1.06, 1.04],
  ["Leena", "F middle", "calm narrator", "en-US", null, 699, "slt", 163, 24, 1.15, 1],
  ["Veteran Victor", "M old", "deep", "en-US", null, 1046, "rms", 93, null, 1.14, 0.92],
  ["Tamara", "F middle", "confident professional", "en-US", "af_alloy", 98, "slt", 174, 22, 0.94, 0.96],
  ["Nik Public", "M young", "informative", "en-US", null, 1121, "rms", 114, null, 1.03, 1.04],
  ["Calm Chloe", "F young", "calm narrator", "en-US", null, 882, "slt", 178, 21, 1.11, 1],
  ["Sevik", "M young", "neutral", "en-US", null, 497, "kal16", 98, null, 0.98, 1.03],
  ["Reilly", "M young", "narrator", "en-US", null, 1028, "rms", 104, null, 1.04, 1.02],
  ["Raul", "M middle", "friendly", "en-US", null, 764, "awb", 130, 36, 1, 1.02],
  ["Imposing Ian", "M middle", "deep formal", "en-US", null, 359, "rms", 85, null, 1, 0.94],
  ["Relaxed Ray", "M middle", "relaxed casual", "en-US", null, 329, "rms", 96, null, 1.14, 0.97],
  ["Dexter - Professional", "M middle", "professional", "en-US", null, 637, "rms", 107, null, 0.95, 1],
  ["Relaxed Rick", "M old", "relaxed", "en-US", "am_santa", 561, "awb", 116, 16, 1.16, 0.96],
  ["Edwin", "M old", "warm", "en-GB", null, 70, "awb", 120, 25, 1.1, 0.94],
  ["Rupert Blackwood", "M old", "deep formal", "en-GB", null, 303, "awb", 108, 15, 1.14, 0.92],
  ["Ginny", "F young", "friendly casual", "en-US", "af_sky", 666, "slt", 186, 38, 0.94, 1.03],
  ["Hope", "F young", "bright friendly", "en-US", null, 225, "slt", 202, 46, 1.04, 1.04],
  ["Melissa", "F middle", "neutral", "en-US", "af_heart", 175, "slt", 172, null, 1, 1],
];

/** Piper's voice with hundreds of speakers. All are American; who sounds British in Flite may not there. */
const READERS = "en_US-libritts_r-medium";

function toEntry(row: Row): VoiceEntry {
  const [name, who, style, language, best, reader, speaker, pitchHz, spread, stretch, formantRatio] = row;
  const [gender, age] = who.split(" ") as ["F" | "M", VoiceEntry["age"]];
  const last: VoiceSource = {
    engine: "flite",
    speaker,
    pitchHz,
    ...(spread === null ? {} : { pitchSpreadHz: spread }),
    stretch,
    formantRatio,
  };
  return {
    name,
    gender: gender === "F" ? "female" : "male",
    age,
    style,
    language,
    sources: [
      ...(best === null ? [] : [bestSource(best, stretch)]),
      { engine: "piper", model: READERS, speaker: String(reader), stretch },
      last,
    ],
  };
}

/** Kokoro's speakers are called `af_heart`, Piper's voices `en_US-lessac-medium`, with one speaker each. */
function bestSource(name: string, stretch: number): VoiceSource {
  return /^[ab][fm]_/.test(name)
    ? { engine: "kokoro", model: "kokoro-v1.0", speaker: name, stretch }
    : { engine: "piper", model: name, speaker: "0", stretch };
}

/** The names of the hosted model and "Melissa", in their published order. */
export const NAMED_VOICES: readonly VoiceEntry[] = ROWS.map(toEntry);

/** The speakers of Flite under their own names. */
export const SPEAKER_VOICES: readonly VoiceEntry[] = [
  ["slt", "female", "en-US"] as const,
  ["rms", "male", "en-US"] as const,
  ["awb", "male", "en-GB"] as const,
  ["kal16", "male", "en-US"] as const,
].map(([name, gender, language]) => ({
  name,
  gender,
  age: "middle",
  style: "plain",
  language,
  sources: [{ engine: "flite", speaker: name }],
}));

/** The voice of a request that names none. */
export const DEFAULT_VOICE: VoiceEntry = SPEAKER_VOICES[0] as VoiceEntry;
