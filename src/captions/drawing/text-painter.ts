import type { SKRSContext2D } from "@napi-rs/canvas";
import type { Cue } from "../captions.js";
import type { HanStyle } from "../fonts/font-packages.js";
import type { FontShelf } from "../fonts/font-shelf.js";
import type { Area } from "./area.js";
import { wordPlaces } from "./line-order.js";
import { registerFonts, type Skia } from "./skia.js";

/** How captions look, in units of the font size where nothing else is said. */
const LOOK = {
  weight: 600,
  text: "#ffffff",
  highlight: "#ffd84a",
  outline: "rgba(8, 10, 14, 0.92)",
  outlineWidth: 0.13,
  box: "rgba(10, 12, 16, 0.46)",
  /** From the text to the edge of the box, and how far its edge is blurred. */
  paddingX: 0.42,
  paddingY: 0.2,
  radius: 0.36,
  blur: 0.12,
} as const;
/** From one baseline to the next, and what lines reach above and below theirs at least. */
const LINE_PITCH = 1.24;
const LEAST_ASCENT = 0.78;
const LEAST_DESCENT = 0.24;
/** Free space between what two lines reach. */
const LINE_GAP = 0.06;

/** How far text reaches above and below its baseline, and from one baseline to the next, pixels. */
export type LineMetrics = { readonly ascent: number; readonly descent: number; readonly pitch: number };

/** Interleaved RGBA, not multiplied, to be placed so that `baseX`, `baseY` is the middle of the box's lower edge. */
export type PagePicture = {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
  readonly baseX: number;
  readonly baseY: number;
};

const LANGUAGE: Record<HanStyle, string> = { sc: "zh-Hans", tc: "zh-Hant", jp: "ja", kr: "ko" };

/** Measures and draws text with the shipped fonts. One font size at a time. */
export class TextPainter {
  readonly #measure: SKRSContext2D;
  readonly #fonts = new Map<string, string>();
  readonly #widths = new Map<string, number>();
  #size = 0;

  constructor(
    private readonly skia: Skia,
    private readonly shelf: FontShelf,
    private readonly han: HanStyle,
  ) {
    this.#measure = skia.createCanvas(1, 1).getContext("2d");
    this.#measure.lang = LANGUAGE[han];
  }

  /** Font size, pixels. */
  get size(): number {
    return this.#size;
  }

  set size(size: number) {
    if (size !== this.#size) this.#widths.clear();
    this.#size = size;
  }

  /** Width of a text, pixels. */
  widthOf(text: string): number {
    let width = this.#widths.get(text);
    if (width === undefined) {
      this.#measure.font = this.#font(text);
      width = this.#measure.measureText(text).width;
      this.#widths.set(text, width);
    }
    return width;
  }

  /** What all of these lines need so that none touches another, whichever stand together. */
  metricsOf(lines: readonly string[]): LineMetrics {
    let ascent = LEAST_ASCENT * this.#size;
    let descent = LEAST_DESCENT * this.#size;
    for (const line of lines) {
      this.#measure.font = this.#font(line);
      const { actualBoundingBoxAscent, actualBoundingBoxDescent } = this.#measure.measureText(line);
      ascent = Math.max(ascent, actualBoundingBoxAscent);
      descent = Math.max(descent, actualBoundingBoxDescent);
    }
    const pitch = Math.max(LINE_PITCH * this.#size, ascent + descent + LINE_GAP * this.#size);
    return { ascent: Math.ceil(ascent), descent: Math.ceil(descent), pitch: Math.ceil(pitch) };
  }

  /** Height of a box with so many lines, pixels. */
  boxHeight(lines: number, { ascent, descent, pitch }: LineMetrics): number {
    return Math.ceil(ascent + descent + (lines - 1) * pitch + 2 * LOOK.paddingY * this.#size);
  }

  /** Width of the box round a text of a given width, pixels. */
  boxWidth(textWidth: number): number {
    return Math.ceil(textWidth + 2 * LOOK.paddingX * this.#size);
  }

  /** Pixels that a picture reaches beyond the box on each side. */
  get spread(): number {
    return Math.ceil(2 * LOOK.blur * this.#size) + 2;
  }

  /** Draws the lines on their box, with or without the colour of a word that is being said. */
  paint({ lines, direction }: Cue, metrics: LineMetrics, isHighlighted: boolean): PagePicture {
    const { width, height, spread, boxWidth, boxHeight, baselines } = this.#page(lines, metrics);
    const canvas = this.skia.createCanvas(width, height);
    const context = canvas.getContext("2d");
    this.#drawBox(context, spread, boxWidth, boxHeight);
    context.lang = LANGUAGE[this.han];
    context.direction = direction;
    context.textAlign = "left";
    context.lineJoin = "round";
    context.strokeStyle = LOOK.outline;
    context.lineWidth = LOOK.outlineWidth * this.#size;
    context.fillStyle = isHighlighted ? LOOK.highlight : LOOK.text;
    lines.forEach(({ text }, i) => {
      const x = (width - this.widthOf(text)) / 2;
      context.font = this.#font(text);
      context.strokeText(text, x, baselines[i]!);
      context.fillText(text, x, baselines[i]!);
    });
    const { data } = context.getImageData(0, 0, width, height);
    return { width, height, data, baseX: width / 2, baseY: spread + boxHeight };
  }

  /** Where on the picture of {@link paint} the words are, over all lines; one of two directions is in several places. */
  wordAreas({ lines, direction }: Cue, metrics: LineMetrics): readonly (readonly Area[])[] {
    const { width, height, baselines } = this.#page(lines, metrics);
    // Halfway between two lines.
    const border = Math.round((baselines[0]! + metrics.descent + baselines.at(-1)! - metrics.ascent) / 2);
    return lines.flatMap((line, i) => {
      const x = (width - this.widthOf(line.text)) / 2;
      const top = i === 0 ? 0 : border;
      const bottom = i === lines.length - 1 ? height : border;
      return wordPlaces(line, direction, (text) => this.widthOf(text)).map((places) =>
        places.map(({ left, right }) => ({ left: x + left, right: x + right, top, bottom })),
      );
    });
  }

  #page(lines: Cue["lines"], metrics: LineMetrics) {
    const spread = this.spread;
    const boxWidth = this.boxWidth(Math.max(...lines.map(({ text }) => this.widthOf(text))));
    const boxHeight = this.boxHeight(lines.length, metrics);
    const top = spread + LOOK.paddingY * this.#size + metrics.ascent;
    return {
      spread,
      boxWidth,
      boxHeight,
      width: boxWidth + 2 * spread,
      height: boxHeight + 2 * spread,
      baselines: lines.map((_, i) => Math.round(top + i * metrics.pitch)),
    };
  }

  #drawBox(context: SKRSContext2D, spread: number, width: number, height: number): void {
    const size = this.#size;
    context.filter = `blur(${(LOOK.blur * size) / 2}px)`;
    context.fillStyle = LOOK.box;
    context.beginPath();
    context.roundRect(spread, spread, width, height, LOOK.radius * size);
    context.fill();
    context.filter = "none";
  }

  /** CSS font with the files that the text needs, which are loaded on the way. */
  #font(text: string): string {
    let font = this.#fonts.get(text);
    if (font === undefined) {
      const { files } = this.shelf.choose(text);
      registerFonts(this.skia, files);
      font = files.map(({ family }) => `"${family}"`).join(", ");
      this.#fonts.set(text, font);
    }
    return `${LOOK.weight} ${this.#size}px ${font}`;
  }
}
