import { AVCOL_PRI_BT709, AVCOL_RANGE_MPEG, AVCOL_SPC_BT709, AVCOL_TRC_BT709 } from "node-av/constants";
import type { Frame as NativeFrame } from "node-av/lib";
import type { Frame } from "../frames/index.js";

/** Hands drawn frames to an encoder in the form that it takes. */
export interface FrameSource {
  /** The native form of a drawn frame, valid until as many further frames were drawn as there are slots. */
  view(frame: Frame): NativeFrame | Promise<NativeFrame>;
  /** Frees the native frames. */
  close(): void;
}

/** Says what the numbers of our frames mean. */
export function tagColours(frame: NativeFrame): void {
  frame.colorRange = AVCOL_RANGE_MPEG;
  frame.colorPrimaries = AVCOL_PRI_BT709;
  frame.colorTrc = AVCOL_TRC_BT709;
  frame.colorSpace = AVCOL_SPC_BT709;
}
