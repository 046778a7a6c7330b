import type { FrameRenderer, Framing } from "../../frames/index.js";
import type { Rig } from "../../portrait/index.js";
import type { CaptionStyle } from "../../request/index.js";
import type { Captions, Cue } from "../captions.js";
import { hanStyleOf } from "../fonts/font-packages.js";
import { FontShelf } from "../fonts/font-shelf.js";
import { blendBitmap, type CaptionBitmap, toBitmap } from "./caption-bitmap.js";
import { layOutCues } from "./lay-out-cues.js";
import { type CaptionPlace, faceAreas, placeCaptions, widestBox } from "./place-captions.js";
import { loadSkia } from "./skia.js";
import { type LineMetrics, TextPainter } from "./text-painter.js";

/** What captions are drawn onto, and how. */
export type CaptionDrawing = {
  readonly rig: Pick<Rig, "landmarks" | "head">;
  readonly framing: Framing;
  /** Frames per second. */
  readonly frameRate: number;
  readonly style: CaptionStyle;
};

/** Pages that are kept drawn; with a highlight there is one for every word. */
const KEPT_PAGES = 4;

/**
 * The same renderer, with captions painted on every frame that has one. Characters that no shipped font has must have
 * been taken out (`drawableCaptions`). Fonts are loaded as far as the text needs them.
 */
export async function withCaptions(
  renderer: FrameRenderer,
  captions: Pick<Captions, "cues">,
  { rig, framing, frameRate, style }: CaptionDrawing,
): Promise<FrameRenderer> {
  if (captions.cues.length === 0) return renderer;
  const pages = await preparePages(captions.cues, rig, framing, frameRate);
  const overlay = new CaptionOverlay(pages, framing, frameRate, style);
  return {
    width: renderer.width,
    height: renderer.height,
    slots: renderer.slots,
    ...(renderer.prepare === undefined ? {} : { prepare: (frame) => renderer.prepare!(frame) }),
    render: (index) => {
      const frame = renderer.render(index);
      const bitmap = overlay.at(index);
      if (bitmap !== null) blendBitmap(frame, bitmap);
      return frame;
    },
  };
}

/** Cues broken for the frame, and where and how they are drawn. */
type Pages = {
  readonly cues: readonly Cue[];
  readonly painter: TextPainter;
  readonly metrics: LineMetrics;
  readonly place: CaptionPlace;
};

async function preparePages(
  cues: readonly Cue[],
  rig: CaptionDrawing["rig"],
  framing: Framing,
  frameRate: number,
): Promise<Pages> {
  const texts = cues.flatMap(({ lines }) => lines.map(({ text }) => text));
  const han = hanStyleOf(texts.join(" "));
  const painter = new TextPainter(await loadSkia(), new FontShelf(han), han);
  const layOut = (size: number, lines: 1 | 2): Cue[] => {
    painter.size = size;
    const lineWidth = widestBox(framing) - painter.boxWidth(0);
    return layOutCues(cues, { widthOf: (text) => painter.widthOf(text), lineWidth, lines, frameRate });
  };
  const place = placeCaptions(framing, faceAreas(rig, framing), (size, lines) => {
    const laidOut = layOut(size, lines).flatMap((cue) => cue.lines.map(({ text }) => text));
    return {
      width: painter.boxWidth(Math.max(...laidOut.map((text) => painter.widthOf(text)))) + 2 * painter.spread,
      height: painter.boxHeight(lines, painter.metricsOf(laidOut)) + painter.spread,
    };
  });
  const placed = layOut(place.size, place.lines);
  const metrics = painter.metricsOf(placed.flatMap(({ lines }) => lines.map(({ text }) => text)));
  return { cues: placed, painter, metrics, place };
}

/** What lies over which frame. Pages are drawn when they are first needed. */
class CaptionOverlay {
  readonly #kept = new Map<string, CaptionBitmap>();

  constructor(
    private readonly pages: Pages,
    private readonly framing: Framing,
    private readonly frameRate: number,
    private readonly style: CaptionStyle,
  ) {}

  /** The bitmap over a frame; `null` where nothing is said. */
  at(frame: number): CaptionBitmap | null {
    const time = (frame + 0.5) / this.frameRate;
    const index = lastAt(this.pages.cues, time);
    const cue = this.pages.cues[index];
    if (cue === undefined || time >= cue.end) return null;
    const word = this.style === "highlight" ? spokenWord(cue, time) : null;
    const key = `${index} ${word}`;
    const bitmap = this.#kept.get(key) ?? this.#draw(cue, word);
    // The one used last comes last; the first is the one to go.
    this.#kept.delete(key);
    this.#kept.set(key, bitmap);
    for (const old of this.#kept.keys()) {
      if (this.#kept.size <= KEPT_PAGES) break;
      this.#kept.delete(old);
    }
    return bitmap;
  }

  #draw(cue: Cue, word: number | null): CaptionBitmap {
    const { painter, metrics, place } = this.pages;
    const picture = painter.paint(cue, metrics, word);
    return toBitmap(picture, this.framing.width / 2, place.bottom, this.framing);
  }
}

/** Index of the last of ordered spans that has begun at a time; -1 before the first. */
function lastAt(spans: readonly { readonly start: number }[], time: number): number {
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (spans[middle]!.start <= time) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** How long a word stays highlighted after it was said, where no other follows, seconds. */
const AFTERGLOW = 0.3;

/** Index of the word that is being said, over all lines; `null` in a pause. */
function spokenWord({ lines }: Cue, time: number): number | null {
  const words = lines.flatMap((line) => line.words);
  const index = lastAt(words, time);
  const word = words[index];
  return word === undefined || time > word.end + AFTERGLOW ? null : index;
}
