import type { TalkResult } from "../pipeline/index.js";
import { FACE_CONTOURS } from "./face-contours.js";

/** Everything that decided the motion of a video, as plain JSON. Times in seconds, `[start, end)`. */
export type Timeline = {
  readonly version: 1;
  readonly duration: number;
  readonly frame_count: number;
  readonly frame_rate: number;
  readonly sentences: readonly object[];
  readonly words: readonly object[];
  readonly phonemes: readonly object[];
  readonly visemes: readonly object[];
  /** One value per frame; units as in the performance's own description. */
  readonly curves: Readonly<Record<string, readonly number[]>>;
  readonly portrait: {
    /** Size of the photo that the contours refer to, pixels. */
    readonly width: number;
    readonly height: number;
    /** Distance between the eye centres, pixels: the unit of the curves' lengths. */
    readonly eye_distance: number;
    /** Closed outlines, `[x, y]` in photo pixels. */
    readonly contours: Readonly<Record<string, readonly (readonly [number, number])[]>>;
  };
  /** Photo pixel (u, v) appears in the video at `((u - left) * scale, (v - top) * scale)`. */
  readonly framing: {
    readonly width: number;
    readonly height: number;
    readonly left: number;
    readonly top: number;
    readonly scale: number;
  };
};

/** The timeline file of a finished talk. */
export function timelineOf(result: TalkResult): Timeline {
  const { speech, performance, rig, framing } = result;
  return {
    version: 1,
    duration: result.duration,
    frame_count: result.frameCount,
    frame_rate: round(result.frameCount / result.duration),
    sentences: speech.sentences.map(roundTimes),
    words: speech.words.map(roundTimes),
    phonemes: speech.phonemes.map(roundTimes),
    visemes: performance.visemes.map(roundTimes),
    curves: Object.fromEntries(
      Object.entries(performance.curves).map(([name, values]) => [name, Array.from(values, round)]),
    ),
    portrait: {
      width: rig.width,
      height: rig.height,
      eye_distance: round(rig.head.eyeDistance),
      contours: contoursOf(rig.landmarks),
    },
    framing: {
      width: framing.width,
      height: framing.height,
      left: round(framing.left),
      top: round(framing.top),
      scale: round(framing.scale),
    },
  };
}

function contoursOf(landmarks: Float32Array): Timeline["portrait"]["contours"] {
  const point = (index: number): [number, number] => [
    round(landmarks[index * 3]!),
    round(landmarks[index * 3 + 1]!),
  ];
  return Object.fromEntries(
    Object.entries(FACE_CONTOURS).map(([name, indices]) => [name, indices.map(point)]),
  );
}

function roundTimes<T extends { start: number; end: number }>(span: T): T {
  return { ...span, start: round(span.start), end: round(span.end) };
}

/** Microseconds and thousandths of a pixel: more digits only make the file long. */
function round(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
