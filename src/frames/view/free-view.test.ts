import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chooseFreeView } from "./free-view.js";
import type { Head } from "./head-box.js";
import { outlinePerson, type PersonOutline } from "./person-outline.js";
import type { Size, View } from "./photo-view.js";

type Scene = { readonly photo: Size; readonly head: Head; readonly person: PersonOutline };

/** Somebody with an oval head, and a body of some width that ends on some row; photo pixels. */
function standing(photo: Size, head: Head, body: { halfWidth: number; end: number }): Scene {
  const width = 200;
  const height = Math.round((width * photo.height) / photo.width);
  const data = new Uint8Array(width * height);
  const centre = (head.left + head.right) / 2;
  for (let r = 0; r < height; r++) {
    const y = ((r + 0.5) / height) * photo.height;
    const t = (2 * (y - head.top)) / (head.bottom - head.top) - 1;
    const inHead = Math.abs(t) < 1 ? Math.sqrt(1 - t * t) * (head.right - head.left) * 0.5 : 0;
    const half = y < head.bottom ? inHead : y < body.end ? body.halfWidth : 0;
    for (let c = 0; c < width; c++) {
      if (Math.abs(((c + 0.5) / width) * photo.width - centre) < half) data[r * width + c] = 255;
    }
  }
  const matte = { width, height, data, isGuess: false, opaque: null };
  return { photo, head, person: outlinePerson(matte, head, photo) };
}

function headAt(centre: number, top: number, height: number): Head {
  const half = 0.38 * height;
  return {
    left: centre - half,
    right: centre + half,
    top,
    bottom: top + height,
    eyeY: top + 0.55 * height,
  };
}

const RATIOS = [16 / 9, 9 / 16, 1, 4 / 5, 5 / 4];
const share = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const scenes = fc
  .record({
    ratio: share(0.5, 2),
    size: share(0.15, 0.7),
    x: share(0.3, 0.7),
    top: share(0, 0.3),
    body: share(0.3, 2),
    end: share(0.4, 1.2),
  })
  .map(({ ratio, size, x, top, body, end }) => {
    const photo = { width: Math.round(1000 * ratio), height: 1000 };
    const height = size * Math.min(1000, photo.width);
    const halfHead = 0.38 * height;
    const centre = Math.min(Math.max(x * photo.width, halfHead), photo.width - halfHead);
    const head = headAt(centre, top * (1000 - height), height);
    return standing(photo, head, { halfWidth: body * height, end: head.bottom + end * (1000 - head.bottom) });
  });

function viewOf({ head, person, photo }: Scene, ratio: number): View {
  return chooseFreeView(head, person, photo, { ratio, height: 720 });
}

describe("a view of a person before a new background", () => {
  it("holds the whole head, at a natural height, in the middle or nearly so", () => {
    fc.assert(
      fc.property(scenes, fc.constantFrom(...RATIOS), (scene, ratio) => {
        const { head } = scene;
        const view = viewOf(scene, ratio);
        expect(view.width / view.height).toBeCloseTo(ratio, 6);
        expect(view.left).toBeLessThanOrEqual(head.left + 1e-6);
        expect(view.top).toBeLessThanOrEqual(head.top + 1e-6);
        expect(view.left + view.width).toBeGreaterThanOrEqual(head.right - 1e-6);
        expect(view.top + view.height).toBeGreaterThanOrEqual(
          Math.min(head.bottom, scene.person.base) - 1e-6,
        );
        const offset = (head.left + head.right) / 2 - view.left - view.width / 2;
        expect(Math.abs(offset)).toBeLessThanOrEqual(0.1 * view.width + 1e-6);
        expect((head.bottom - head.top) / view.height).toBeGreaterThan(0.1);
      }),
    );
  });

  it("never lets a body that is cut below hover, nor a head that is cut above where there is a choice", () => {
    fc.assert(
      fc.property(scenes, fc.constantFrom(...RATIOS), (scene, ratio) => {
        const { person, head, photo } = scene;
        const view = viewOf(scene, ratio);
        if (person.kind !== "cut") return;
        expect(view.top + view.height).toBeLessThanOrEqual(person.base + 1e-6);
        expect(person.base).toBeLessThanOrEqual(photo.height + 1e-6);
        // Only a head that is as wide as the video forces more room above.
        const isForced = (1.1 * (head.right - head.left)) / ratio > person.base - Math.max(0, head.top);
        if (person.isCutAbove && !isForced) expect(view.top).toBeGreaterThanOrEqual(-1e-6);
      }),
    );
  });

  it("shows a whole figure from head to feet, with room around", () => {
    const photo = { width: 1500, height: 1000 };
    const figure = standing(photo, headAt(700, 60, 110), { halfWidth: 90, end: 900 });
    expect(figure.person.kind).toBe("whole");
    for (const ratio of RATIOS) {
      const view = viewOf(figure, ratio);
      expect(view.top).toBeLessThan(60);
      expect(view.top + view.height).toBeGreaterThan(905);
      expect(view.height).toBeLessThan(1000);
    }
  });

  it("has a head alone in the middle", () => {
    const alone = standing({ width: 500, height: 500 }, headAt(250, 100, 300), { halfWidth: 0, end: 0 });
    expect(alone.person.kind).toBe("head");
    const view = viewOf(alone, 1);
    expect(view.top + view.height / 2).toBeCloseTo(250, -1);
    expect(view.top + view.height).toBeGreaterThan(430);
  });

  it("keeps outside a shoulder that the photo cuts, where the other side has room", () => {
    const photo = { width: 1000, height: 1000 };
    const head = headAt(380, 100, 300);
    const scene = standing(photo, head, { halfWidth: 480, end: 1000 });
    expect(scene.person.cutLeftFrom).toBeLessThan(410);
    expect(scene.person.cutRightFrom).toBe(Infinity);
    const view = viewOf(scene, 1);
    expect(view.left).toBeGreaterThan(-0.04 * view.width);
  });

  it("has headroom above the photo where the photo has too little, but none above cut hair", () => {
    const photo = { width: 1000, height: 1000 };
    const whole = standing(photo, headAt(500, 12, 400), { halfWidth: 300, end: 1000 });
    expect(viewOf(whole, 1).top).toBeLessThan(-50);
    // The crown of this head lies above the photo.
    const cut = { ...whole, person: { ...whole.person, isCutAbove: true } };
    expect(viewOf(cut, 1).top).toBeGreaterThanOrEqual(0);
  });
});
