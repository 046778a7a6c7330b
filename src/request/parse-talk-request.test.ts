import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type FalErrorDetail, ParlanteError, toFalDetails } from "../shared/errors.js";
import { ASPECT_RATIOS, liveFormatOf, parseTalkRequest, RESOLUTIONS, TALKING_STYLES } from "./index.js";

const image_url = "https://example.com/face.png";

function problemsOf(body: unknown): FalErrorDetail[] {
  try {
    parseTalkRequest(body);
  } catch (error) {
    return toFalDetails(error);
  }
  throw new Error("The request was accepted.");
}

function onlyProblemOf(body: unknown): FalErrorDetail {
  const problems = problemsOf(body);
  expect(problems).toHaveLength(1);
  return problems[0]!;
}

describe("a talk request", () => {
  it("needs only the photo; all else has fal's defaults", () => {
    expect(parseTalkRequest({ image_url })).toEqual({
      image: image_url,
      prompt: null,
      voice: null,
      audio: null,
      talkingStyle: "stable",
      expression: null,
      background: null,
      resolution: "720p",
      aspectRatio: "16:9",
      caption: false,
      extras: {
        language: null,
        seed: 0,
        outputFormat: "mp4",
        fit: null,
        captionStyle: "plain",
        captionTrack: false,
        extraOutputs: [],
        progressive: false,
      },
    });
  });

  it("ignores unknown keys, as fal does", () => {
    expect(parseTalkRequest({ image_url, dimension: 7, __proto__: { prompt: "no" } })).toEqual(
      parseTalkRequest({ image_url }),
    );
  });

  it("counts blank texts as absent", () => {
    const request = parseTalkRequest({
      image_url,
      prompt: " \n",
      voice: "",
      audio_url: "\t",
      expression: " ",
    });
    expect([request.prompt, request.voice, request.audio, request.expression]).toEqual([
      null,
      null,
      null,
      null,
    ]);
  });

  it("keeps a voice name exactly as written, with its trailing space", () => {
    expect(parseTalkRequest({ image_url, voice: "Hope " }).voice).toBe("Hope ");
  });

  it("fills a background object with white", () => {
    expect(parseTalkRequest({ image_url, background: {} }).background).toEqual({
      type: "color",
      value: "#FFFFFF",
    });
  });

  it("writes colours in one way", () => {
    expect(parseTalkRequest({ image_url, background: { value: "#0f8" } }).background?.value).toBe("#00FF88");
  });

  it("reads numbers and truth values written as text, as Pydantic does", () => {
    const request = parseTalkRequest({ image_url, caption: "Yes", seed: "4294967295" });
    expect(request.caption).toBe(true);
    expect(request.extras.seed).toBe(4294967295);
  });

  it("reads a list of files as a list or as one text, each file once", () => {
    const filesOf = (extra_outputs: unknown) =>
      parseTalkRequest({ image_url, extra_outputs }).extras.extraOutputs;
    expect(filesOf(["srt", "poster", "srt"])).toEqual(["srt", "poster"]);
    expect(filesOf("vtt, gif,")).toEqual(["vtt", "gif"]);
    expect(filesOf("")).toEqual([]);
    expect(onlyProblemOf({ image_url, extra_outputs: ["srt", "exe"] })).toMatchObject({
      loc: ["body", "extra_outputs", 1],
      type: "literal_error",
    });
  });

  it("replaces half a surrogate pair in the prompt", () => {
    expect(parseTalkRequest({ image_url, prompt: "a\uD800b 😀" }).prompt).toBe("a\uFFFDb 😀");
  });

  it("counts the prompt in characters, not in UTF-16 units", () => {
    expect(parseTalkRequest({ image_url, prompt: "😀".repeat(5000) }).prompt).toHaveLength(10_000);
    const problem = onlyProblemOf({ image_url, prompt: "a".repeat(5001) });
    expect(problem).toMatchObject({
      loc: ["body", "prompt"],
      type: "sequence_too_long",
      ctx: { max_length: 5000 },
    });
    expect(problem.msg).toContain("5000");
    expect(String(problem.input).length).toBeLessThan(300);
  });
});

describe("a bad request", () => {
  it("says that the photo is missing in Pydantic's words", () => {
    expect(problemsOf({})).toEqual([
      {
        loc: ["body", "image_url"],
        msg: "Field required",
        type: "missing",
        url: "https://docs.fal.ai/errors#missing",
        ctx: {},
      },
    ]);
  });

  it.each([
    [{ image_url: 3 }, "image_url", "string_type", {}],
    [{ image_url: null }, "image_url", "string_type", {}],
    [{ image_url: " " }, "image_url", "sequence_too_short", { min_length: 1 }],
    [{ image_url, prompt: [] }, "prompt", "string_type", {}],
    [
      { image_url, talking_style: "loud" },
      "talking_style",
      "literal_error",
      { expected: "'stable' or 'expressive'" },
    ],
    [
      { image_url, aspect_ratio: "4:3" },
      "aspect_ratio",
      "literal_error",
      { expected: "'16:9', '9:16', '1:1', '4:5', '5:4' or 'auto'" },
    ],
    [{ image_url, resolution: 720 }, "resolution", "literal_error", {}],
    [{ image_url, caption: "perhaps" }, "caption", "bool_parsing", {}],
    [{ image_url, caption: null }, "caption", "bool_type", {}],
    [{ image_url, background: "#FFF" }, "background", "model_attributes_type", {}],
    [{ image_url, seed: 1.5 }, "seed", "int_from_float", {}],
    [{ image_url, seed: "many" }, "seed", "int_parsing", {}],
    [{ image_url, seed: -1 }, "seed", "greater_than_equal", { ge: 0 }],
    [{ image_url, seed: 2 ** 32 }, "seed", "less_than_equal", { le: 2 ** 32 - 1 }],
    [
      { image_url, output_format: "avi" },
      "output_format",
      "literal_error",
      { expected: "'mp4', 'webm' or 'mov'" },
    ],
    [{ image_url, caption_style: "loud" }, "caption_style", "literal_error", {}],
    [{ image_url, progressive: "perhaps" }, "progressive", "bool_parsing", {}],
    [{ image_url, fit: "stretch" }, "fit", "literal_error", {}],
  ])("%j: the field, fal's type and the limit", (body, field, type, ctx) => {
    expect(onlyProblemOf(body)).toMatchObject({ loc: ["body", field], type, ctx });
  });

  it("names the field inside a background", () => {
    expect(onlyProblemOf({ image_url, background: { value: "red" } })).toMatchObject({
      loc: ["body", "background", "value"],
      type: "string_pattern_mismatch",
    });
    expect(onlyProblemOf({ image_url, background: { type: "image" } })).toMatchObject({
      loc: ["body", "background", "value"],
      type: "value_error",
    });
    expect(onlyProblemOf({ image_url, background: { type: "sound" } }).loc).toEqual([
      "body",
      "background",
      "type",
    ]);
  });

  it("lists every problem at once, in the order of the schema", () => {
    const problems = problemsOf({ prompt: 1, talking_style: "x", resolution: "y", seed: -5 });
    expect(problems.map((problem) => problem.loc[1])).toEqual([
      "image_url",
      "prompt",
      "talking_style",
      "resolution",
      "seed",
    ]);
  });

  it.each([null, undefined])("%s: the body is missing", (body) => {
    expect(onlyProblemOf(body)).toMatchObject({ loc: ["body"], type: "missing" });
  });

  it.each(["text", 5, true, []])("%j: the body is no object", (body) => {
    expect(onlyProblemOf(body)).toMatchObject({ loc: ["body"], type: "model_attributes_type" });
  });
});

describe("laws of requests", () => {
  const body = fc.record(
    {
      image_url: fc.string({ minLength: 1 }).filter((text) => text.trim() !== ""),
      prompt: fc.option(fc.string({ unit: "binary", maxLength: 200 })),
      voice: fc.option(fc.string()),
      talking_style: fc.constantFrom(...TALKING_STYLES),
      resolution: fc.constantFrom(...RESOLUTIONS),
      aspect_ratio: fc.constantFrom(...ASPECT_RATIOS),
      caption: fc.boolean(),
      seed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    },
    { requiredKeys: ["image_url"] },
  );

  it("every legal body is accepted, and no given value is lost", () => {
    fc.assert(
      fc.property(body, (given) => {
        const request = parseTalkRequest(given);
        expect(request.image).toBe(given.image_url);
        if (given.resolution !== undefined) expect(request.resolution).toBe(given.resolution);
        if (given.aspect_ratio !== undefined) expect(request.aspectRatio).toBe(given.aspect_ratio);
        if (given.talking_style !== undefined) expect(request.talkingStyle).toBe(given.talking_style);
        if (given.seed !== undefined) expect(request.extras.seed).toBe(given.seed);
        if (given.caption !== undefined) expect(request.caption).toBe(given.caption);
        if (given.prompt?.trim()) expect(request.prompt).toBe(given.prompt);
      }),
    );
  });

  it("any JSON at all is either read or refused with a typed error", () => {
    const anything = fc.oneof(
      fc.jsonValue(),
      fc.record({ image_url: fc.jsonValue(), background: fc.jsonValue(), seed: fc.jsonValue() }),
    );
    fc.assert(
      fc.property(anything, (given) => {
        try {
          expect(parseTalkRequest(given).image).not.toBe("");
        } catch (error) {
          if (!(error instanceof ParlanteError)) throw error;
          for (const detail of toFalDetails(error)) {
            expect(detail.loc[0]).toBe("body");
            expect(detail.type).toMatch(/^[a-z_]+$/);
            expect(detail.msg).not.toBe("");
          }
        }
      }),
    );
  });
});

it("the container of a live video is read off any body, spelled as loosely as the request", () => {
  expect(liveFormatOf({ progressive: true })).toBe("mp4");
  expect(liveFormatOf({ progressive: "yes", output_format: "webm" })).toBe("webm");
  for (const body of [null, [], "progressive", {}, { progressive: "off" }, { progressive: {} }])
    expect(liveFormatOf(body)).toBeNull();
});
