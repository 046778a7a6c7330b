import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { EndpointTypeMap } from "@fal-ai/client/endpoints";
import fc from "fast-check";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import type { z } from "zod";
import { openApiProblems } from "../../../test/support/check-openapi.js";
import type { TalkOutput } from "../../pipeline/index.js";
import { type JsonSchema, talkRequestJsonSchema } from "../../request/index.js";
import type { talkSchema } from "../../request/talk-schema.js";
import { VOICE_NAMES } from "../../speech/index.js";
import { documentAddresses } from "./model-facts.js";
import { toOpenApiSchema } from "./openapi-schema.js";
import { queueOpenApi } from "./queue-openapi.js";

const modelId = "fal-ai/heygen/avatar4/image-to-video";
const site = "https://talk.example.org/sub";
const addresses = documentAddresses({
  queue: `${site}/queue`,
  rest: `${site}/rest`,
  files: site,
  site,
});
const voices = VOICE_NAMES.slice(0, 102);
const document = queueOpenApi({ modelId, inputSchema: talkRequestJsonSchema(), voices, addresses });

type Schema = {
  readonly [keyword: string]: unknown;
  readonly properties: Record<string, Record<string, unknown>>;
};
const { schemas } = document.components as { schemas: Record<string, Schema> };
const input = schemas.HeygenAvatar4ImageToVideoInput!;
const output = schemas.HeygenAvatar4ImageToVideoOutput!;

describe("the OpenAPI document of the queue", () => {
  it("follows OpenAPI 3.0", () => {
    expect(openApiProblems(document)).toEqual([]);
  });

  it("has fal's shape and names", () => {
    expect(document).toMatchObject({
      openapi: "3.0.4",
      info: {
        title: `Queue OpenAPI for ${modelId}`,
        version: "1.0.0",
        "x-fal-metadata": {
          endpointId: modelId,
          category: "image-to-video",
          playgroundUrl: `${site}/models/${modelId}`,
          documentationUrl: `${site}/models/${modelId}/api`,
        },
      },
      servers: [{ url: `${site}/queue` }],
      security: [{ apiKeyAuth: [] }],
    });
    expect(Object.keys(document.paths as object)).toEqual([
      `/${modelId}`,
      `/${modelId}/requests/{request_id}`,
      `/${modelId}/requests/{request_id}/status`,
      `/${modelId}/requests/{request_id}/live.mp4`,
      `/${modelId}/requests/{request_id}/cancel`,
    ]);
    expect(Object.keys(schemas)).toEqual([
      "QueueStatus",
      "HeygenAvatar4ImageToVideoInput",
      "HeygenAvatar4ImageToVideoOutput",
      "AvatarIVBackground",
      "File",
    ]);
    expect(input["x-fal-order-properties"]).toEqual(Object.keys(input.properties));
    expect(input.required).toEqual(["image_url"]);
    expect(output.required).toEqual(["video"]);
    expect(schemas.File!.required).toEqual(["url"]);
  });

  it("lists the 102 voices exactly as published, and Melissa as an example (checklist 31)", () => {
    expect(input.properties.voice!.enum).toEqual(voices);
    expect(input.properties.voice!.enum).toHaveLength(102);
    expect(input.properties.voice!.examples).toEqual(["Melissa"]);
    expect(voices).toContain("Hope ");
    expect(voices).not.toContain("Melissa");
  });

  it("has the newest choices and defaults of the hosted schema (checklist 31)", () => {
    expect(input.properties.aspect_ratio).toMatchObject({
      enum: ["16:9", "9:16", "1:1", "4:5", "5:4", "auto"],
      default: "16:9",
    });
    expect(schemas.AvatarIVBackground!.properties).toMatchObject({
      type: { enum: ["color", "image", "video"], default: "color" },
      value: { default: "#FFFFFF" },
    });
    expect(input.properties.background!.allOf).toEqual([{ $ref: "#/components/schemas/AvatarIVBackground" }]);
    expect(input.properties.expression).toMatchObject({ type: "string", nullable: true });
  });

  it("marks what takes files, and what only we have", () => {
    for (const name of ["image_url", "audio_url"])
      expect(input.properties[name]!.ui).toEqual({ field: "file" });
    const extras = Object.keys(input.properties).filter(
      (name) => input.properties[name]!["x-parlante-extra"],
    );
    expect(extras).toEqual([
      ...["language", "seed", "output_format", "fit", "caption_style", "caption_track", "extra_outputs"],
      "progressive",
    ]);
    expect(input.properties.extra_outputs).toMatchObject({
      type: "array",
      items: { enum: ["srt", "vtt", "poster", "gif", "webp"] },
    });
    const beside = Object.keys(output.properties).filter(
      (name) => output.properties[name]!["x-parlante-extra"],
    );
    expect(beside).toEqual(["caption_file", "caption_file_vtt", "poster", "preview_gif", "preview_webp"]);
    for (const name of Object.keys(output.properties))
      expect(output.properties[name]).toMatchObject({ allOf: [{ $ref: "#/components/schemas/File" }] });
  });
});

describe("schemas in the words of OpenAPI 3.0", () => {
  it.each([
    [{ type: "string", default: null, anyOf: undefined }, { type: "string" }],
    [
      { anyOf: [{ type: "string", maxLength: 5 }, { type: "null" }] },
      { type: "string", maxLength: 5, nullable: true },
    ],
    [{ const: 7 }, { enum: [7] }],
    [
      { type: "integer", exclusiveMinimum: 0 },
      { type: "integer", minimum: 0, exclusiveMinimum: true },
    ],
    [
      { anyOf: [{ type: "string", enum: ["a"] }, { type: "null" }] },
      { type: "string", enum: ["a", null], nullable: true },
    ],
  ] as [JsonSchema, object][])("%j becomes %j", (schema, expected) => {
    expect(toOpenApiSchema(JSON.parse(JSON.stringify(schema)) as JsonSchema)).toEqual(expected);
  });

  it("refuses what would be lost", () => {
    expect(() => toOpenApiSchema({ type: "object", patternProperties: {} })).toThrow("patternProperties");
  });

  it("are valid whatever the schema was", () => {
    const nullable = (schema: JsonSchema): JsonSchema => ({ anyOf: [schema, { type: "null" }] });
    const leaf: fc.Arbitrary<JsonSchema> = fc.oneof(
      fc.record({ type: fc.constant("string"), maxLength: fc.nat() }),
      fc.record({ type: fc.constant("integer"), minimum: fc.integer() }),
      fc.record({ type: fc.constant("number"), exclusiveMaximum: fc.integer() }),
      fc.record({ type: fc.constant("string"), enum: fc.uniqueArray(fc.string(), { minLength: 1 }) }),
    );
    const anySchema = fc.letrec<{ schema: JsonSchema }>((tie) => ({
      schema: fc.oneof(
        { maxDepth: 3 },
        leaf,
        leaf.map(nullable),
        fc.record({
          type: fc.constant("object"),
          properties: fc.dictionary(fc.stringMatching(/^[a-z_]{1,8}$/), tie("schema"), { maxKeys: 4 }),
        }),
      ),
    })).schema;
    fc.assert(
      fc.property(anySchema, (schema) => {
        const carrier = {
          openapi: "3.0.4",
          info: { title: "t", version: "1" },
          paths: {},
          components: { schemas: { Any: toOpenApiSchema(schema) } },
        };
        expect(openApiProblems(carrier)).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });
});

type Hosted = EndpointTypeMap[typeof modelId];
/** What goes over the wire once the client has uploaded files. */
type HostedInput = Omit<Hosted["input"], "image_url" | "audio_url"> & {
  image_url: string;
  audio_url?: string;
};

describe("the published types of @fal-ai/client (checklist 31 and 38)", () => {
  it("can be assigned: what they allow, we take; what we give, they know", () => {
    const takesTheirs = (given: HostedInput): z.input<typeof talkSchema> => given;
    const givesOurs = (given: TalkOutput): Hosted["output"] => given;
    const sent = takesTheirs({ image_url: "https://example.com/a.png", talking_style: "expressive" });
    expect(sent.image_url).toBe("https://example.com/a.png");
    const video = { url: "u", content_type: "video/mp4", file_name: "output.mp4", file_size: 1 };
    expect(givesOurs({ video }).video.url).toBe("u");
  });

  it("agree with the document field by field", () => {
    const published = publishedType("HeygenAvatar4ImageToVideoInput");
    const ours = Object.keys(input.properties).filter((name) => !input.properties[name]!["x-parlante-extra"]);
    expect(ours.sort()).toEqual(Object.keys(published).sort());
    for (const [name, { optional, literals, kind }] of Object.entries(published)) {
      const schema = input.properties[name]!;
      expect((input.required as string[]).includes(name), name).toBe(!optional);
      if (literals.length > 0) expect(schema.enum, name).toEqual(expect.arrayContaining(literals));
      else if (kind !== "object") expect(schema.type, name).toBe(kind);
    }
    expect(Object.keys(publishedType("AvatarIVBackground")).sort()).toEqual(
      Object.keys(schemas.AvatarIVBackground!.properties).sort(),
    );
    const file = publishedType("File");
    expect(Object.keys(file).sort()).toEqual(Object.keys(schemas.File!.properties).sort());
    for (const [name, { optional }] of Object.entries(file))
      expect((schemas.File!.required as string[]).includes(name)).toBe(!optional);
  });
});

type PublishedField = { optional: boolean; literals: string[]; kind: string };

/** The fields of a type in the client's declarations. */
function publishedType(name: string): Record<string, PublishedField> {
  const client = dirname(createRequire(import.meta.url).resolve("@fal-ai/client"));
  const text = readFileSync(join(client, "types/endpoints.d.ts"), "utf8");
  const start = text.indexOf(`export type ${name} = {`);
  expect(start, name).toBeGreaterThan(0);
  const declaration = text.slice(start, text.indexOf("\n};", start) + 3);
  const source = ts.createSourceFile("type.ts", declaration, ts.ScriptTarget.Latest);
  const [alias] = source.statements as unknown as [ts.TypeAliasDeclaration];
  const members = (alias.type as ts.TypeLiteralNode).members as unknown as ts.PropertySignature[];
  return Object.fromEntries(
    members.map((member) => {
      const type = member.type!;
      const parts = ts.isUnionTypeNode(type) ? [...type.types] : [type];
      const literals = parts.flatMap((part) =>
        ts.isLiteralTypeNode(part) && ts.isStringLiteral(part.literal) ? [part.literal.text] : [],
      );
      const words = parts.map((part) => part.getText(source));
      const kind = words.includes("string")
        ? "string"
        : words.includes("boolean")
          ? "boolean"
          : words.includes("number")
            ? "integer"
            : "object";
      return [
        (member.name as ts.Identifier).text,
        { optional: member.questionToken !== undefined, literals, kind },
      ];
    }),
  );
}
