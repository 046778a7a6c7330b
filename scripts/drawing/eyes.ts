import { clamp, lerp, smoothstep } from "../../src/shared/numeric.js";
import type { Random } from "../../src/shared/random.js";
import { BROW_ARC, EYES, type EyeShape } from "./features.js";
import { bell, forEachPixel, noise, type Rgb, type View } from "./field.js";
import { hairPoint } from "./hair.js";
import type { Picture } from "./light.js";
import { createLayer, drawStrand, type Layer, splinePoints } from "./strands.js";

/** Paints both eyeballs, the wet rims of the lids and the reflections over the shaded skin. */
export function paintEyes(picture: Picture, view: View): void {
  forEachPixel(view, (x, y, i) => {
    for (const eye of EYES) {
      const dx = x * eye.side;
      if (dx < eye.inner - 0.1 || dx > eye.outer + 0.1 || y < -3.5 || y > -1.9) continue;
      const top = eye.upper(x);
      const bottom = eye.lower(x);
      const open = smoothstep(top - 0.03, top + 0.03, y) * smoothstep(bottom + 0.03, bottom - 0.03, y);
      if (open <= 0) continue;
      const colour = eyeball(eye, x, y, top, bottom);
      for (let c = 0; c < 3; c++) picture[c]!.data[i] = lerp(picture[c]!.data[i]!, colour[c]!, open);
    }
  });
}

function eyeball(eye: EyeShape, x: number, y: number, top: number, bottom: number): Rgb {
  const dx = x - eye.x;
  const dy = y - eye.y;
  const toOuter = dx * eye.side;
  const r = Math.hypot(dx, dy) / eye.irisRadius;
  const colour = sclera(toOuter, dx, dy);
  const iris = irisColour(dx, dy, r);
  const inIris = smoothstep(1.05, 0.93, r);
  for (let c = 0; c < 3; c++) colour[c] = lerp(colour[c]!, iris[c]!, inIris);
  const caruncle = smoothstep(-1.12, -1.46, toOuter);
  mixInto(colour, [0.5, 0.2, 0.16], caruncle * 0.85);
  const lidShadow = 1 - 0.78 * Math.exp(-Math.max(0, y - top) / 0.2) - 0.12 * bell(y - top, 0.5);
  const cornerShadow = 1 - 0.35 * smoothstep(0.9, 1.5, Math.abs(toOuter));
  for (let c = 0; c < 3; c++) colour[c]! *= lidShadow * cornerShadow;
  const rim = smoothstep(0.1, 0.05, bottom - y) * smoothstep(-1.3, -0.9, toOuter);
  mixInto(colour, [0.56, 0.3, 0.24], rim * 0.75);
  const tear =
    bell(bottom - y - 0.105, 0.022) * smoothstep(-1.1, -0.6, toOuter) * smoothstep(1.2, 0.5, toOuter);
  addTo(colour, 0.34 * tear);
  addTo(colour, catchLights(dx, dy));
  return colour as unknown as Rgb;
}

function sclera(toOuter: number, dx: number, dy: number): [number, number, number] {
  const bend = Math.min(0.98, Math.hypot(dx, dy) / 1.75);
  const form = 0.55 + 0.45 * Math.sqrt(1 - bend * bend) + 0.08 * -dx;
  const red = 0.5 * smoothstep(-0.6, -1.2, toOuter) + 0.3 * smoothstep(0.9, 1.4, toOuter);
  return [0.66 * form, (0.58 - 0.1 * red) * form, (0.535 - 0.12 * red) * form];
}

/** Amber round the pupil, brown-green outside, radial fibres, a dark ring; lit from across the lamp. */
function irisColour(dx: number, dy: number, r: number): Rgb {
  const angle = Math.atan2(dy, dx);
  const fibre =
    0.55 * noise(angle * 13, r * 2.2, 91) +
    0.3 * noise(angle * 29, r * 3, 92) +
    0.25 * noise(angle * 6, r * 5, 93);
  const amber = smoothstep(0.78, 0.4, r + 0.1 * fibre);
  const outer: Rgb = [0.115, 0.088, 0.034];
  const inner: Rgb = [0.25, 0.112, 0.03];
  const colour = [0, 1, 2].map((c) => lerp(outer[c]!, inner[c]!, amber) * (1 + 0.55 * fibre)) as [
    number,
    number,
    number,
  ];
  const across = (dx * 0.55 + dy * 0.85) / 0.675;
  const glow = 0.62 + 0.95 * smoothstep(-0.4, 0.9, across) * smoothstep(0.25, 0.6, r);
  const ring = 1 - 0.82 * smoothstep(0.76, 0.98, r);
  for (let c = 0; c < 3; c++) colour[c]! *= glow * ring;
  mixInto(colour, [0.006, 0.005, 0.005], smoothstep(0.43, 0.36, r + 0.02 * noise(angle * 5, 1, 94)));
  return colour;
}

/** A window at the upper left and its weak counterpart. */
function catchLights(dx: number, dy: number): number {
  const window = softBox(dx + 0.2, dy + 0.22, 0.115, 0.14, 0.03);
  const bar = 1 - 0.45 * smoothstep(0.018, 0.006, Math.abs(dx + 0.205));
  return 1.25 * window * bar + 0.16 * softBox(dx - 0.24, dy - 0.24, 0.1, 0.06, 0.07);
}

function softBox(x: number, y: number, halfWidth: number, halfHeight: number, soft: number): number {
  return (
    smoothstep(halfWidth + soft, halfWidth - soft, Math.abs(x + 0.12 * y)) *
    smoothstep(halfHeight + soft, halfHeight - soft, Math.abs(y - 0.08 * x))
  );
}

/** Lashes as single hairs, with the dark line where they grow. */
export function paintLashes(view: View, random: Random): Layer {
  const layer = createLayer(view.width, view.height);
  for (const eye of EYES) {
    drawLashLine(layer, view, eye);
    for (let n = 0; n < 120; n++) drawUpperLash(layer, view, eye, random, (n + random.next()) / 120);
    for (let n = 0; n < 46; n++) drawLowerLash(layer, view, eye, random, (n + random.next()) / 46);
  }
  return layer;
}

const LASH: Rgb = [0.018, 0.01, 0.008];

function drawLashLine(layer: Layer, view: View, eye: EyeShape): void {
  const points = [];
  for (let k = 0; k <= 60; k++) {
    const t = k / 60;
    const x = eye.side * lerp(eye.inner + 0.22, eye.outer + 0.1 * t, t);
    const y = eye.upper(x) - 0.02 - 0.05 * smoothstep(0.9, 1, t);
    const width = 0.05 + 0.075 * Math.sin(Math.PI * Math.min(1, t * 0.85 + 0.08));
    points.push(hairPoint(view, x, y, width, 0.85 * smoothstep(0, 0.18, t), LASH));
  }
  drawStrand(layer, points);
}

function drawUpperLash(layer: Layer, view: View, eye: EyeShape, random: Random, t: number): void {
  const x = eye.side * lerp(eye.inner + 0.35, eye.outer - 0.02, t);
  const y = eye.upper(x) - 0.015;
  const length = (0.2 + 0.3 * smoothstep(0.1, 0.85, t)) * random.between(0.75, 1.15);
  const fan = lerp(-0.35, 1.25, t) + 0.14 * random.normal();
  const out = eye.side * Math.sin(fan);
  const up = Math.cos(fan) * 0.85;
  const knots = [
    [x, y],
    [x + out * length * 0.4, y - up * length * 0.12 + 0.02],
    [x + out * length * 0.8, y - up * length * 0.55],
    [x + out * length * 0.95, y - up * length],
  ];
  drawTapered(layer, view, knots, 0.034, 0.9);
}

function drawLowerLash(layer: Layer, view: View, eye: EyeShape, random: Random, t: number): void {
  const x = eye.side * lerp(eye.inner + 0.7, eye.outer - 0.12, t);
  const y = eye.lower(x) + 0.03;
  const length = lerp(0.1, 0.2, t) * random.between(0.7, 1.2);
  const out = eye.side * (lerp(-0.3, 0.9, t) + 0.2 * random.normal());
  const knots = [
    [x, y],
    [x + out * length * 0.5, y + length * 0.6],
    [x + out * length, y + length * 0.85],
  ];
  drawTapered(layer, view, knots, 0.019, 0.5);
}

/** Eyebrows as single hairs over a faint shadow. */
export function paintBrows(view: View, random: Random): Layer {
  const layer = createLayer(view.width, view.height);
  for (const side of [-1, 1]) {
    for (let n = 0; n < 950; n++) {
      const s = random.next() ** 0.92;
      const [bx, by] = pointOn(BROW_ARC, s);
      const [ax, ay] = pointOn(BROW_ARC, Math.min(1, s + 0.02));
      const axis = Math.atan2(ay - by, ax - bx);
      const thickness = 0.36 * smoothstep(-0.12, 0.16, s) * (1 - 0.72 * smoothstep(0.4, 1, s));
      const v = clamp(random.normal() * 0.5, -1, 1);
      const lean =
        lerp(-0.95, -0.12, smoothstep(0, 0.4, s)) +
        0.28 * v * -1 * smoothstep(0.1, 0.4, s) +
        0.12 * random.normal();
      const length = lerp(0.42, 0.3, s) * random.between(0.75, 1.15);
      const x = bx;
      const y = by + v * thickness;
      const knots = [0, 0.5, 1].map((k) => {
        const angle = axis + lean * (1 - 0.5 * k);
        return [side * (x + Math.cos(angle) * length * k), y + Math.sin(angle) * length * k];
      });
      const shade = random.between(0.7, 1.5);
      drawTapered(layer, view, knots, 0.031, 0.5, [0.06 * shade, 0.03 * shade, 0.018 * shade]);
    }
  }
  return layer;
}

function pointOn(path: number[][], s: number): [number, number] {
  const count = 201;
  const [x, y] = splinePoints(path, count)[Math.round(clamp(s, 0, 1) * (count - 1))]!;
  return [x!, y!];
}

function drawTapered(
  layer: Layer,
  view: View,
  knots: number[][],
  width: number,
  alpha: number,
  colour: Rgb = LASH,
): void {
  const points = splinePoints(knots, 10).map(([x, y], i) => {
    const t = i / 9;
    return hairPoint(view, x!, y!, width * (1 - 0.75 * t), alpha * (1 - 0.6 * t * t), colour);
  });
  drawStrand(layer, points);
}

function mixInto(colour: [number, number, number], toward: Rgb, amount: number): void {
  for (let c = 0; c < 3; c++) colour[c] = lerp(colour[c]!, toward[c]!, amount);
}

function addTo(colour: [number, number, number], amount: number): void {
  for (let c = 0; c < 3; c++) colour[c]! += amount;
}
