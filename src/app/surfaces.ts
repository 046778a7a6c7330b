import { Hono } from "hono";
import type { CallerDirectory } from "../keys/index.js";
import { createLiveVideos, type TalkQueue } from "../queue/index.js";
import { talkRequestJsonSchema } from "../request/index.js";
import {
  createBodySpace,
  createDocuments,
  createFilesSurface,
  createJwksRoutes,
  createPlatformSurface,
  createQueueSurface,
  createRunSurface,
  createSiteSurface,
  createStorageRoutes,
  createTokenRoutes,
  MODEL_ID,
  type Operations,
  type Surface,
  type SurfaceApp,
  type SurfaceEnvironment,
} from "../server/index.js";
import { HOSTED_VOICE_NAMES, VOICE_NAMES } from "../speech/index.js";
import { createWebhookLog, type SigningKey } from "../webhooks/index.js";
import type { Parts } from "./parts.js";
import { describeSettings, workspacesOf } from "./settings.js";

/** What the surfaces share besides the parts of every process. */
export type SurfaceParts = {
  readonly queue: TalkQueue;
  readonly callers: CallerDirectory;
  readonly operations: Operations;
  readonly signingKey: SigningKey;
};

/** Makes the faces of the hosted service, each with what it needs and no more. */
export function makeSurfaces(parts: Parts, shared: SurfaceParts): Record<Surface, SurfaceApp> {
  const { settings, database, board, files, version } = parts;
  const { queue, callers, operations, signingKey } = shared;
  const documents = createDocuments({
    modelId: MODEL_ID,
    inputSchema: talkRequestJsonSchema(),
    voices: HOSTED_VOICE_NAMES,
    otherVoices: VOICE_NAMES.filter((name) => !HOSTED_VOICE_NAMES.includes(name)),
    pricePerSecond: settings.pricePerSecond,
    settings: describeSettings(),
    version,
  });
  const intake = {
    queue,
    callers,
    files,
    inputs: { extract: (body: unknown, keyId: string) => files.extractInputs(body, keyId) },
    bodySpace: createBodySpace(),
  };
  const jwks = createJwksRoutes(signingKey.publicKey);
  const rest: SurfaceApp = new Hono<SurfaceEnvironment>();
  for (const routes of [createStorageRoutes(files), createTokenRoutes(callers), jwks])
    rest.route("/", routes);
  const site: SurfaceApp = new Hono<SurfaceEnvironment>();
  for (const routes of [createSiteSurface({ documents, operations }), jwks]) site.route("/", routes);
  return {
    run: createRunSurface(intake),
    queue: createQueueSurface({
      ...intake,
      liveVideos: createLiveVideos(workspacesOf(settings)),
      allowsHttpWebhooks: settings.allowsPrivateWebhooks,
    }),
    rest,
    files: createFilesSurface(files),
    platform: createPlatformSurface({
      database,
      webhooks: createWebhookLog({ database, board }),
      files,
      pricePerSecond: settings.pricePerSecond,
      openApi: (base) => documents.openApi(base),
      deleteOutputs: (requestId, fileBase) => files.deleteOutputs(requestId, fileBase),
      version,
    }),
    site,
  };
}
