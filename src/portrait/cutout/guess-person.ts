import { clamp, lerp, smoothstep } from "../../shared/numeric.js";
import { log, sigmoid } from "../../shared/portable-math.js";
import { faceBox } from "../person-matte.js";
import { boxMean, interpolation, type Planes, reducePlanes } from "./planes.js";

/** Longest side of the lattice of the guess: brush strokes and hatching merge into colours. */
const SIDE = 192;
/** Bins of each colour channel, rounds of learning, and how strongly one colour can speak (natural logarithm). */
const BINS = 12;
const ROUNDS = 8;
const MOST = 2.5;
/** How much the colours count, and the neighbours. */
const COLOUR = 1.6;
const NEIGHBOURS = 3;
/** Radius over which colours are averaged, and over which neighbours agree, eye distances. */
const STROKE = 0.07;
const AGREEMENT = 0.16;

/**
 * Probability of "person" where the segmenter does not understand the picture, e.g. a painting: what has the colours
 * of head and shoulders, as they must lie around such a face, rather than those of the rest, learnt in turns (as
 * GrabCut does, with histograms). Hats are included as far as their colour is not the background's.
 *
 * @param face - 1 where the face surely is, on the lattice of `picture`
 * @returns on the lattice of `picture`
 */
export function guessPerson(
  picture: Planes,
  face: Uint8Array,
  landmarks: Float32Array,
  scale: number,
  eyeDistance: number,
): Float32Array {
  const small = reducePlanes(picture, SIDE);
  const { width, height } = small;
  const shrink = width / picture.width;
  const unit = eyeDistance * shrink;
  const soft = blurred(small, Math.max(1, Math.round(STROKE * unit)));
  const prior = new Float32Array(width * height);
  const place = headPlace(landmarks, scale * shrink);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at =
        Math.min(picture.height - 1, Math.floor((y + 0.5) / shrink)) * picture.width +
        Math.min(picture.width - 1, Math.floor((x + 0.5) / shrink));
      prior[y * width + x] = face[at] === 1 ? 8 : priorAt(place, x + 0.5, y + 0.5);
    }
  }
  const probability = prior.map((value) => sigmoid(value));
  const radius = Math.max(1, Math.round(AGREEMENT * unit));
  const chin = Math.min(height, Math.round(place.y + 0.9 * place.radiusY));
  for (let round = 0; round < ROUNDS; round++) {
    const ratio = boxMean(colourRatios(soft, probability, chin), width, height, radius >> 1);
    const near = boxMean(boxMean(probability, width, height, radius), width, height, radius);
    for (let i = 0; i < probability.length; i++) {
      probability[i] = sigmoid(prior[i]! + COLOUR * ratio[i]! + NEIGHBOURS * (2 * near[i]! - 1));
    }
  }
  return enlarge(probability, small, picture);
}

type HeadPlace = {
  readonly x: number;
  readonly y: number;
  readonly radiusX: number;
  readonly radiusY: number;
};

function headPlace(landmarks: Float32Array, scale: number): HeadPlace {
  const { minX, maxX, minY, maxY } = faceBox(landmarks);
  return {
    x: ((minX + maxX) / 2) * scale,
    y: (0.6 * minY + 0.4 * maxY) * scale,
    radiusX: ((maxX - minX) / 2) * 1.3 * scale,
    radiusY: ((maxY - minY) / 2) * 1.35 * scale,
  };
}

/** Logit of what is to be expected at a place before its colour is looked at. */
function priorAt({ x, y, radiusX, radiusY }: HeadPlace, u: number, v: number): number {
  const dx = (u - x) / radiusX;
  const dy = (v - y) / radiusY;
  const head = Math.sqrt(dx * dx + dy * dy);
  // Sure within the head, open as far as hats and hair reach, then ever less likely.
  const ofHead = head < 1 ? lerp(4, 0.5, smoothstep(0.5, 1, head)) : lerp(0.5, -4, smoothstep(1, 3.2, head));
  if (dy < 0.6) return ofHead;
  const reach = lerp(0.8, 2.6, smoothstep(0.6, 1.5, dy));
  const side = Math.abs(dx) / reach;
  const ofBody =
    side < 1 ? lerp(2.5, 0.3, smoothstep(0.5, 1, side)) : lerp(0.3, -4, smoothstep(1, 1.6, side));
  return Math.max(ofHead, ofBody);
}

function blurred({ width, height, r, g, b }: Planes, radius: number): Planes {
  return {
    width,
    height,
    r: boxMean(r, width, height, radius),
    g: boxMean(g, width, height, radius),
    b: boxMean(b, width, height, radius),
  };
}

/**
 * For each cell, the logarithm of how much commoner its colour is on the person than beside it. Above and below the
 * row `chin` that is learnt apart: clothes often have the colours of a background elsewhere.
 */
function colourRatios({ width, r, g, b }: Planes, probability: Float32Array, chin: number): Float32Array {
  const result = new Float32Array(probability.length);
  const bins = new Uint16Array(probability.length);
  const bin = (value: number): number => clamp(Math.floor(value * BINS), 0, BINS - 1);
  for (let i = 0; i < bins.length; i++) bins[i] = (bin(r[i]!) * BINS + bin(g[i]!)) * BINS + bin(b[i]!);
  const border = chin * width;
  for (const [from, to] of [
    [0, border],
    [border, bins.length],
  ] as const) {
    const own = new Float32Array(BINS * BINS * BINS);
    const other = new Float32Array(BINS * BINS * BINS);
    let persons = 1e-3;
    let others = 1e-3;
    for (let i = from; i < to; i++) {
      own[bins[i]!]! += probability[i]!;
      other[bins[i]!]! += 1 - probability[i]!;
      persons += probability[i]!;
      others += 1 - probability[i]!;
    }
    const smoothOwn = blurBins(own);
    const smoothOther = blurBins(other);
    for (let i = from; i < to; i++) {
      const k = bins[i]!;
      const ratio = log((smoothOwn[k]! / persons + 1e-4) / (smoothOther[k]! / others + 1e-4));
      result[i] = clamp(ratio, -MOST, MOST);
    }
  }
  return result;
}

/** Every bin shares with its neighbours in each channel. */
function blurBins(counts: Float32Array): Float32Array {
  let values = counts;
  for (const stride of [1, BINS, BINS * BINS]) {
    const source = values;
    values = source.map((value, i) => {
      const k = Math.floor(i / stride) % BINS;
      return (
        0.5 * value +
        0.25 * (k > 0 ? source[i - stride]! : value) +
        0.25 * (k + 1 < BINS ? source[i + stride]! : value)
      );
    });
  }
  return values;
}

function enlarge(values: Float32Array, from: Planes, to: Planes): Float32Array {
  const columns = interpolation(from.width, to.width);
  const rows = interpolation(from.height, to.height);
  const result = new Float32Array(to.width * to.height);
  for (let y = 0; y < to.height; y++) {
    const top = rows.first[y]! * from.width;
    const bottom = rows.second[y]! * from.width;
    for (let x = 0; x < to.width; x++) {
      const upper = lerp(
        values[top + columns.first[x]!]!,
        values[top + columns.second[x]!]!,
        columns.share[x]!,
      );
      const lower = lerp(
        values[bottom + columns.first[x]!]!,
        values[bottom + columns.second[x]!]!,
        columns.share[x]!,
      );
      result[y * to.width + x] = lerp(upper, lower, rows.share[y]!);
    }
  }
  return result;
}
