import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ASPECT_RATIOS, type AspectRatio, RESOLUTIONS, type Resolution } from "../request/index.js";
import { planFraming } from "./plan-framing.js";
import { videoSize } from "./view/video-size.js";

/** Mesh points on an upright oval face with its forehead and chin, and a matte that knows nothing. */
function aFace(centerX: number, centerY: number, halfWidth: number, halfHeight: number) {
  const landmarks = new Float32Array(478 * 3);
  for (let i = 0; i < 478; i++) {
    const angle = (i / 478) * 2 * Math.PI;
    landmarks[i * 3] = centerX + halfWidth * Math.sin(angle);
    landmarks[i * 3 + 1] = centerY - halfHeight * Math.cos(angle);
  }
  const put = (index: number, x: number, y: number) => landmarks.set([x, y], index * 3);
  put(10, centerX, centerY - halfHeight);
  put(152, centerX, centerY + halfHeight);
  put(468, centerX - halfWidth / 2, centerY - 0.2 * halfHeight);
  put(473, centerX + halfWidth / 2, centerY - 0.2 * halfHeight);
  return { landmarks, matte: { width: 0, height: 0, data: new Uint8Array(), isGuess: false, opaque: null } };
}

/** Where a photo pixel appears in the video. */
function place(framing: ReturnType<typeof planFraming>, x: number, y: number) {
  return { x: (x - framing.left) * framing.scale, y: (y - framing.top) * framing.scale };
}

const resolutions = fc.constantFrom<Resolution>(...RESOLUTIONS);
const ratios = fc.constantFrom<AspectRatio>(...ASPECT_RATIOS);
const scenes = fc
  .record({
    width: fc.integer({ min: 200, max: 5000 }),
    height: fc.integer({ min: 200, max: 5000 }),
    size: fc.double({ min: 0.05, max: 0.48, noNaN: true }),
    x: fc.double({ min: 0, max: 1, noNaN: true }),
    y: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ width, height, size, x, y }) => {
    const halfHeight = size * Math.min(width, height);
    const halfWidth = 0.75 * halfHeight;
    const centerX = halfWidth + x * (width - 2 * halfWidth);
    const centerY = halfHeight + y * (height - 2 * halfHeight);
    return { photo: { width, height }, centerX, centerY, halfWidth, halfHeight };
  });

describe("videoSize", () => {
  it("gives the presets their known sizes", () => {
    const sizes = (aspectRatio: AspectRatio) =>
      RESOLUTIONS.map((resolution) => {
        const { width, height } = videoSize(resolution, aspectRatio, 1);
        return `${width}x${height}`;
      });
    expect(sizes("16:9")).toEqual(["640x360", "854x480", "960x540", "1280x720", "1920x1080"]);
    expect(sizes("9:16")).toEqual(["360x640", "480x854", "540x960", "720x1280", "1080x1920"]);
    expect(sizes("1:1")).toEqual(["360x360", "480x480", "540x540", "720x720", "1080x1080"]);
    expect(sizes("4:5")).toEqual(["360x450", "480x600", "540x676", "720x900", "1080x1350"]);
    expect(sizes("5:4")).toEqual(["450x360", "600x480", "676x540", "900x720", "1350x1080"]);
  });

  it("follows the photo with auto, up to 16:9", () => {
    expect(videoSize("1080p", "auto", 4 / 3)).toEqual({ width: 1440, height: 1080 });
    expect(videoSize("720p", "auto", 3 / 4)).toEqual({ width: 720, height: 960 });
    expect(videoSize("720p", "auto", 3)).toEqual({ width: 1280, height: 720 });
    expect(videoSize("360p", "auto", 0.2)).toEqual({ width: 360, height: 640 });
  });
});

describe("planFraming", () => {
  it("keeps the whole face in the video, with room where the photo has it", () => {
    fc.assert(
      fc.property(
        scenes,
        resolutions,
        ratios,
        fc.constantFrom(null, "contain" as const),
        (scene, resolution, aspectRatio, fit) => {
          const { photo, centerX, centerY, halfWidth, halfHeight } = scene;
          const face = aFace(centerX, centerY, halfWidth, halfHeight);
          const framing = planFraming(face, photo, { resolution, aspectRatio, fit });
          const first = place(framing, centerX - halfWidth, centerY - halfHeight);
          const last = place(framing, centerX + halfWidth, centerY + halfHeight);
          // In video pixels: a twentieth of the face, or all that lies between the face and the photo's edge.
          const room = (photoRoom: number, faceSize: number) =>
            Math.min(photoRoom, 0.05 * faceSize) * framing.scale - 1e-6;
          expect(first.x).toBeGreaterThanOrEqual(room(centerX - halfWidth, 2 * halfWidth));
          expect(first.y).toBeGreaterThanOrEqual(room(centerY - halfHeight, 2 * halfHeight));
          expect(framing.width - last.x).toBeGreaterThanOrEqual(
            room(photo.width - centerX - halfWidth, 2 * halfWidth),
          );
          expect(framing.height - last.y).toBeGreaterThanOrEqual(
            room(photo.height - centerY - halfHeight, 2 * halfHeight),
          );
        },
      ),
    );
  });

  it("has even sizes, a finite positive scale, and warns exactly when the photo is visibly enlarged", () => {
    fc.assert(
      fc.property(
        scenes,
        resolutions,
        ratios,
        fc.constantFrom(null, "contain" as const, "cover" as const),
        (scene, resolution, aspectRatio, fit) => {
          const face = aFace(scene.centerX, scene.centerY, scene.halfWidth, scene.halfHeight);
          const framing = planFraming(face, scene.photo, { resolution, aspectRatio, fit });
          expect(framing.width % 2).toBe(0);
          expect(framing.height % 2).toBe(0);
          expect(framing.scale).toBeGreaterThan(0);
          expect(Number.isFinite(framing.left + framing.top + framing.scale)).toBe(true);
          expect(framing.warnings.length).toBe(framing.scale > 1.25 ? 1 : 0);
        },
      ),
    );
  });

  it("never shows a continuation of the photo on one side only, nor on all four", () => {
    fc.assert(
      fc.property(scenes, resolutions, ratios, (scene, resolution, aspectRatio) => {
        const { photo, centerX, centerY, halfWidth, halfHeight } = scene;
        const face = aFace(centerX, centerY, halfWidth, halfHeight);
        const framing = planFraming(face, photo, { resolution, aspectRatio, fit: null });
        const beyond = {
          left: -framing.left,
          right: framing.left + framing.width / framing.scale - photo.width,
          top: -framing.top,
          bottom: framing.top + framing.height / framing.scale - photo.height,
        };
        if (beyond.left > 0.01 || beyond.right > 0.01) expect(beyond.left).toBeCloseTo(beyond.right, 3);
        if (beyond.top > 0.01 || beyond.bottom > 0.01) expect(beyond.top).toBeCloseTo(beyond.bottom, 3);
        expect(beyond.left > 0.01 && beyond.top > 0.01).toBe(false);
      }),
    );
  });

  it("crops a photo of another shape when the head stays whole", () => {
    const framing = planFraming(
      aFace(500, 450, 120, 160),
      { width: 1000, height: 1000 },
      {
        resolution: "720p",
        aspectRatio: "16:9",
        fit: null,
      },
    );
    expect(framing.left).toBe(0);
    expect(framing.scale).toBeCloseTo(1.28, 6);
    expect(framing.top).toBeGreaterThan(0);
  });

  it("reaches beyond the photo, alike on both sides, when the head would be cut", () => {
    const framing = planFraming(
      aFace(500, 520, 330, 430),
      { width: 1000, height: 1000 },
      {
        resolution: "720p",
        aspectRatio: "16:9",
        fit: null,
      },
    );
    expect(framing.left).toBeLessThan(0);
    expect(framing.top).toBeGreaterThanOrEqual(0);
  });

  it("places the eyes near the upper third when the photo allows", () => {
    const framing = planFraming(
      aFace(1500, 1000, 180, 240),
      { width: 3000, height: 3000 },
      {
        resolution: "1080p",
        aspectRatio: "16:9",
        fit: null,
      },
    );
    const eyes = place(framing, 1500, 1000 - 0.2 * 240);
    expect(eyes.y / framing.height).toBeGreaterThan(0.3);
    expect(eyes.y / framing.height).toBeLessThan(0.42);
  });

  it("keeps high hair that the matte knows about", () => {
    const face = aFace(500, 600, 150, 200);
    const matte = { width: 100, height: 100, data: new Uint8Array(100 * 100), isGuess: false, opaque: null };
    for (let row = 15; row < 100; row++) matte.data.fill(255, row * 100 + 30, row * 100 + 70);
    const framing = planFraming(
      { ...face, matte },
      { width: 1000, height: 1400 },
      {
        resolution: "720p",
        aspectRatio: "16:9",
        fit: null,
      },
    );
    // Row 15 of 100 is photo row 210; without the matte the hair would be expected to end at row 288.
    expect(place(framing, 500, 210).y).toBeGreaterThan(0);
  });

  it("keeps wide hair beside the eyes, but not a crowd", () => {
    const face = aFace(500, 600, 100, 140);
    const matteUpTo = (edge: number) => {
      const data = new Uint8Array(100 * 100);
      for (let row = 40; row < 100; row++) data.fill(255, row * 100 + 50 - edge, row * 100 + 50 + edge);
      return { width: 100, height: 100, data, isGuess: false, opaque: null };
    };
    const photo = { width: 1000, height: 1000 };
    const options = { resolution: "720p", aspectRatio: "9:16", fit: null } as const;
    const wide = planFraming({ ...face, matte: matteUpTo(16) }, photo, options);
    // Hair from column 34 to 65 is photo pixels 340 to 660.
    expect(place(wide, 340, 500).x).toBeGreaterThanOrEqual(0);
    expect(place(wide, 660, 500).x).toBeLessThanOrEqual(wide.width);
    const crowd = planFraming({ ...face, matte: matteUpTo(50) }, photo, options);
    expect(crowd.top).toBeGreaterThanOrEqual(0);
  });

  it("obeys fit", () => {
    const photo = { width: 1000, height: 1500 };
    const face = aFace(500, 500, 300, 400);
    const options = { resolution: "720p", aspectRatio: "16:9" } as const;
    const cover = planFraming(face, photo, { ...options, fit: "cover" });
    expect(cover.left).toBe(0);
    expect(cover.width / cover.scale).toBeCloseTo(1000, 6);
    const contain = planFraming(face, photo, { ...options, fit: "contain" });
    expect(contain.height / contain.scale).toBeCloseTo(1500, 6);
    expect(contain.top).toBeCloseTo(0, 6);
    expect(contain.left).toBeLessThan(0);
  });
});

describe("the warning about a small photo", () => {
  const face = aFace(300, 250, 90, 120);
  const warningAt = (resolution: Resolution, size: number) =>
    planFraming(face, { width: size, height: size }, { resolution, aspectRatio: "1:1", fit: null })
      .warnings[0];

  it("names sizes, factor, and the largest resolution that is sharp", () => {
    expect(warningAt("1080p", 600)).toBe(
      "The photo is enlarged 1.80 times: the 600x600 pixels that are shown become 1080x1080, so the picture will look " +
        "soft. Use a photo 1.8 times as large, or at most 720p.",
    );
    expect(warningAt("720p", 600)).toBeUndefined();
  });

  it("says so where no resolution is small enough", () => {
    expect(warningAt("360p", 280)).toMatch(/enlarged 1\.29 times.*no resolution is small enough/);
  });
});
