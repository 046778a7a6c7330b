import { randomBytes } from "node:crypto";
import type { Logger } from "pino";
import { type Database, readSecret, startJobBoard } from "../database/index.js";
import { createFileLibrary, type FileLibrary } from "../files/index.js";
import type { TalkBoard, WebhookOutbox } from "../queue/index.js";
import { programVersion } from "../shared/program-version.js";
import type { ObjectStore } from "../storage/index.js";
import { createWebhookOutbox } from "../webhooks/index.js";
import { openStore } from "./open-store.js";
import { openRecordsOf } from "./records.js";
import type { ServerSettings } from "./settings.js";

/** Bytes of the secret that signs URLs and tokens. */
const SECRET_BYTES = 32;
const BYTES_PER_MB = 1e6;

/** What every process of a server has, whatever its role. */
export type Parts = {
  readonly settings: ServerSettings;
  readonly logger: Logger;
  readonly database: Database;
  readonly board: TalkBoard;
  /** Signs URLs and tokens; the same for all processes. */
  readonly secret: Buffer;
  readonly store: ObjectStore;
  readonly files: FileLibrary;
  readonly webhooks: WebhookOutbox;
  readonly keepPayloadsDays: number;
  readonly version: string;
  /** Lets everything go, in the right order. */
  close(): Promise<void>;
};

/** Opens what every process needs. */
export async function openParts(settings: ServerSettings, role: string, logger: Logger): Promise<Parts> {
  const records = await openRecordsOf(settings, `parlante-${role}`, logger);
  const { database } = records;
  const board = await startJobBoard(database, { supervise: true, logger }).catch(async (error: unknown) => {
    await records.close();
    throw error;
  });
  let store: ObjectStore | undefined;
  const close = async (): Promise<void> => {
    await board.stop({ graceful: false });
    await store?.close();
    await records.close();
  };
  try {
    const secret = await readSecret(database, "signing", () => randomBytes(SECRET_BYTES));
    store = openStore(settings);
    const files = createFileLibrary({
      database,
      store,
      secret,
      keepFilesDays: settings.keepFilesDays,
      urlLifetime: settings.urlLifetime,
      maxUploadBytes: settings.maxUploadMb * BYTES_PER_MB,
      logger,
    });
    return {
      settings,
      logger,
      database,
      board,
      secret,
      store,
      files,
      webhooks: createWebhookOutbox({ board }),
      keepPayloadsDays: settings.keepPayloadsDays,
      version: programVersion(),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
