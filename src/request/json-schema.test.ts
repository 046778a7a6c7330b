import { expect, it } from "vitest";
import { talkRequestJsonSchema } from "./index.js";

const schema = talkRequestJsonSchema();
const properties = schema.properties ?? {};

it("has the fields of the hosted model in the order of its page, then ours", () => {
  expect(Object.keys(properties)).toEqual([
    "image_url",
    "prompt",
    "voice",
    "audio_url",
    "talking_style",
    "expression",
    "background",
    "resolution",
    "aspect_ratio",
    "caption",
    "language",
    "seed",
    "output_format",
    "fit",
    "caption_style",
    "caption_track",
    "extra_outputs",
    "progressive",
  ]);
});

it("requires the photo only", () => {
  expect(schema.required).toEqual(["image_url"]);
});

it("marks the inputs that the hosted model does not have", () => {
  const extras = Object.keys(properties).filter((name) => properties[name]!["x-parlante-extra"] === true);
  expect(extras).toEqual([
    "language",
    "seed",
    "output_format",
    "fit",
    "caption_style",
    "caption_track",
    "extra_outputs",
    "progressive",
  ]);
});

it("describes every field and states the defaults of the hosted model", () => {
  for (const property of Object.values(properties)) expect(property.description).toMatch(/\w/);
  expect(properties.resolution).toMatchObject({ type: "string", default: "720p" });
  expect(properties.aspect_ratio).toMatchObject({
    default: "16:9",
    enum: ["16:9", "9:16", "1:1", "4:5", "5:4", "auto"],
  });
  expect(properties.talking_style?.default).toBe("stable");
  expect(properties.caption?.default).toBe(false);
  expect(properties.background?.anyOf?.[0]?.properties?.value?.default).toBe("#FFFFFF");
});

it("states the limits that the check enforces", () => {
  expect(properties.prompt?.anyOf?.[0]).toMatchObject({ type: "string", maxLength: 5000 });
  expect(properties.seed).toMatchObject({ type: "integer", minimum: 0, maximum: 4294967295 });
});
