/** Starts an endless run of a network; to be killed by a test. */
import { createPiperEngine } from "../../src/speech/engines/neural/piper.js";
import { installToy, toyPhonemizer, toyPiper, toyPiperConfig } from "./neural-models.js";

const model = installToy(process.argv[2] as string, "piper", {
  "toy.onnx": toyPiper({ rounds: 1_000_000 }),
  "toy.onnx.json": JSON.stringify(toyPiperConfig()),
});
const engine = createPiperEngine({ model, phonemizer: toyPhonemizer(), timeLimitMs: 600_000 });
await engine.speak({ text: "Hello.", pronunciations: new Map(), language: "en" }, { speaker: "0" });
