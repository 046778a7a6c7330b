import sharp, { type Sharp } from "sharp";

/** A picture as the tests compare it: `size * size` RGB values, whatever its shape was. */
export type ColorLayout = Uint8Array;

type Rgb = { readonly width: number; readonly height: number; readonly rgb: Uint8Array };

/** The colours of the four quarters: top left, top right, bottom left, bottom right. */
export const QUARTERS = [
  [200, 60, 50],
  [60, 170, 80],
  [50, 80, 190],
  [220, 200, 70],
] as const;

/** A picture without any symmetry: four different quarters. */
export function quarteredPixels(width: number, height: number): Uint8Array {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const quarter = (y < height / 2 ? 0 : 2) + (x < width / 2 ? 0 : 1);
      data.set(QUARTERS[quarter]!, (y * width + x) * 3);
    }
  }
  return data;
}

/** The quartered picture, ready to be written in any format. */
export function quarteredPicture(width = 96, height = 80): Sharp {
  return sharp(quarteredPixels(width, height), { raw: { width, height, channels: 3 } });
}

/** Colours of a picture on a coarse grid. */
export async function colorLayout(picture: Rgb, size = 8): Promise<ColorLayout> {
  const { width, height, rgb } = picture;
  return sharp(rgb, { raw: { width, height, channels: 3 } })
    .resize(size, size, { fit: "fill", kernel: "linear" })
    .raw()
    .toBuffer();
}

/** Mean absolute difference of two layouts, `[0, 255]`. */
export function layoutDistance(a: ColorLayout, b: ColorLayout): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs(a[i]! - b[i]!);
  return sum / a.length;
}

/** Correlation of the brightness of two layouts, `[-1, 1]`. */
export function layoutCorrelation(a: ColorLayout, b: ColorLayout): number {
  const luma = (c: ColorLayout) =>
    Array.from({ length: c.length / 3 }, (_, i) => c[i * 3]! + 2 * c[i * 3 + 1]! + c[i * 3 + 2]!);
  const centre = (values: number[]) => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return values.map((value) => value - mean);
  };
  const x = centre(luma(a));
  const y = centre(luma(b));
  const dot = (p: number[], q: number[]) => p.reduce((sum, value, i) => sum + value * q[i]!, 0);
  return dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
}

/** The layout in all eight orientations; the first is as given. */
export function orientations(layout: ColorLayout): ColorLayout[] {
  const size = Math.round(Math.sqrt(layout.length / 3));
  const rearranged = (source: (x: number, y: number) => [number, number]) => {
    const out = new Uint8Array(layout.length);
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) {
        const [sx, sy] = source(x, y);
        for (let c = 0; c < 3; c++) out[(y * size + x) * 3 + c] = layout[(sy * size + sx) * 3 + c]!;
      }
    }
    return out;
  };
  const e = size - 1;
  return [
    layout,
    rearranged((x, y) => [e - x, y]),
    rearranged((x, y) => [e - x, e - y]),
    rearranged((x, y) => [x, e - y]),
    rearranged((x, y) => [y, x]),
    rearranged((x, y) => [y, e - x]),
    rearranged((x, y) => [e - y, e - x]),
    rearranged((x, y) => [e - y, x]),
  ];
}
