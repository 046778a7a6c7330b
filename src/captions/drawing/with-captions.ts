import type { FrameRenderer, Framing } from "../../frames/index.js";
import type { Performance } from "../../performance/index.js";
import type { Rig } from "../../portrait/index.js";
import type { CaptionStyle } from "../../request/index.js";
import type { Captions, Cue } from "../captions.js";
import { hanStyleOf } from "../fonts/font-packages.js";
import { FontShelf } from "../fonts/font-shelf.js";
import type { Area } from "./area.js";
import { blendBitmap, type CaptionBitmap, copyBitmap, takeArea, toBitmap } from "./caption-bitmap.js";
import { layOutCues } from "./lay-out-cues.js";
import { type CaptionPlace, faceAreas, faceReach, placeCaptions, widestBox } from "./place-captions.js";
import { loadSkia } from "./skia.js";
import { type LineMetrics, TextPainter } from "./text-painter.js";

/** What captions are drawn onto, and how. */
export type CaptionDrawing = {
  readonly rig: Pick<Rig, "landmarks" | "head">;
  readonly framing: Framing;
  /** How the face moves: captions keep off wherever it goes. */
  readonly performance: Pick<Performance, "curves">;
  /** Frames per second. */
  readonly frameRate: number;
  readonly style: CaptionStyle;
};

/** Pages that are kept drawn, for those who do not ask in order. */
const KEPT_PAGES = 3;

/**
 * The same renderer, with captions painted on every frame that has one. Characters that no shipped font has must have
 * been taken out (`drawableCaptions`). Fonts are loaded as far as the text needs them.
 */
export async function withCaptions(
  renderer: FrameRenderer,
  captions: Pick<Captions, "cues">,
  drawing: CaptionDrawing,
): Promise<FrameRenderer> {
  if (captions.cues.length === 0) return renderer;
  const overlay = new CaptionOverlay(await preparePages(captions.cues, drawing), drawing);
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
  { rig, framing, performance, frameRate }: CaptionDrawing,
): Promise<Pages> {
  const texts = cues.flatMap(({ lines }) => lines.map(({ text }) => text));
  const han = hanStyleOf(texts.join(" "));
  const painter = new TextPainter(await loadSkia(), new FontShelf(han), han);
  const layOut = (size: number, lines: 1 | 2): Cue[] => {
    painter.size = size;
    const lineWidth = widestBox(framing) - painter.boxWidth(0);
    return layOutCues(cues, { widthOf: (text) => painter.widthOf(text), lineWidth, lines, frameRate });
  };
  const face = faceAreas(rig, framing, faceReach(performance));
  const place = placeCaptions(framing, face, (size, lines) => {
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

/** One page, as it is at the moment. */
type Page = {
  /** With the highlight on one word; the same as `base` where there is none. */
  readonly shown: CaptionBitmap;
  readonly base: CaptionBitmap;
  /** Every word highlighted. */
  readonly bright: CaptionBitmap | null;
  readonly words: readonly (readonly Area[])[];
  highlighted: number | null;
};

/** What lies over which frame. Pages are drawn when they are first needed. */
class CaptionOverlay {
  readonly #kept = new Map<number, Page>();

  constructor(
    private readonly pages: Pages,
    private readonly drawing: Omit<CaptionDrawing, "rig" | "performance">,
  ) {}

  /** The bitmap over a frame; `null` where nothing is said. It holds until the next call. */
  at(frame: number): CaptionBitmap | null {
    const time = (frame + 0.5) / this.drawing.frameRate;
    const index = lastAt(this.pages.cues, time);
    const cue = this.pages.cues[index];
    if (cue === undefined || time >= cue.end) return null;
    const page = this.#kept.get(index) ?? this.#draw(cue);
    // The one used last comes last; the first is the one to go.
    this.#kept.delete(index);
    this.#kept.set(index, page);
    for (const old of this.#kept.keys()) {
      if (this.#kept.size <= KEPT_PAGES) break;
      this.#kept.delete(old);
    }
    highlight(page, spokenWord(cue, time));
    return page.shown;
  }

  #draw(cue: Cue): Page {
    const { painter, metrics, place } = this.pages;
    const { framing, style } = this.drawing;
    const bitmap = (isHighlighted: boolean): CaptionBitmap =>
      toBitmap(painter.paint(cue, metrics, isHighlighted), framing.width / 2, place.bottom, framing);
    const base = bitmap(false);
    if (style === "plain") return { shown: base, base, bright: null, words: [], highlighted: null };
    const words = painter.wordAreas(cue, metrics);
    return { shown: copyBitmap(base), base, bright: bitmap(true), words, highlighted: null };
  }
}

/** Changes only the areas of the two words. */
function highlight(page: Page, word: number | null): void {
  const { shown, base, bright, words } = page;
  if (bright === null || word === page.highlighted) return;
  if (page.highlighted !== null) for (const area of words[page.highlighted]!) takeArea(shown, base, area);
  if (word !== null) for (const area of words[word]!) takeArea(shown, bright, area);
  page.highlighted = word;
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
