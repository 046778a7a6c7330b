/**
 * Draws `samples/portrait.png`: a person who does not exist, from numbers alone.
 *
 * The face is the MediaPipe canonical mesh, subdivided and reshaped, lit as a height field with light that
 * scatters under the skin; hair, brows and lashes are single strands. The same file on every run.
 *
 * Usage: `node --import tsx scripts/draw-portrait.ts [file.png]`
 */
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { clamp, lerp, smoothstep } from "../src/shared/numeric.js";
import { createRandom } from "../src/shared/random.js";
import { bodyHeight, clothColour, clothCoverage } from "./drawing/body.js";
import { paintBrows, paintEyes, paintLashes } from "./drawing/eyes.js";
import { depthOf, faceMesh, subdivide, withSkirt } from "./drawing/face-shape.js";
import { lipCoverage, relief, skinColour } from "./drawing/features.js";
import {
  bell,
  blur,
  type Field,
  fieldOf,
  forEachPixel,
  mapField,
  noise,
  type View,
} from "./drawing/field.js";
import { backHair, frontHair } from "./drawing/hair.js";
import {
  createPicture,
  gloss,
  irradiance,
  keyShadow,
  normalsOf,
  openness,
  type Picture,
  scatter,
} from "./drawing/light.js";
import { composite } from "./drawing/strands.js";

const SIZE = 1024;
/** Drawn larger and reduced, for smooth outlines. */
const OVERSAMPLING = 2;

/** Draws the portrait at `oversampling` times its final size, 8-bit RGB. */
async function drawPortrait(oversampling: number): Promise<{ rgb: Buffer; size: number }> {
  const size = SIZE * oversampling;
  const view: View = {
    width: size,
    height: size,
    pixelsPerCm: 29.3 * oversampling,
    originX: 504 * oversampling,
    originY: 509 * oversampling,
  };
  const random = createRandom(7);
  const picture = backdrop(view);
  composite(picture, backHair(view, random.fork("back")));
  const hair = frontHair(view, random.fork("front"));
  await paintFigure(picture, view, hair.cover);
  paintEyes(picture, view);
  composite(picture, paintBrows(view, random.fork("brows")));
  composite(picture, paintLashes(view, random.fork("lashes")));
  composite(picture, hair);
  return { rgb: develop(picture), size };
}

/** A softly lit wall, far out of focus. */
function backdrop(view: View): Picture {
  const picture = createPicture(view.width, view.height);
  forEachPixel(view, (x, y, i) => {
    const window = bell(Math.hypot(x + 10, y + 5), 15);
    const lamp = bell(Math.hypot(x - 14, y + 3), 7.5) + 0.5 * bell(Math.hypot(x - 16, y - 12), 8);
    const dim = (1 - 0.3 * smoothstep(4, 22, y)) * (1 + 0.05 * noise(x * 0.12, y * 0.12, 70));
    picture[0].data[i] = (0.135 + 0.3 * window + 0.2 * lamp) * dim;
    picture[1].data[i] = (0.165 + 0.305 * window + 0.115 * lamp) * dim;
    picture[2].data[i] = (0.19 + 0.3 * window + 0.045 * lamp) * dim;
  });
  return picture;
}

/** Face, neck and pullover in one lit surface. */
async function paintFigure(picture: Picture, view: View, hairCover: Field): Promise<void> {
  let mesh = withSkirt(await faceMesh());
  for (let step = 0; step < 3; step++) mesh = subdivide(mesh);
  const face = depthOf(mesh, view);
  const isFace = mapField(face, (z) => (z > -900 ? 1 : 0));
  const smoothFace = blurInside(face, isFace, 0.09 * view.pixelsPerCm);
  const height = fieldOf(view, (x, y, i) =>
    isFace.data[i]! > 0 ? smoothFace.data[i]! + relief(x, y) : bodyHeight(x, y),
  );
  const mask = mapField(height, (z) => (z > -900 ? 1 : 0));
  const normals = normalsOf(height, view);
  const open = openness(height, mask, view);
  const shadow = keyShadow(height, view);
  castHair(shadow, open, hairCover, view);
  const light = irradiance(normals, open, shadow);
  const skinLight = scatter(light, mask, view);
  const edge = blur(mask, 0.012 * view.pixelsPerCm);
  forEachPixel(view, (x, y, i) => {
    if (edge.data[i]! <= 0.001) return;
    const cloth = isFace.data[i]! > 0 ? 0 : clothCoverage(x, y);
    const skin = skinColour(x, y);
    const wool = clothColour(x, y);
    const lips = lipCoverage(x, y);
    const tZone =
      bell(x, 1.2) * bell(y + 0.2, 1.2) +
      bell(x, 3) * bell(y + 6.3, 1.4) +
      0.5 * bell(Math.abs(x) - 4.2, 1.2) * bell(y + 1.1, 0.8);
    const grainy = 1 + 0.35 * noise(x * 15, y * 15, 61);
    const skinGloss = (0.02 + 0.042 * tZone + 0.085 * lips) * grainy;
    const g =
      gloss(normals.x[i]!, normals.y[i]!, normals.z[i]!, skinGloss, 0.055 + 0.02 * lips) *
      open.data[i]! *
      (0.3 + 0.7 * shadow.data[i]!);
    for (let c = 0; c < 3; c++) {
      const flesh = skin[c]! * skinLight[c]!.data[i]! + g * (1 - cloth);
      const knitted = wool[c]! * light[c]!.data[i]! * 1.1;
      picture[c]!.data[i] = lerp(
        picture[c]!.data[i]!,
        lerp(flesh, knitted, cloth),
        Math.min(1, edge.data[i]!),
      );
    }
  });
}

function blurInside(field: Field, mask: Field, sigma: number): Field {
  const weighted = blur(
    mapField(field, (v, i) => (mask.data[i]! > 0 ? v : 0)),
    sigma,
  );
  const weight = blur(mask, sigma);
  return mapField(weighted, (v, i) => (mask.data[i]! > 0 ? v / Math.max(1e-4, weight.data[i]!) : -1000));
}

/** Lets the hair darken what lies behind it: a soft shadow away from the lamp, and closeness. */
function castHair(shadow: Field, open: Field, hairCover: Field, view: View): void {
  const near = blur(hairCover, 0.35 * view.pixelsPerCm);
  const cast = blur(hairCover, 0.22 * view.pixelsPerCm);
  const dx = Math.round(0.32 * view.pixelsPerCm);
  const dy = Math.round(0.36 * view.pixelsPerCm);
  for (let row = 0; row < view.height; row++) {
    for (let column = 0; column < view.width; column++) {
      const i = row * view.width + column;
      const from = Math.max(0, row - dy) * view.width + Math.max(0, column - dx);
      shadow.data[i]! *= 1 - 0.75 * cast.data[from]!;
      open.data[i]! *= 1 - 0.45 * near.data[i]!;
    }
  }
}

/** Linear light to sRGB with a soft shoulder, a little bloom and a vignette. */
function develop(picture: Picture): Buffer {
  const { width, height } = picture[0];
  const rgb = Buffer.alloc(width * height * 3);
  const bloom = picture.map((plane) =>
    blur(
      mapField(plane, (v) => Math.max(0, v - 0.75)),
      width / 150,
    ),
  );
  for (let i = 0; i < width * height; i++) {
    const fx = ((i % width) / width) * 2 - 1;
    const fy = (Math.floor(i / width) / height) * 2 - 1;
    const vignette = 1 - 0.16 * smoothstep(0.5, 1.5, Math.hypot(fx, fy));
    for (let c = 0; c < 3; c++) {
      const v = (picture[c]!.data[i]! + 0.5 * bloom[c]!.data[i]!) * vignette;
      rgb[i * 3 + c] = Math.round(255 * encodeSrgb(shoulder(v)));
    }
  }
  return rgb;
}

function shoulder(v: number): number {
  const knee = 0.55;
  return v < knee ? v : knee + (1 - knee) * (1 - Math.exp(-(v - knee) / (1 - knee)));
}

function encodeSrgb(v: number): number {
  const x = clamp(v, 0, 1);
  return x <= 0.0031308 ? 12.92 * x : 1.055 * x ** (1 / 2.4) - 0.055;
}

const target = process.argv[2] ?? fileURLToPath(new URL("../samples/portrait.png", import.meta.url));
const { rgb, size } = await drawPortrait(OVERSAMPLING);
await sharp(rgb, { raw: { width: size, height: size, channels: 3 } })
  .resize(SIZE, SIZE, { kernel: "lanczos3" })
  .png({ compressionLevel: 9, adaptiveFiltering: true })
  .toFile(target);
