import type { Frame, FrameRenderer } from "../../src/frames/index.js";
import { FRAME_RATE } from "../../src/performance/index.js";
import { SAMPLE_RATE } from "../../src/speech/index.js";
import { encodeVideo } from "../../src/video/index.js";
import { drawOffice } from "../drawing/office.js";

/** How many times wider than a frame the scene is. */
const SCENE_WIDTH = 2;

/**
 * Writes a film in which a camera sways before the drawn office, so that every pixel moves: MP4 with H.264.
 *
 * @param seconds - of the film
 */
export async function writePanFilm(
  path: string,
  { width, height, seconds }: { readonly width: number; readonly height: number; readonly seconds: number },
): Promise<void> {
  const scene = toPlanes(await drawOffice(width * SCENE_WIDTH, height), width * SCENE_WIDTH, height);
  const frameCount = seconds * FRAME_RATE;
  const reach = scene.width - width;
  const renderer: FrameRenderer = {
    width,
    height,
    slots: 2,
    render: (index) => {
      const turn = Math.abs(((index / frameCount) * 2 + 1) % 2) - 1;
      return cut(scene, 2 * Math.round((reach * (1 - Math.abs(turn))) / 2), width);
    },
  };
  const samples = new Float32Array(Math.floor((frameCount * SAMPLE_RATE) / FRAME_RATE));
  const common = { frameRate: FRAME_RATE, sampleRate: SAMPLE_RATE };
  await encodeVideo({ renderer, frameCount, samples, path, crf: 20, ...common });
}

/** BT.709 limited range; the office is so soft that its chroma needs no filter. */
function toPlanes(rgb: Uint8Array, width: number, height: number): Frame {
  const y = new Uint8Array(width * height);
  const u = new Uint8Array((width * height) / 4);
  const v = new Uint8Array((width * height) / 4);
  for (let row = 0; row < height; row++) {
    for (let x = 0; x < width; x++) {
      const at = (row * width + x) * 3;
      const [r, g, b] = [rgb[at]!, rgb[at + 1]!, rgb[at + 2]!];
      y[row * width + x] = 16.5 + 0.182586 * r + 0.614231 * g + 0.062007 * b;
      if (((row | x) & 1) === 1) continue;
      const quarter = (row >> 1) * (width >> 1) + (x >> 1);
      u[quarter] = 128.5 - 0.100644 * r - 0.338572 * g + 0.439216 * b;
      v[quarter] = 128.5 + 0.439216 * r - 0.398942 * g - 0.040274 * b;
    }
  }
  return { width, height, y, u, v };
}

/** The part of a picture that begins at column `left`. */
function cut(scene: Frame, left: number, width: number): Frame {
  const plane = (from: Uint8Array, stride: number, start: number, columns: number): Uint8Array => {
    const rows = from.length / stride;
    const to = new Uint8Array(columns * rows);
    for (let row = 0; row < rows; row++) {
      to.set(from.subarray(row * stride + start, row * stride + start + columns), row * columns);
    }
    return to;
  };
  const chroma = (from: Uint8Array): Uint8Array => plane(from, scene.width >> 1, left >> 1, width >> 1);
  return {
    width,
    height: scene.height,
    y: plane(scene.y, scene.width, left, width),
    u: chroma(scene.u),
    v: chroma(scene.v),
  };
}
