import { log } from "../shared/portable-math.js";
import type { BandProducts, ChannelStatistics } from "./channel-statistics.js";

/** A channel this much weaker than the loudest (30 dB) holds nothing but noise or crosstalk. */
const SILENT_ENERGY_RATIO = 1e-3;
/** Below this correlation two channels are taken for the same sound with opposite sign. */
const INVERTED_CORRELATION = -0.3;
/** A piece this much weaker than the loudest of its band (35 dB) is a pause. */
const PAUSE_ENERGY_RATIO = 3e-4;
/** A band this much weaker than the strongest (60 dB) holds nothing. */
const EMPTY_BAND_RATIO = 1e-6;
/** What is lost beyond this counts no more, as a ratio of energies (30 dB). */
const LARGEST_LOSS = 1e3;
/** By how much one channel alone must do better than all together to be taken, decibels on average. */
const MARGIN_DB = 1.5;

/** Bits of FFmpeg's channel masks. */
const FRONT_CENTER = 0x4n;
const LOW_FREQUENCY = 0x8n;
const FRONT_PAIR = 0x3n;

/**
 * How much of each channel goes into the mono mix, the same from the first sample to the last, so that there is no
 * step in it.
 *
 * All channels are mixed, without those that are silent, and with those turned round that run against the loudest. Where
 * channels would still cancel each other, at some time or in some band, the mix is the one channel in which the least is
 * missing. The mix is as loud as the loudest channel on average.
 *
 * @param mask - FFmpeg's channel mask, 0 when unknown
 */
export function downmixWeights(statistics: ChannelStatistics, mask: bigint): Float64Array {
  const { channels } = statistics;
  const base = baseWeights(channels, mask);
  const pieces = activePieces(statistics, base);
  // Nothing but an effects channel, or nothing at all: take what there is.
  if (pieces.length === 0) return new Float64Array(channels).fill(1 / channels);

  const together = mixTogether(base, sumOf(pieces, channels));
  const alone = Array.from(base, (weight, only) =>
    base.map((_, channel) => (channel === only && weight > 0 ? 1 : 0)),
  );
  const candidates = [together, base, ...alone].map((weights) => asLoud(weights, pieces));
  const losses = candidates.map((weights) => meanLoss(weights, pieces));
  let best = 0;
  // The first two mix everything; one must be better by a margin for the other to be given up.
  for (let i = 1; i < candidates.length; i++)
    if (losses[i]! + (best === 0 ? MARGIN_DB : 0) < losses[best]!) best = i;
  return candidates[best]!;
}

/** ITU-R BS.775: centre 1, front .707, surround .5, low-frequency effects left out; equal where there is no layout. */
function baseWeights(channels: number, mask: bigint): Float64Array {
  const positions: bigint[] = [];
  for (let bit = 1n; bit <= mask; bit <<= 1n) if (mask & bit) positions.push(bit);
  if (channels <= 2 || positions.length !== channels) return new Float64Array(channels).fill(1);
  return Float64Array.from(positions, (position) => {
    if (position === FRONT_CENTER) return 1;
    if (position === LOW_FREQUENCY) return 0;
    return position & FRONT_PAIR ? Math.SQRT1_2 : 0.5;
  });
}

/** A piece with the energy of its loudest channel. */
type Piece = BandProducts & { readonly loudest: number };

/** The pieces in which something is to be heard, in channels that count. */
function activePieces({ channels, pieces }: ChannelStatistics, base: Float64Array): Piece[] {
  const measured = pieces.map((piece) => {
    let loudest = 0;
    for (let channel = 0; channel < channels; channel++)
      if (base[channel]! > 0) loudest = Math.max(loudest, piece.products[channel * channels + channel]!);
    return { ...piece, loudest };
  });
  const peaks: number[] = [];
  for (const { band, loudest } of measured) peaks[band] = Math.max(peaks[band] ?? 0, loudest);
  const peak = Math.max(0, ...peaks);
  return measured.filter(
    ({ band, loudest }) =>
      loudest > 0 && loudest >= PAUSE_ENERGY_RATIO * peaks[band]! && peaks[band]! >= EMPTY_BAND_RATIO * peak,
  );
}

function sumOf(pieces: readonly Piece[], channels: number): Float64Array {
  const sum = new Float64Array(channels * channels);
  for (const { products } of pieces) for (let i = 0; i < sum.length; i++) sum[i]! += products[i]!;
  return sum;
}

function mixTogether(base: Float64Array, products: Float64Array): Float64Array {
  const channels = base.length;
  const energy = (channel: number) => products[channel * channels + channel]!;
  const heard = (channel: number) => base[channel]! * base[channel]! * energy(channel);
  let reference = 0;
  for (let channel = 1; channel < channels; channel++)
    if (heard(channel) > heard(reference)) reference = channel;
  return base.map((weight, channel) => {
    if (energy(channel) < SILENT_ENERGY_RATIO * energy(reference)) return 0;
    const scale = Math.sqrt(energy(channel) * energy(reference));
    const correlation = scale > 0 ? products[channel * channels + reference]! / scale : 0;
    return correlation < INVERTED_CORRELATION ? -weight : weight;
  });
}

/** Energy of a piece in the mix. */
function mixedEnergy(weights: Float64Array, products: Float64Array): number {
  const channels = weights.length;
  let energy = 0;
  for (let a = 0; a < channels; a++) {
    if (weights[a] === 0) continue;
    for (let b = 0; b < channels; b++) energy += weights[a]! * weights[b]! * products[a * channels + b]!;
  }
  return Math.max(0, energy);
}

/** The same mix, as loud as the loudest channel. */
function asLoud(weights: Float64Array, pieces: readonly Piece[]): Float64Array {
  let wanted = 0;
  let mixed = 0;
  for (const { products, loudest } of pieces) {
    wanted += loudest;
    mixed += mixedEnergy(weights, products);
  }
  // What cancels itself nearly wholly is no mix; making it loud would make its noise loud.
  const gain = mixed * LARGEST_LOSS > wanted ? Math.sqrt(wanted / mixed) : 1;
  return weights.map((weight) => weight * gain);
}

/** How much weaker than its loudest channel a piece is in the mix, decibels on average. */
function meanLoss(weights: Float64Array, pieces: readonly Piece[]): number {
  let sum = 0;
  for (const { products, loudest } of pieces) {
    const mixed = mixedEnergy(weights, products);
    const loss = mixed * LARGEST_LOSS > loudest ? loudest / mixed : LARGEST_LOSS;
    sum += Math.max(0, (10 * log(loss)) / Math.LN10);
  }
  return sum / pieces.length;
}

/** Mixes planar samples to one channel. */
export function mixDown(planes: readonly Float32Array[], weights: Float64Array): Float32Array {
  const mono = new Float32Array(planes[0]?.length ?? 0);
  planes.forEach((plane, channel) => {
    const weight = weights[channel]!;
    if (weight === 0) return;
    for (let i = 0; i < mono.length; i++) mono[i]! += weight * plane[i]!;
  });
  return mono;
}
