import type { ModelEntry, ModelSpeaker } from "./model.js";
import { PIPER_VOICES } from "./piper-voices.js";

const KOKORO_RELEASE = "https://github.com/thewh1teagle/kokoro-onnx/releases/download/model-files-v1.0";

/** By language and gender, as the first two letters of a speaker's name tell. */
const KOKORO_SPEAKERS: Readonly<Record<string, string>> = {
  af: "alloy aoede bella heart jessica kore nicole nova river sarah sky",
  am: "adam echo eric fenrir liam michael onyx puck santa",
  bf: "alice emma isabella lily",
  bm: "daniel fable george lewis",
  ef: "dora",
  em: "alex santa",
  ff: "siwis",
  hf: "alpha beta",
  hm: "omega psi",
  if: "sara",
  im: "nicola",
  jf: "alpha gongitsune nezumi tebukuro",
  jm: "kumo",
  pf: "dora",
  pm: "alex santa",
  zf: "xiaobei xiaoni xiaoxiao xiaoyi",
  zm: "yunjian yunxi yunxia yunyang",
};

/**
 * Kokoro with 82 million parameters. `voices-v1.0.bin` is a NumPy archive (npz) with one style table of 510 x 1 x 256
 * float32 for every speaker.
 */
const KOKORO: ModelEntry = {
  id: "kokoro-v1.0",
  kind: "kokoro",
  language: "mul",
  licence: "Apache-2.0",
  source: "https://huggingface.co/hexgrad/Kokoro-82M",
  speakers: Object.entries(KOKORO_SPEAKERS).flatMap(([prefix, names]) =>
    names.split(" ").map(
      (name): ModelSpeaker => ({
        name: `${prefix}_${name}`,
        gender: prefix.endsWith("f") ? "female" : "male",
      }),
    ),
  ),
  files: [
    {
      name: "kokoro-v1.0.onnx",
      url: `${KOKORO_RELEASE}/kokoro-v1.0.onnx`,
      sizeBytes: 325_532_387,
      sha256: "7d5df8ecf7d4b1878015a32686053fd0eebe2bc377234608764cc0ef3636a6c5",
    },
    {
      name: "voices-v1.0.bin",
      url: `${KOKORO_RELEASE}/voices-v1.0.bin`,
      sizeBytes: 28_214_398,
      sha256: "bca610b8308e8d99f32e6fe4197e7ec01679264efed0cac9140fe9c29f1fbf7d",
    },
  ],
};

const WAV2VEC2_REVISION =
  "https://huggingface.co/Xenova/wav2vec2-base-960h/resolve/a19f851b3d42865797e410752b4c570c871e4825";

/** English speech recognition by characters (CTC), with weights of 8 bits. */
const WAV2VEC2: ModelEntry = {
  id: "wav2vec2-base-960h",
  kind: "ctc",
  language: "en",
  licence: "Apache-2.0",
  source: "https://huggingface.co/facebook/wav2vec2-base-960h",
  speakers: [],
  files: [
    {
      name: "model_quantized.onnx",
      url: `${WAV2VEC2_REVISION}/onnx/model_quantized.onnx`,
      sizeBytes: 95_286_046,
      sha256: "cd5040c147381580ed73258143dd8e0c28e800a09e74ee42ee2b3e8cb4d760a3",
    },
    {
      name: "vocab.json",
      url: `${WAV2VEC2_REVISION}/vocab.json`,
      sizeBytes: 358,
      sha256: "4178db26b3c7570f6a47f14ac6a1c7b32950b8c2800fb097287e53776934f1c5",
    },
  ],
};

/** Every model that can be pulled. What has no hash that its maker or several users published is not listed. */
export const MODEL_CATALOGUE: readonly ModelEntry[] = [...PIPER_VOICES, KOKORO, WAV2VEC2];
