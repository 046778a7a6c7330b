import type { ArchProjection } from "./dental-arch.js";
import { fade, step01 } from "./falloff.js";
import type { InteriorTones } from "./interior-tones.js";
import type { InteriorPose } from "./interior-types.js";
import type { MouthColumns } from "./mouth-columns.js";
import { sampleTile } from "./noise.js";
import type { TextureView } from "./texture.js";
import type { ToothTexture } from "./tooth-texture.js";

/**
 * The pixels of one output row that lie in the mouth, side by side: head-frame position, column and fraction
 * of a column, and the colour so far.
 */
export type PixelRow = {
  count: number;
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly column: Int32Array;
  readonly fraction: Float32Array;
  readonly target: Int32Array;
  /** 1 where upper teeth of our own cover all that lies behind. */
  readonly covered: Uint8Array;
  readonly r: Float32Array;
  readonly g: Float32Array;
  readonly b: Float32Array;
};

export function createPixelRow(capacity: number): PixelRow {
  return {
    count: 0,
    x: new Float32Array(capacity),
    y: new Float32Array(capacity),
    column: new Int32Array(capacity),
    fraction: new Float32Array(capacity),
    target: new Int32Array(capacity),
    covered: new Uint8Array(capacity),
    r: new Float32Array(capacity),
    g: new Float32Array(capacity),
    b: new Float32Array(capacity),
  };
}

/** What every layer is drawn with in one frame. */
export type LayerScene = {
  readonly tones: InteriorTones;
  readonly columns: MouthColumns;
  readonly archScale: number;
  /** True when upper teeth are drawn. */
  readonly ownTeeth: boolean;
  /** Size of the finest detail, and of the softest edge, eye distances. */
  detail: number;
  /** x of the tongue's groove. */
  tongueX: number;
};

/** Linear value of a column table at pixel n of the row. */
function at(values: Float32Array, row: PixelRow, n: number): number {
  const c = row.column[n]!;
  const v = values[c]!;
  return v + (values[c + 1]! - v) * row.fraction[n]!;
}

/** The throat: darkest behind the upper teeth and to the sides, a little light from below. */
export function drawCavity(row: PixelRow, scene: LayerScene): void {
  const { tones, columns } = scene;
  // Cusps and corners rise less than this above the smoothed biting edge.
  const cusps = scene.ownTeeth ? -0.036 * scene.archScale - 2 * scene.detail : Number.NEGATIVE_INFINITY;
  for (let n = 0; n < row.count; n++) {
    const below = row.y[n]! - at(columns.contact, row, n);
    const covered = below < cusps && at(columns.upperArch.cover, row, n) === 1;
    row.covered[n] = covered ? 1 : 0;
    if (covered) {
      row.r[n] = row.g[n] = row.b[n] = 0;
      continue;
    }
    const k = 0.62 + 0.38 * step01((below + 0.02) / 0.13);
    const deep = step01((below + 0.01) / 0.1);
    const light = k * (0.45 + 0.55 * at(columns.tongueGain, row, n));
    row.r[n] = light * (tones.cavity[0] + (tones.cavityDeep[0] - tones.cavity[0]) * deep);
    row.g[n] = light * (tones.cavity[1] + (tones.cavityDeep[1] - tones.cavity[1]) * deep);
    row.b[n] = light * (tones.cavity[2] + (tones.cavityDeep[2] - tones.cavity[2]) * deep);
  }
}

/** The tongue's back: dark at its horizon, lit and moist towards the lips, grooved and rough. */
export function drawTongue(row: PixelRow, scene: LayerScene, bumps: Float32Array): void {
  const { tones, columns, detail } = scene;
  const soft = Math.max(0.01, 1.5 * detail);
  const fine = 1 / (1 + (detail / 0.012) * (detail / 0.012));
  for (let n = 0; n < row.count; n++) {
    if (row.covered[n] === 1) continue;
    const top = at(columns.tongueTop, row, n);
    const depth = row.y[n]! - top;
    if (depth <= -soft) continue;
    const x = row.x[n]! - scene.tongueX;
    const alpha = step01((depth + soft) / (2 * soft));
    const d = Math.max(0, depth);
    const rough = sampleTile(bumps, x * 260, (d - 0.35 * x * x) * 330);
    const broad = sampleTile(bumps, x * 55 + 31, d * 60 + 17);
    const groove = 1 - 0.16 * fade((x * x) / 0.0006) * step01(d / 0.03);
    const lit =
      (0.56 + 0.42 * step01((d + 0.012) / 0.065)) * groove * (1 + fine * (0.075 * rough + 0.05 * broad));
    const gain = at(columns.tongueGain, row, n) * lit;
    // Two soft streaks beside the groove, broken up by the bumps.
    const side = (Math.abs(x + 0.01) - 0.07) / 0.05;
    const along = (d - 0.045 + 0.012 * broad - 2 * x * x) / 0.022;
    const shine = fade(side * side) * fade(along * along);
    const wet = 0.3 * shine * Math.max(0, 0.4 + fine * (0.9 * rough + 0.7 * broad));
    row.r[n] = row.r[n]! + (tones.tongue[0] * gain + tones.wet[0] * wet - row.r[n]!) * alpha;
    row.g[n] = row.g[n]! + (tones.tongue[1] * gain + tones.wet[1] * wet - row.g[n]!) * alpha;
    row.b[n] = row.b[n]! + (tones.tongue[2] * gain + tones.wet[2] * wet - row.b[n]!) * alpha;
  }
}

const MUCOSA = 0.075;

/** The wet inner side of the lower lip and the floor before it. */
export function drawMucosa(row: PixelRow, scene: LayerScene): void {
  const { tones, columns } = scene;
  for (let n = 0; n < row.count; n++) {
    const above = Math.max(0, at(columns.lower, row, n) - row.y[n]!);
    if (above > MUCOSA || row.covered[n] === 1) continue;
    const q = 1 - above / MUCOSA;
    const alpha = 0.8 * q * q * (3 - 2 * q);
    const gain = (0.4 + 0.42 * fade(above / 0.022)) * (0.4 + 0.6 * at(columns.tongueGain, row, n));
    row.r[n] = row.r[n]! + (tones.tongue[0] * gain - row.r[n]!) * alpha;
    row.g[n] = row.g[n]! + (tones.tongue[1] * gain - row.g[n]!) * alpha;
    row.b[n] = row.b[n]! + (tones.tongue[2] * gain - row.b[n]!) * alpha;
  }
}

/** The shade that the upper teeth and lip throw on what lies behind and below them. */
export function drawContactShade(row: PixelRow, scene: LayerScene): void {
  const contact = scene.columns.contact;
  for (let n = 0; n < row.count; n++) {
    if (row.covered[n] === 1) continue;
    const shade = 1 - 0.36 * fade((row.y[n]! - at(contact, row, n)) / 0.024);
    row.r[n] = row.r[n]! * shade;
    row.g[n] = row.g[n]! * shade;
    row.b[n] = row.b[n]! * shade;
  }
}

/** One row of teeth where the columns put it. */
export type TeethLayer = {
  readonly texture: ToothTexture;
  readonly view: TextureView;
  readonly arch: ArchProjection;
  readonly edgeY: Float32Array;
  readonly gain: Float32Array;
  /** Brightness beside the upper front teeth. */
  readonly level: number;
  /** 1 when the gum lies above (upper teeth), -1 below. */
  readonly upwards: number;
};

/** The upper or the lower teeth. */
export function drawTeeth(row: PixelRow, scene: LayerScene, teeth: TeethLayer): void {
  const { texture, arch, edgeY, gain, upwards } = teeth;
  const { bounce } = scene.tones;
  const { width, height, data } = teeth.view;
  const shrink = 1 / teeth.view.perSample;
  const scale = texture.perLength / scene.archScale;
  const reach = -0.016 * scene.archScale - 2 * scene.detail;
  for (let n = 0; n < row.count; n++) {
    const inward = (at(edgeY, row, n) - row.y[n]!) * upwards;
    if (inward < reach) continue;
    const u = (texture.uMiddle + at(arch.s, row, n) * scale) * shrink - 0.5;
    const v = (texture.vEdge + inward * scale) * shrink - 0.5;
    const x = u < 0 ? 0 : Math.min(u, width - 1.001);
    const y = v < 0 ? 0 : Math.min(v, height - 1.001);
    const i = Math.floor(x);
    const j = Math.floor(y);
    const p = (j * width + i) * 4;
    const q = p + width * 4;
    const w11 = (x - i) * (y - j);
    const w10 = y - j - w11;
    const w01 = x - i - w11;
    const w00 = 1 - w01 - w10 - w11;
    const k = at(gain, row, n) * teeth.level;
    const bounced = k < 1 ? 1 - k : 0;
    const cover = at(arch.cover, row, n);
    const opaque = data[p + 3]! * w00 + data[p + 7]! * w01 + data[q + 3]! * w10 + data[q + 7]! * w11;
    const behind = 1 - cover * opaque;
    const red = data[p]! * w00 + data[p + 4]! * w01 + data[q]! * w10 + data[q + 4]! * w11;
    const green = data[p + 1]! * w00 + data[p + 5]! * w01 + data[q + 1]! * w10 + data[q + 5]! * w11;
    const blue = data[p + 2]! * w00 + data[p + 6]! * w01 + data[q + 2]! * w10 + data[q + 6]! * w11;
    row.r[n] = row.r[n]! * behind + red * cover * (k + bounced * bounce[0]);
    row.g[n] = row.g[n]! * behind + green * cover * (k + bounced * bounce[1]);
    row.b[n] = row.b[n]! * behind + blue * cover * (k + bounced * bounce[2]);
  }
}
/** Reach of the shade above the tongue's tip, eye distances. */
const TIP_SHADE = 0.026;

/** The tongue's tip between the teeth. */
export function drawTongueTip(row: PixelRow, scene: LayerScene, bumps: Float32Array): void {
  const { tones, columns, detail } = scene;
  if (columns.tipWeight <= 0) return;
  const soft = Math.max(0.004, 0.9 * detail);
  const fine = 1 / (1 + (detail / 0.012) * (detail / 0.012));
  for (let n = 0; n < row.count; n++) {
    const depth = row.y[n]! - at(columns.tipTop, row, n);
    if (depth <= -TIP_SHADE) continue;
    const x = row.x[n]! - scene.tongueX;
    // What lies just above is in the tip's shade.
    const near = Math.min(1, 1 + depth / TIP_SHADE);
    const shade = 1 - 0.22 * columns.tipWeight * near * near * near;
    const alpha = columns.tipWeight * step01((depth + soft) / (2 * soft));
    const d = Math.max(0, depth);
    const rough = fine * sampleTile(bumps, x * 260, d * 300);
    const round = 0.84 + 0.32 * step01((d + 0.004) / 0.026);
    const across = x / (0.24 * scene.archScale);
    const gain =
      round * (1 - 0.45 * across * across) * (1 + 0.06 * rough) * (1 - 0.06 * fade((x * x) / 0.0003));
    const shine = (d - 0.017) / 0.008;
    const spot = (x + 0.045) / 0.06;
    const wet = 0.13 * fade(shine * shine) * fade(spot * spot) * Math.max(0, 0.7 + 0.5 * rough);
    row.r[n] = row.r[n]! * shade + (tones.tongue[0] * gain + tones.wet[0] * wet - row.r[n]! * shade) * alpha;
    row.g[n] = row.g[n]! * shade + (tones.tongue[1] * gain + tones.wet[1] * wet - row.g[n]! * shade) * alpha;
    row.b[n] = row.b[n]! * shade + (tones.tongue[2] * gain + tones.wet[2] * wet - row.b[n]! * shade) * alpha;
  }
}

/** The lips' shade on all behind them, the little light of a small opening, and the shade of pushed-out lips. */
export function drawLipShade(row: PixelRow, scene: LayerScene, pose: InteriorPose): void {
  const { tones, columns } = scene;
  const red = 1 + (tones.protruded[0] - 1) * pose.protrusion;
  const green = 1 + (tones.protruded[1] - 1) * pose.protrusion;
  const blue = 1 + (tones.protruded[2] - 1) * pose.protrusion;
  for (let n = 0; n < row.count; n++) {
    const y = row.y[n]!;
    const k =
      lipShade(y - at(columns.upper, row, n), at(columns.lower, row, n) - y, pose.protrusion) *
      at(columns.light, row, n);
    const shade = 1 - k;
    row.r[n] = row.r[n]! * red * (k + shade * tones.bounce[0]);
    row.g[n] = row.g[n]! * green * (k + shade * tones.bounce[1]);
    row.b[n] = row.b[n]! * blue * (k + shade * tones.bounce[2]);
  }
}

/** Ambient occlusion at the given distances below the upper and above the lower lip; deeper under pushed-out lips. */
function lipShade(below: number, above: number, protrusion: number): number {
  const near = 1 / (1 + 1.5 * protrusion);
  const upper = 1 - 0.36 * fade((below * near) / 0.014) - 0.12 * fade((below * near) / 0.05);
  return upper * (1 - 0.38 * fade((above * near) / 0.018));
}

/** Film grain, fixed to the head; weaker in deep shade, as in photos. */
export function drawGrain(row: PixelRow, grain: Float32Array, perCell: number, amplitude: number): void {
  for (let n = 0; n < row.count; n++) {
    const level = row.g[n]!;
    // 1.5 makes up for what bilinear sampling averages away.
    const value = 1.5 * amplitude * sampleTile(grain, row.x[n]! * perCell, row.y[n]! * perCell);
    const k = value * (0.45 + 0.55 * Math.min(1, level / 110));
    row.r[n] = row.r[n]! + k;
    row.g[n] = row.g[n]! + k;
    row.b[n] = row.b[n]! + k;
  }
}

/**
 * Puts the painted row over the photo's own interior, which `r`, `g`, `b` hold: below its teeth and as far as
 * the mouth has departed from the photo. Shades what stays of the photo as the lips now do.
 */
export function drawOverPhoto(
  row: PixelRow,
  scene: LayerScene,
  pose: InteriorPose,
  r: Float32Array,
  g: Float32Array,
  b: Float32Array,
): void {
  const { tones, columns, detail } = scene;
  const { bounce } = tones;
  const soft = Math.max(0.006, 1.5 * detail);
  const red = 1 + (tones.protruded[0] - 1) * pose.protrusion;
  const green = 1 + (tones.protruded[1] - 1) * pose.protrusion;
  const blue = 1 + (tones.protruded[2] - 1) * pose.protrusion;
  for (let n = 0; n < row.count; n++) {
    const y = row.y[n]!;
    const now =
      lipShade(y - at(columns.upper, row, n), at(columns.lower, row, n) - y, pose.protrusion) *
      at(columns.light, row, n);
    const then =
      lipShade(y - at(columns.photoUpper, row, n), at(columns.photoLower, row, n) - y, 0) *
      at(columns.photoLight, row, n);
    const k = Math.min(1.25, now / then);
    const shade = Math.max(0, 1 - k);
    const p = row.target[n]!;
    const below = step01((y - at(columns.photoEdge, row, n) + 0.2 * soft) / soft);
    const tip = columns.tipWeight * step01((y - at(columns.tipTop, row, n) - 0.002) / soft);
    const painted = below * at(columns.painted, row, n);
    const alpha = painted + tip - painted * tip;
    row.r[n] = r[p]! * (k + shade * bounce[0]) * red * (1 - alpha) + row.r[n]! * alpha;
    row.g[n] = g[p]! * (k + shade * bounce[1]) * green * (1 - alpha) + row.g[n]! * alpha;
    row.b[n] = b[p]! * (k + shade * bounce[2]) * blue * (1 - alpha) + row.b[n]! * alpha;
  }
}
