import {
  AVCOL_PRI_BT470BG,
  AVCOL_PRI_BT709,
  AVCOL_PRI_BT2020,
  AVCOL_PRI_RESERVED,
  AVCOL_PRI_RESERVED0,
  AVCOL_PRI_SMPTE170M,
  AVCOL_PRI_SMPTE240M,
  AVCOL_PRI_UNSPECIFIED,
  AVCOL_RANGE_JPEG,
  AVCOL_RANGE_MPEG,
  AVCOL_SPC_BT470BG,
  AVCOL_SPC_BT709,
  AVCOL_SPC_BT2020_CL,
  AVCOL_SPC_BT2020_NCL,
  AVCOL_SPC_FCC,
  AVCOL_SPC_RGB,
  AVCOL_SPC_SMPTE170M,
  AVCOL_SPC_SMPTE240M,
  AVCOL_TRC_ARIB_STD_B67,
  AVCOL_TRC_BT709,
  AVCOL_TRC_SMPTE2084,
  type AVColorPrimaries,
  type AVColorRange,
  type AVColorSpace,
  type AVColorTransferCharacteristic,
} from "node-av/constants";
import type { Turn } from "./film-turn.js";
import type { FilterStep } from "./filter-chain.js";

/** What decides how a picture of a film becomes a frame of the video. */
export type PictureKind = {
  readonly width: number;
  readonly height: number;
  /** FFmpeg's name of the pixel format. */
  readonly format: string;
  readonly matrix: AVColorSpace;
  readonly range: AVColorRange;
  readonly primaries: AVColorPrimaries;
  readonly transfer: AVColorTransferCharacteristic;
  /** Width of a pixel over its height. */
  readonly pixelAspect: number;
  readonly turn: Turn;
};

/** Part of a picture, pixels. */
export type Crop = {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
};

/** Planar YUV formats that the scaler takes as they are. */
const SCALED = /^yuvj?4(20|22|44)p(1[02]le)?$/;
/** Formats with coverage. Palettes have it too, in the colour that is see-through. */
const WITH_ALPHA = /^(yuva|ya\d|gbrap|rgba|bgra|argb|abgr|ayuv|vuya|uyva|pal8|rgbaf)/;
const RGB = /^(rgb|bgr|gbr|argb|abgr|rgba|bgra|0rgb|0bgr|x2rgb|x2bgr|pal8|mono|bayer)/;
/** From this size on films that do not say it are taken for HDTV, as players do. */
const HD = { width: 1280, height: 577 };
/** Pictures that shrink more than this are averaged: a sharper filter costs more, and shows no more. */
const MANY_PIXELS = 2;
/** Luminance that is shown as full white, cd/m²: the white of graphics in HDR (ITU-R BT.2408). */
const HDR_WHITE = 203;

/** The same kind with all that the film left open filled in as players do. */
export function completeKind(kind: PictureKind): PictureKind {
  const isRgb = RGB.test(kind.format);
  const matrix = isRgb ? AVCOL_SPC_RGB : knownMatrix(kind);
  const isWide = matrix === AVCOL_SPC_BT2020_NCL || matrix === AVCOL_SPC_BT2020_CL;
  const isTold = ![AVCOL_PRI_UNSPECIFIED, AVCOL_PRI_RESERVED, AVCOL_PRI_RESERVED0].includes(kind.primaries);
  const isHdr = kind.transfer === AVCOL_TRC_SMPTE2084 || kind.transfer === AVCOL_TRC_ARIB_STD_B67;
  const primaries = isTold ? kind.primaries : isWide || isHdr ? AVCOL_PRI_BT2020 : AVCOL_PRI_BT709;
  const isFull =
    isRgb || /^(yuvj|gray|ya\d)/.test(kind.format)
      ? kind.range !== AVCOL_RANGE_MPEG || isRgb
      : kind.range === AVCOL_RANGE_JPEG;
  return {
    ...kind,
    matrix,
    primaries: NEAR_BT709.has(primaries) ? AVCOL_PRI_BT709 : primaries,
    range: isFull ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG,
    // Curves of ordinary video look the same on a screen; no eye sees which of them a camera had.
    transfer: isHdr ? kind.transfer : AVCOL_TRC_BT709,
  };
}

/** Primaries that differ from BT.709 by less than can be seen behind a person, and would cost ten times as much. */
const NEAR_BT709 = new Set<AVColorPrimaries>([AVCOL_PRI_SMPTE170M, AVCOL_PRI_SMPTE240M, AVCOL_PRI_BT470BG]);

const MATRICES = new Map<AVColorSpace, string>([
  [AVCOL_SPC_BT709, "bt709"],
  [AVCOL_SPC_FCC, "fcc"],
  [AVCOL_SPC_BT470BG, "bt470bg"],
  [AVCOL_SPC_SMPTE170M, "smpte170m"],
  [AVCOL_SPC_SMPTE240M, "smpte240m"],
  [AVCOL_SPC_BT2020_NCL, "bt2020ncl"],
  [AVCOL_SPC_BT2020_CL, "bt2020ncl"],
]);

function knownMatrix({ matrix, width, height, primaries, transfer }: PictureKind): AVColorSpace {
  if (MATRICES.has(matrix)) return matrix;
  if (
    primaries === AVCOL_PRI_BT2020 ||
    transfer === AVCOL_TRC_SMPTE2084 ||
    transfer === AVCOL_TRC_ARIB_STD_B67
  )
    return AVCOL_SPC_BT2020_NCL;
  return width >= HD.width || height >= HD.height ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M;
}

/** Whether brightness or colours of the film go beyond what a video shows. */
export function isHighDynamicRange({ transfer }: PictureKind): boolean {
  return transfer === AVCOL_TRC_SMPTE2084 || transfer === AVCOL_TRC_ARIB_STD_B67;
}

/** Size of the picture as it is seen: upright, with square pixels. */
export function seenSize({ width, height, pixelAspect, turn }: PictureKind): {
  width: number;
  height: number;
} {
  const wide = width * pixelAspect;
  return turn.quarters % 2 === 0 ? { width: wide, height } : { width: height, height: wide };
}

/** The middle of a stored picture that covers a frame of the given size once it stands upright. */
export function coverCrop(kind: PictureKind, target: { width: number; height: number }): Crop {
  const isTurned = kind.turn.quarters % 2 === 1;
  const [width, height] = isTurned ? [target.height, target.width] : [target.width, target.height];
  const scale = Math.max(width / (kind.width * kind.pixelAspect), height / kind.height);
  const cut = (all: number, wanted: number): [at: number, size: number] => {
    if (all < 4) return [0, all];
    // Even, because of the halved colours.
    const size = Math.min(all - (all % 2), Math.max(2, 2 * Math.round(wanted / 2)));
    return [2 * Math.floor((all - size) / 4), size];
  };
  const [x, cropWidth] = cut(kind.width, width / scale / kind.pixelAspect);
  const [y, cropHeight] = cut(kind.height, height / scale);
  return { x, y, width: cropWidth, height: cropHeight };
}

/**
 * The filters that make a frame of the video, 8 bit 4:2:0 of BT.709, limited range, from a picture of a film.
 *
 * @param kind - completed by {@link completeKind}
 */
export function planConversion(kind: PictureKind, target: { width: number; height: number }): FilterStep[] {
  const steps: FilterStep[] = [];
  const crop = coverCrop(kind, target);
  if (crop.width !== kind.width || crop.height !== kind.height)
    steps.push(["crop", `${crop.width}:${crop.height}:${crop.x}:${crop.y}`]);
  const isRgb = RGB.test(kind.format) || WITH_ALPHA.test(kind.format);
  if (WITH_ALPHA.test(kind.format)) steps.push(...onWhite(kind));
  else if (isRgb) steps.push(["format", "gbrp"]);
  else if (!SCALED.test(kind.format))
    steps.push(["format", "yuv420p|yuv422p|yuv444p|yuv420p10le|yuv422p10le|yuv444p10le"]);
  const isTurned = kind.turn.quarters % 2 === 1;
  const [width, height] = isTurned ? [target.height, target.width] : [target.width, target.height];
  const shrinks = crop.width > MANY_PIXELS * width && crop.height > MANY_PIXELS * height;
  const resize = `width=${width}:height=${height}:filter=${shrinks ? "bilinear" : "bicubic"}`;
  if (isRgb) steps.push(["zscale", `${resize}:matrix=709:range=limited`], ["format", "yuv420p"]);
  else steps.push(...toBt709(kind, resize));
  if (kind.turn.mirrored) steps.push(["hflip"]);
  const { quarters } = kind.turn;
  if (quarters === 1) steps.push(["transpose", "clock"]);
  if (quarters === 2) steps.push(["hflip"], ["vflip"]);
  if (quarters === 3) steps.push(["transpose", "cclock"]);
  return steps;
}

function toBt709(kind: PictureKind, resize: string): FilterStep[] {
  const isWide = kind.primaries !== AVCOL_PRI_BT709;
  if (isHighDynamicRange(kind) || isWide) {
    // At the size of the video, because it is by far the dearest step.
    const bend: FilterStep[] = isHighDynamicRange(kind)
      ? [["tonemap", "tonemap=mobius:param=0.5:desat=0"]]
      : [];
    return [
      ["zscale", resize],
      ["zscale", `transfer=linear:npl=${HDR_WHITE}`],
      ["format", "gbrpf32le"],
      ["zscale", "primaries=709"],
      ...bend,
      ["zscale", "transfer=709:matrix=709:range=limited:dither=ordered"],
      ["format", "yuv420p"],
    ];
  }
  const steps: FilterStep[] = [
    ["zscale", `${resize}:range=limited:dither=ordered`],
    ["format", "yuv420p"],
  ];
  if (kind.matrix !== AVCOL_SPC_BT709) {
    const from = MATRICES.get(kind.matrix)!;
    // Without the light in between: the primaries are (nearly) the same.
    steps.push([
      "colorspace",
      `fast=1:ispace=${from}:iprimaries=bt709:itrc=bt709:irange=tv:space=bt709:primaries=bt709:trc=bt709:range=tv:format=yuv420p`,
    ]);
  }
  return steps;
}

/** Turned inside out, white is what nothing is added to. */
function onWhite({ format, matrix, range }: PictureKind): FilterStep[] {
  const from =
    RGB.test(format) || format.startsWith("ya")
      ? []
      : ([
          [
            "scale",
            `in_color_matrix=${MATRICES.get(matrix)!}:in_range=${range === AVCOL_RANGE_JPEG ? "full" : "limited"}`,
          ],
        ] satisfies FilterStep[]);
  const negate: FilterStep = ["negate", "components=r+g+b"];
  return [
    ...from,
    ["format", "gbrap"],
    negate,
    ["premultiply", "inplace=1"],
    ["format", "gbrap"],
    negate,
    ["format", "gbrp"],
  ];
}
