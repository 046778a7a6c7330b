import { clamp, lerp, smoothstep } from "../../src/shared/numeric.js";
import type { Random } from "../../src/shared/random.js";
import type { Rgb, View } from "./field.js";
import { EDGE, FILL, KEY } from "./light.js";
import { createLayer, drawStrand, type HairPoint, type Layer, splinePoints } from "./strands.js";

// Guides of the left side of the picture, mirrored for the right: x, y, z in centimetres from the parting to
// the tip. Hair nearest the face, and hair from the crown that makes the outline.
const PARTING_X = 1.3;
const FRONT_GUIDE = [
  [0, -8.9, 4.2],
  [2.2, -8.6, 4.4],
  [4.35, -7.0, 3.8],
  [5.6, -4.5, 2.8],
  [6.1, -1.2, 2.1],
  [6.0, 2.2, 1.9],
  [5.85, 5.6, 2.2],
  [6.0, 9.0, 2.8],
  [5.8, 12.2, 3.2],
  [5.1, 15.2, 3.4],
];
const CROWN_GUIDE = [
  [0, -12.35, -2.5],
  [2.7, -12.6, -2.4],
  [6.1, -10.9, -2.2],
  [8.3, -7.4, -2.0],
  [8.95, -3.0, -2.0],
  [9.0, 1.6, -1.8],
  [9.2, 6.2, -1.2],
  [9.6, 10.2, -0.4],
  [9.3, 13.6, 0.6],
  [8.2, 16.4, 1.2],
];

type Clump = {
  readonly side: number;
  readonly u: number;
  readonly phase: number;
  readonly waves: number;
  readonly tone: number;
  readonly length: number;
};

const DARK: Rgb = [0.03, 0.012, 0.006];
const WARM: Rgb = [0.155, 0.062, 0.026];
const SHINE: Rgb = [0.4, 0.235, 0.14];

/** Hair that hangs behind the neck: dark, without detail. */
export function backHair(view: View, random: Random): Layer {
  const layer = createLayer(view.width, view.height);
  for (let n = 0; n < 5200; n++) {
    const across = random.between(-1, 1);
    const x = across * 8.6;
    const sway = random.between(-0.5, 0.5);
    const tip = 14.5 + 2.2 * Math.abs(across) + random.between(-0.6, 0.6);
    const knots = [
      [x * 0.8, -4],
      [x * 1.02, 3],
      [x * 1.06 + sway, 9],
      [x * 0.98 + sway, tip],
    ];
    const shade = random.between(0.3, 0.75) * (0.5 + 0.5 * Math.abs(across));
    const colour: Rgb = [DARK[0] * shade, DARK[1] * shade, DARK[2] * shade];
    const points = splinePoints(knots, 24).map(([px, py], i) =>
      hairPoint(view, px!, py!, 0.07, i > 21 ? 0.25 : 0.7, colour),
    );
    drawStrand(layer, points);
  }
  return layer;
}

/** The hair in front, from a parting above the picture's right eye down to the chest. */
export function frontHair(view: View, random: Random): Layer {
  const layer = createLayer(view.width, view.height);
  const clumps: Clump[] = [];
  for (const side of [-1, 1]) {
    for (let n = 0; n < 150; n++) {
      clumps.push({
        side,
        u: clamp((n + random.between(-0.5, 1.5)) / 150, 0, 1),
        phase: 0.42 * random.normal() + (side > 0 ? 1.9 : 0.4) + 1.6 * (n / 150),
        waves: random.between(1.95, 2.2),
        tone: clamp(0.45 + 0.24 * random.normal(), 0, 1),
        length: random.between(0.86, 1.02),
      });
    }
  }
  clumps.sort((a, b) => b.u - a.u);
  for (const clump of clumps) {
    for (let n = 0; n < 76; n++) drawHair(layer, view, clump, random, 1);
  }
  for (let n = 0; n < 170; n++)
    drawHair(layer, view, clumps[Math.floor(random.next() * clumps.length)]!, random, 1.35);
  return layer;
}

/** One hair of a clump; `stray` above 1 makes it leave its neighbours. */
function drawHair(layer: Layer, view: View, clump: Clump, random: Random, stray: number): void {
  const isStray = stray > 1;
  const offset = random.normal();
  const depth = random.normal();
  const u = reflect(clump.u + 0.022 * stray * offset);
  const spine = hairSpine(clump, u, offset, depth, stray);
  const length = clump.length * random.between(0.88, 1);
  const end = Math.min(spine.length, Math.floor(spine.length * length));
  // hairs at the border of a lock lie in its shade
  const shade = (0.72 + 0.4 * random.next()) * (1 - 0.22 * Math.min(1.6, Math.abs(offset)) + 0.08 * depth);
  const points: HairPoint[] = [];
  for (let i = 0; i < end; i++) {
    const [x, y] = spine[i]! as [number, number, number];
    const taper = smoothstep(1, 0.82, i / end) * smoothstep(-0.02, 0.05, i / end);
    const alpha = (isStray ? 0.38 : 0.6) * (0.2 + 0.8 * taper);
    const width = (isStray ? 0.022 : 0.04) * (0.35 + 0.65 * taper);
    points.push(hairPoint(view, x, y, width, alpha, hairColour(spine, i, clump, u, shade)));
  }
  drawStrand(layer, points);
}

/** Keeps a share in `[0, 1]` without piling anything up at the ends. */
function reflect(u: number): number {
  return u < 0 ? -u : u > 1 ? 2 - u : u;
}

/** The course of one hair in centimetres: between the two guides, waved with its lock. */
function hairSpine(clump: Clump, u: number, offset: number, depth: number, stray: number): number[][] {
  const side = clump.side;
  const knots = FRONT_GUIDE.map((front, k) => {
    const crown = CROWN_GUIDE[k]!;
    const parting = PARTING_X * (1 - 0.3 * u) * (1 - smoothstep(0, 0.4, k / (FRONT_GUIDE.length - 1)));
    return [0, 1, 2].map(
      (d) =>
        lerp(front[d]!, crown[d]!, d === 0 ? u ** 0.9 : u) * (d === 0 ? side : 1) + (d === 0 ? parting : 0),
    );
  });
  return splinePoints(knots, 52).map(([x, y, z], i) => {
    const t = i / 51;
    const angle = clump.phase + 2 * Math.PI * clump.waves * t;
    const swing = smoothstep(0.28, 0.72, t);
    const gather = 1 - 0.32 * smoothstep(0.3, 0.9, t);
    const spread = 0.19 * stray * gather * smoothstep(0, 0.16, t);
    const lift = stray > 1 ? 0.12 * Math.abs(depth) * Math.sin(Math.PI * t) * (1 - t) : 0;
    return [
      x! + side * swing * (0.55 + 0.12 * clump.tone) * Math.sin(angle) + spread * offset,
      y! + 0.1 * spread * depth - lift + (t === 0 ? 0.12 * depth : 0),
      z! + swing * 0.95 * Math.cos(angle) + 0.2 * depth * gather,
    ];
  });
}

/** Kajiya and Kay (1989): a thread is bright where the lamp is square to it; plus the form of the whole head. */
function hairColour(spine: number[][], i: number, clump: Clump, u: number, shade: number): Rgb {
  const a = spine[Math.max(0, i - 1)]!;
  const b = spine[Math.min(spine.length - 1, i + 1)]!;
  const [x, y, z] = spine[i]! as [number, number, number];
  const t = i / (spine.length - 1);
  const tangent = unit([b[0]! - a[0]!, b[1]! - a[1]!, b[2]! - a[2]!]);
  const normal = hairNormal(x, y, z, u, t, clump, tangent);
  let diffuse = 0.1;
  let shine = 0;
  for (const lamp of [KEY, FILL, EDGE]) {
    const level = (lamp.colour[0] + lamp.colour[1] + lamp.colour[2]) / 3;
    const along = dot(tangent, lamp.direction);
    const facing = Math.max(0, (dot(normal, lamp.direction) + 0.2) / 1.2);
    const half = unit([lamp.direction[0], lamp.direction[1], lamp.direction[2] + 1]);
    const lean = dot(tangent, half) + 0.16 * (clump.tone - 0.5);
    diffuse += level * Math.sqrt(1 - along * along) * facing * 0.62;
    shine += level * facing * (1 - lean * lean) ** 22;
  }
  const inner = 1 - 0.5 * smoothstep(0.4, 0.02, u) * smoothstep(0.4, 0.75, t);
  const root = 0.5 + 0.5 * smoothstep(0, 0.12, t);
  const warm = clamp(0.1 + 0.6 * clump.tone + 0.3 * smoothstep(0.3, 1, t), 0, 1);
  const strength = diffuse * shade * inner * root * (0.78 + 0.44 * clump.tone);
  const glint = shine * shade * inner * root * (0.26 + 0.56 * clump.tone);
  return [0, 1, 2].map(
    (c) => lerp(DARK[c]!, WARM[c]!, warm) * strength * 1.5 + SHINE[c]! * glint,
  ) as unknown as Rgb;
}

/** The form the hair lies on: skull above, a hanging roll below that turns with the wave. */
function hairNormal(x: number, y: number, z: number, u: number, t: number, clump: Clump, tangent: Rgb): Rgb {
  const skull = unit([x / 75, (y + 3) / 90, (z + 4) / 70]);
  const across = lerp(-0.5, 0.92, u) * clump.side;
  const down = smoothstep(0.22, 0.6, t);
  const facing = Math.sqrt(Math.max(0.05, 1 - across * across));
  const normal = [
    lerp(skull[0], across, down),
    lerp(skull[1], -0.08, down),
    lerp(skull[2], facing, down),
  ] as const;
  // square to the thread, so that waves catch and lose the light
  const along = normal[0] * tangent[0] + normal[1] * tangent[1] + normal[2] * tangent[2];
  return unit([
    normal[0] - tangent[0] * along,
    normal[1] - tangent[1] * along,
    normal[2] - tangent[2] * along,
  ]);
}

export function hairPoint(
  view: View,
  x: number,
  y: number,
  width: number,
  alpha: number,
  colour: Rgb,
): HairPoint {
  return {
    x: x * view.pixelsPerCm + view.originX,
    y: y * view.pixelsPerCm + view.originY,
    width: width * view.pixelsPerCm,
    alpha,
    colour,
  };
}

function dot(a: Rgb, b: Rgb): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

function unit(v: readonly [number, number, number]): Rgb {
  const length = Math.hypot(...v) || 1;
  return [v[0] / length, v[1] / length, v[2] / length];
}
