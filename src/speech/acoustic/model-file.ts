import { type AcousticNetwork, type Layer, layerShapes } from "./network.js";
import { SOUND_CLASSES } from "./sound-classes.js";

/** First bytes of a file of weights, and its format. */
const MAGIC = 0x50414d31;
const LEVELS = 32_767;

/**
 * The weights as a file: 16 bits each, with a scale for each unit, little-endian.
 *
 * Order: magic, priors, then for each layer and unit its scale, its bias and its weights.
 */
export function encodeModel({ layers, logPrior }: AcousticNetwork): Uint8Array {
  const size = layers.reduce(
    (sum, { units, weights }) => sum + units * 8 + weights.length * 2,
    4 + logPrior.length * 4,
  );
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  let at = 4;
  const float = (value: number): void => {
    view.setFloat32(at, value, true);
    at += 4;
  };
  logPrior.forEach(float);
  for (const { units, weights, bias } of layers) {
    const depth = weights.length / units;
    for (let unit = 0; unit < units; unit++) {
      const row = weights.subarray(unit * depth, (unit + 1) * depth);
      const largest = row.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-12);
      float(largest / LEVELS);
      float(bias[unit]!);
      for (const value of row) {
        view.setInt16(at, Math.round((value / largest) * LEVELS), true);
        at += 2;
      }
    }
  }
  return bytes;
}

/** @throws Error when the bytes are not such a file */
export function decodeModel(bytes: Uint8Array): AcousticNetwork {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 4 || view.getUint32(0, true) !== MAGIC) throw new Error("This is no acoustic model.");
  let at = 4;
  const float = (): number => {
    at += 4;
    return view.getFloat32(at - 4, true);
  };
  const logPrior = Float32Array.from(SOUND_CLASSES, float);
  const layers = layerShapes().map((shape): Layer => {
    const depth = shape.taps.length * shape.inputs;
    const weights = new Float32Array(shape.units * depth);
    const bias = new Float32Array(shape.units);
    for (let unit = 0; unit < shape.units; unit++) {
      const scale = float();
      bias[unit] = float();
      for (let i = 0; i < depth; i++, at += 2) weights[unit * depth + i] = scale * view.getInt16(at, true);
    }
    return { ...shape, weights, bias };
  });
  if (at !== bytes.length) throw new Error("This acoustic model is of another size.");
  return { layers, logPrior };
}
