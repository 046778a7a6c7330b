import type { Photo } from "../assets/index.js";
import type { Rig } from "../portrait/index.js";
import type { AspectRatio, RequestExtras, Resolution } from "../request/index.js";
import type { Framing } from "./framing.js";
import { chooseFreeView } from "./view/free-view.js";
import { headBox } from "./view/head-box.js";
import { outlinePerson } from "./view/person-outline.js";
import { choosePhotoView, type View } from "./view/photo-view.js";
import { PRESETS, videoSize } from "./view/video-size.js";

/** What the video shall be like. */
export type FramingOptions = {
  readonly resolution: Resolution;
  readonly aspectRatio: AspectRatio;
  /** `cover` fills the video with photo, `contain` shows all of the photo; `null` chooses what keeps the head whole. */
  readonly fit: RequestExtras["fit"];
  /** True when the person is cut out, so that beyond the photo lies new background. @defaultValue false */
  readonly replacesBackground?: boolean;
};

/** Up to this enlargement nobody sees that a picture was enlarged. */
const SEEN_SCALE = 1.25;

/**
 * Decides which part of the photo the video shows.
 *
 * The head always stays whole, unless `cover` cuts it. The photo is never stretched. It is cropped where the head allows;
 * where it does not, the video reaches beyond the photo on two opposite sides by as little as possible. Before a new
 * background the person stands on the frame's lower border instead, with natural headroom wherever the photo ends.
 * Warns when the photo has to be enlarged so much that it shows.
 */
export function planFraming(
  rig: Pick<Rig, "landmarks" | "matte">,
  photo: Pick<Photo, "width" | "height">,
  options: FramingOptions,
): Framing {
  const { width, height } = videoSize(options.resolution, options.aspectRatio, photo.width / photo.height);
  const view = chooseView(rig, photo, options, { width, height });
  const scale = width / view.width;
  return {
    width,
    height,
    left: view.left,
    top: view.top,
    scale,
    warnings: scale > SEEN_SCALE ? [softWarning(view, photo, options)] : [],
  };
}

function chooseView(
  rig: Pick<Rig, "landmarks" | "matte">,
  photo: Pick<Photo, "width" | "height">,
  { fit, replacesBackground = false }: FramingOptions,
  { width, height }: { readonly width: number; readonly height: number },
): View {
  const head = headBox(rig, photo);
  const ratio = width / height;
  if (!replacesBackground || fit === "cover") return choosePhotoView(head, photo, ratio, fit);
  const person = outlinePerson(rig.matte, head, photo);
  if (fit === null) return chooseFreeView(head, person, photo, { ratio, height });
  const view = choosePhotoView(head, photo, ratio, fit);
  // All of the photo is shown, but a body that is cut below shall not hover.
  return person.kind === "cut" && view.height > photo.height
    ? { ...view, top: person.base - view.height }
    : view;
}

/** Says how much the shown part is enlarged, and from what it would not be. */
function softWarning(view: View, photo: Pick<Photo, "width" | "height">, options: FramingOptions): string {
  const sizeAt = (resolution: Resolution) =>
    videoSize(resolution, options.aspectRatio, photo.width / photo.height);
  const { width, height } = sizeAt(options.resolution);
  const scale = width / view.width;
  const largest = PRESETS.filter((resolution) => sizeAt(resolution).width <= SEEN_SCALE * view.width).at(-1);
  const factor = `a photo ${scale.toFixed(1)} times as large`;
  return (
    `The photo is enlarged ${scale.toFixed(2)} times: the ${Math.round(view.width)}x${Math.round(view.height)} pixels ` +
    `that are shown become ${width}x${height}, so the picture will look soft. ` +
    (largest === undefined
      ? `Use ${factor}; no resolution is small enough for this one.`
      : `Use ${factor}, or at most ${largest}.`)
  );
}
