import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { CancelledError, createApp, ParlanteError, parseTalkRequest } from "../../src/index.js";
import { testDataDir, testFile } from "../support/test-data.js";

const app = createApp();
afterAll(() => app.close());

/** The error type, or "accepted" as soon as the portrait is ready to be drawn. */
async function outcomeOf(file: string): Promise<string> {
  const enough = new AbortController();
  try {
    await app.talk(parseTalkRequest({ image_url: testFile(`bad/${file}`), resolution: "360p" }), {
      outPath: join(tmpdir(), `parlante-never-written-${process.pid}.mp4`),
      allowLocalPaths: true,
      signal: enough.signal,
      onProgress: ({ stage }) => {
        if (stage === "framing") enough.abort();
      },
    });
  } catch (error) {
    if (error instanceof CancelledError) return "accepted";
    if (!(error instanceof ParlanteError)) throw error;
    expect(error.details.field).toEqual(["image_url"]);
    expect(error.status).toBe(422);
    expect(error.message.length).toBeGreaterThan(20);
    return error.code;
  }
  return "finished";
}

const EXPECTED: Readonly<Record<string, string>> = {
  "b01_noface_coffee.png": "face_detection_error",
  "b02_noface_landscape_painting.jpg": "face_detection_error",
  // Dozens of small faces: whether one is large enough to speak is a matter of pixels.
  "b03_group_large.jpg": "accepted or face_detection_error or image_too_small",
  "b04_two_faces_couple.jpg": "accepted",
  "b05_profile_cameraman.png": "face_detection_error",
  "b06_tiny_face_skier.jpg": "image_too_small",
  "b07_hand_on_chin_lookup.webp": "accepted",
  "b08_two_people_sunglasses.jpg": "accepted",
  "b09_back_of_head.jpg": "face_detection_error",
  "b10_face_cut_by_border.jpg": "face_detection_error",
  "b11_medical_mask_drawn.jpg": "accepted",
  "b20_truncated.jpg": "image_load_error",
  "b21_truncated.png": "image_load_error",
  // Forty changed bytes: decoders differ in what they make of it.
  "b22_bitflips.jpg": "accepted or face_detection_error or image_load_error",
  "b23_png_named.jpg": "accepted",
  "b24_upside_down.jpg": "face_detection_error",
  "b25_sideways.jpg": "face_detection_error",
  "b30_bomb_30000x30000_gray1.png": "image_too_large",
  "b31_cartoon_face.svg": "unsupported_image_format",
  "b32_html_saved_as.jpg": "unsupported_image_format",
  "b33_zero_byte.jpg": "image_load_error",
  "b34_one_pixel.png": "image_too_small",
  "b35_strip_6000x20.png": "image_aspect_ratio_error",
  "b36_fully_transparent.png": "face_detection_error",
  "b37_text.txt.png": "unsupported_image_format",
  "b38_smiley_flat.png": "face_detection_error",
};

describe.skipIf(testDataDir === null)("every broken photo has its outcome", () => {
  it("and none is forgotten", () => {
    expect(readdirSync(testFile("bad")).sort()).toEqual(Object.keys(EXPECTED).sort());
  });

  it.each(Object.entries(EXPECTED))("%s: %s", async (file, outcomes) => {
    expect(outcomes.split(" or ")).toContain(await outcomeOf(file));
  });
});
