import type { JsonSchema } from "../../request/index.js";
import { type DocumentAddresses, extraOutputFields, MODEL_FACTS, sampleOutput } from "./model-facts.js";
import { type OpenApiSchema, titleOf, toOpenApiSchema } from "./openapi-schema.js";

/** What the document of one model is made from. */
export type QueueOpenApiInput = {
  readonly modelId: string;
  readonly inputSchema: JsonSchema;
  /** Names of the field `voice`. */
  readonly voices: readonly string[];
  readonly addresses: DocumentAddresses;
};

/** An OpenAPI document as plain data. */
export type OpenApiDocument = { readonly openapi: string; readonly [field: string]: unknown };

const FILE_FIELDS = ["image_url", "audio_url"];

/** The document that fal serves for a model: OpenAPI 3.0.4 of its queue, in fal's shape and with fal's names. */
export function queueOpenApi({
  modelId,
  inputSchema,
  voices,
  addresses,
}: QueueOpenApiInput): OpenApiDocument {
  const name = componentName(modelId);
  const { input, background } = inputComponents(inputSchema, voices, `${name}Input`);
  return {
    openapi: "3.0.4",
    info: {
      title: `Queue OpenAPI for ${modelId}`,
      version: "1.0.0",
      description: `The OpenAPI schema for the ${modelId} queue, served by Parlante.`,
      "x-fal-metadata": {
        endpointId: modelId,
        category: MODEL_FACTS.category,
        thumbnailUrl: "",
        playgroundUrl: `${addresses.site}/models/${modelId}`,
        documentationUrl: `${addresses.site}/models/${modelId}/api`,
      },
    },
    components: {
      securitySchemes: {
        apiKeyAuth: { type: "apiKey", in: "header", name: "Authorization", description: "Fal Key" },
      },
      schemas: {
        QueueStatus: queueStatusSchema(),
        [`${name}Input`]: input,
        [`${name}Output`]: outputSchema(`${name}Output`, addresses),
        AvatarIVBackground: background,
        File: fileSchema(),
      },
    },
    paths: queuePaths(modelId, name),
    servers: [{ url: addresses.queue }],
    security: [{ apiKeyAuth: [] }],
  };
}

/** `HeygenAvatar4ImageToVideo` of `fal-ai/heygen/avatar4/image-to-video`. */
export function componentName(modelId: string): string {
  return modelId
    .split("/")
    .slice(1)
    .flatMap((segment) => segment.split("-"))
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join("");
}

function inputComponents(
  schema: JsonSchema,
  voices: readonly string[],
  title: string,
): { input: OpenApiSchema; background: OpenApiSchema } {
  const { properties = {}, required, ...rest } = toOpenApiSchema(schema);
  const converted = { ...(properties as Record<string, OpenApiSchema>) };
  for (const name of FILE_FIELDS)
    if (converted[name] !== undefined) converted[name] = { ...converted[name], ui: { field: "file" } };
  if (converted.voice !== undefined) converted.voice = { ...converted.voice, enum: voices };
  const { description, title: fieldTitle = "Background", ...given } = converted.background ?? {};
  const { nullable, "x-parlante-extra": _, ...background } = given;
  converted.background = {
    title: fieldTitle,
    description,
    allOf: [{ $ref: "#/components/schemas/AvatarIVBackground" }],
    ...(nullable === true ? { nullable } : {}),
  };
  return {
    input: {
      ...rest,
      title,
      type: "object",
      properties: converted,
      "x-fal-order-properties": Object.keys(converted),
      required,
    },
    background: {
      title: "AvatarIVBackground",
      ...background,
      "x-fal-order-properties": Object.keys((background.properties as object | undefined) ?? {}),
    },
  };
}

function outputSchema(title: string, { files }: DocumentAddresses): OpenApiSchema {
  const file = (name: string, description: string, example: unknown): OpenApiSchema => ({
    title: titleOf(name),
    description,
    allOf: [{ $ref: "#/components/schemas/File" }],
    examples: [example],
  });
  const properties = {
    video: file("video", "The generated video.", sampleOutput(files).video),
    ...Object.fromEntries(
      extraOutputFields(files).map(({ name, output, description, example }) => [
        name,
        {
          ...file(name, `${description} Only there when \`extra_outputs\` names "${output}".`, example),
          "x-parlante-extra": true,
        },
      ]),
    ),
  };
  return {
    title,
    type: "object",
    properties,
    "x-fal-order-properties": Object.keys(properties),
    required: ["video"],
  };
}

function fileSchema(): OpenApiSchema {
  const properties = {
    url: { type: "string", description: "The URL where the file can be downloaded from." },
    content_type: { type: "string", description: "The mime type of the file.", examples: ["video/mp4"] },
    file_name: { type: "string", description: "The name of the file.", examples: ["output.mp4"] },
    file_size: { type: "integer", description: "The size of the file in bytes.", examples: [2_466_524] },
    file_data: {
      type: "string",
      format: "binary",
      writeOnly: true,
      description: "File data. Of the hosted service; never in answers.",
    },
  };
  const named = Object.entries(properties).map(([name, schema]) => [
    name,
    { title: titleOf(name), ...schema },
  ]);
  return {
    title: "File",
    type: "object",
    properties: Object.fromEntries(named),
    "x-fal-order-properties": Object.keys(properties),
    required: ["url"],
  };
}

function queueStatusSchema(): OpenApiSchema {
  return {
    title: "QueueStatus",
    type: "object",
    properties: {
      status: { type: "string", enum: ["IN_QUEUE", "IN_PROGRESS", "COMPLETED"] },
      request_id: { type: "string", description: "The request id." },
      response_url: { type: "string", description: "The response url." },
      status_url: { type: "string", description: "The status url." },
      cancel_url: { type: "string", description: "The cancel url." },
      logs: {
        type: "array",
        nullable: true,
        description: "The logs, where asked for.",
        items: {
          type: "object",
          properties: {
            message: { type: "string" },
            level: { type: "string", enum: ["STDERR", "STDOUT", "ERROR", "INFO", "WARN", "DEBUG"] },
            source: { type: "string", enum: ["USER"] },
            timestamp: { type: "string", format: "date-time" },
          },
          required: ["message", "level", "source", "timestamp"],
        },
      },
      metrics: {
        type: "object",
        description: "The metrics, e.g. inference_time in seconds.",
        properties: { inference_time: { type: "number", nullable: true } },
      },
      live_url: {
        type: "string",
        description:
          "Where the video can be played while it is made; only until it is finished, and when `progressive` was asked for.",
        "x-parlante-extra": true,
      },
      queue_position: { type: "integer", description: "The queue position: how many requests are ahead." },
      error: { type: "string", description: "What went wrong, when the request failed." },
      error_type: { type: "string", description: "The type of that error." },
    },
    required: ["status", "request_id"],
  };
}

function queuePaths(modelId: string, name: string): Readonly<Record<string, unknown>> {
  const requestId = {
    name: "request_id",
    in: "path",
    required: true,
    schema: { type: "string", description: "Request ID" },
  };
  const json = (description: string, schema: OpenApiSchema): Readonly<Record<string, unknown>> => ({
    200: { description, content: { "application/json": { schema } } },
  });
  const ref = (component: string): OpenApiSchema => ({ $ref: `#/components/schemas/${component}` });
  return {
    [`/${modelId}`]: {
      post: {
        operationId: "submit",
        summary: "Put a request into the queue.",
        requestBody: { required: true, content: { "application/json": { schema: ref(`${name}Input`) } } },
        responses: json("The request status.", ref("QueueStatus")),
      },
    },
    [`/${modelId}/requests/{request_id}`]: {
      get: {
        operationId: "result",
        summary: "The result of a completed request.",
        parameters: [requestId],
        responses: json("Result of the request.", ref(`${name}Output`)),
      },
    },
    [`/${modelId}/requests/{request_id}/status`]: {
      get: {
        operationId: "status",
        summary: "How far a request is.",
        parameters: [
          requestId,
          {
            name: "logs",
            in: "query",
            required: false,
            schema: {
              type: "number",
              description: "Whether to include logs (`1`) in the response or not (`0`).",
            },
          },
        ],
        responses: json("The request status.", ref("QueueStatus")),
      },
    },
    [`/${modelId}/requests/{request_id}/live.mp4`]: {
      get: {
        operationId: "live",
        summary: "The video of a request that asked for `progressive`, while it is made.",
        "x-parlante-extra": true,
        parameters: [requestId],
        responses: {
          200: {
            description: "The video from its beginning, as it grows. The connection breaks when it fails.",
            content: { "video/mp4": { schema: { type: "string", format: "binary" } } },
          },
          302: { description: "It is finished: where it is." },
          503: { description: "It has not begun within 50 s. Ask again." },
        },
      },
    },
    [`/${modelId}/requests/{request_id}/cancel`]: {
      put: {
        operationId: "cancel",
        summary: "Stop a request.",
        parameters: [requestId],
        responses: {
          ...json("The request was cancelled.", {
            type: "object",
            properties: {
              success: { type: "boolean", description: "Whether the request was cancelled successfully." },
            },
          }),
          // The newer prose of the hosted service, and what is sent here.
          202: {
            description: "The request will be cancelled.",
            content: {
              "application/json": {
                schema: {
                  type: "object",
                  properties: { status: { type: "string", enum: ["CANCELLATION_REQUESTED"] } },
                },
              },
            },
          },
        },
      },
    },
  };
}
