/** What is known about the channels of a recording: sums over all samples, `(channel, channel)` row-major. */
export type ChannelStatistics = {
  readonly channels: number;
  readonly sampleCount: number;
  /** Sum of products of every pair of channels; the diagonal is each channel's energy. */
  readonly products: Float64Array;
};

/** A channel this much weaker than the loudest (30 dB) holds nothing but noise or crosstalk. */
const SILENT_ENERGY_RATIO = 1e-3;
/** Below this correlation two channels are the same sound with opposite sign. */
const INVERTED_CORRELATION = -0.3;

/** Bits of FFmpeg's channel masks. */
const FRONT_CENTER = 0x4n;
const LOW_FREQUENCY = 0x8n;
const FRONT_PAIR = 0x3n;

/** Starts to gather statistics. */
export function emptyStatistics(channels: number): ChannelStatistics {
  return { channels, sampleCount: 0, products: new Float64Array(channels * channels) };
}

/** Adds planar samples, one array per channel. */
export function addStatistics(
  statistics: ChannelStatistics,
  planes: readonly Float32Array[],
): ChannelStatistics {
  const { channels, products } = statistics;
  const length = planes[0]?.length ?? 0;
  const sums = products.slice();
  for (let a = 0; a < channels; a++) {
    for (let b = 0; b <= a; b++) {
      const first = planes[a]!;
      const second = planes[b]!;
      let sum = 0;
      for (let i = 0; i < length; i++) sum += first[i]! * second[i]!;
      sums[a * channels + b]! += sum;
      if (a !== b) sums[b * channels + a]! += sum;
    }
  }
  return { channels, sampleCount: statistics.sampleCount + length, products: sums };
}

/**
 * How much of each channel goes into the mono mix; the absolute weights sum to 1.
 *
 * Silent channels are left out, so that a voice on one channel keeps its level. Channels that run against the
 * loudest one are turned round, so that a voice with opposite signs on two channels does not vanish.
 *
 * @param mask - FFmpeg's channel mask, 0 when unknown
 */
export function downmixWeights(statistics: ChannelStatistics, mask: bigint): Float64Array {
  const { channels, products } = statistics;
  const energy = (channel: number) => products[channel * channels + channel]!;
  const base = baseWeights(channels, mask);
  const heard = (channel: number) => base[channel]! * base[channel]! * energy(channel);
  let reference = 0;
  for (let channel = 1; channel < channels; channel++)
    if (heard(channel) > heard(reference)) reference = channel;

  const weights = new Float64Array(channels);
  let sum = 0;
  for (let channel = 0; channel < channels; channel++) {
    if (energy(channel) < SILENT_ENERGY_RATIO * energy(reference)) continue;
    const scale = Math.sqrt(energy(channel) * energy(reference));
    const correlation = scale > 0 ? products[channel * channels + reference]! / scale : 0;
    weights[channel] = correlation < INVERTED_CORRELATION ? -base[channel]! : base[channel]!;
    sum += base[channel]!;
  }
  // Nothing but an effects channel, or nothing at all: take what there is.
  if (sum === 0) return weights.fill(1 / channels);
  return weights.map((weight) => weight / sum);
}

/** ITU-R BS.775: centre 1, front .707, surround .5, low-frequency effects left out; equal where there is no layout. */
function baseWeights(channels: number, mask: bigint): number[] {
  const positions: bigint[] = [];
  for (let bit = 1n; bit <= mask; bit <<= 1n) if (mask & bit) positions.push(bit);
  if (channels <= 2 || positions.length !== channels) return new Array<number>(channels).fill(1);
  return positions.map((position) => {
    if (position === FRONT_CENTER) return 1;
    if (position === LOW_FREQUENCY) return 0;
    return position & FRONT_PAIR ? Math.SQRT1_2 : 0.5;
  });
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
