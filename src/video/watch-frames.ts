import type { Frame, FrameRenderer } from "../frames/index.js";

/**
 * The same renderer, whose frames are looked at when they have been drawn.
 *
 * @param look - may read the frame until it returns
 */
export function watchFrames(
  renderer: FrameRenderer,
  look: (frame: Frame, index: number) => void,
): FrameRenderer {
  const { width, height, slots } = renderer;
  return {
    ...{ width, height, slots },
    ...(renderer.prepare === undefined ? {} : { prepare: (index) => renderer.prepare!(index) }),
    render(index) {
      const frame = renderer.render(index);
      look(frame, index);
      return frame;
    },
  };
}
