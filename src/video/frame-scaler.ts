import { SoftwareScaleContext } from "node-av/lib";
import { checkNative } from "./native-call.js";

/**
 * A scaler or converter of pictures, ready to be used. Whoever makes it frees it.
 *
 * @param options - by FFmpeg's names
 * @throws {@link EngineError} when it is not possible
 */
export function createScaler(options: Readonly<Record<string, string | number>>): SoftwareScaleContext {
  const scaler = new SoftwareScaleContext();
  scaler.allocContext();
  for (const [name, value] of Object.entries(options))
    checkNative(scaler.setOption(name, String(value)), `setting ${name} of the scaler`);
  checkNative(scaler.initContext(), "preparing the scaler");
  return scaler;
}

/** The same bytes, as native code takes them. */
export function asBuffer(plane: Uint8Array): Buffer {
  return Buffer.from(plane.buffer, plane.byteOffset, plane.byteLength);
}
