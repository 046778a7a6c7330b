import { join } from "node:path";
import { createDiskObjectStore, createS3ObjectStore, type ObjectStore } from "../storage/index.js";
import type { ServerSettings } from "./settings.js";

/** The place where the settings say that files are kept. */
export function openStore(settings: ServerSettings): ObjectStore {
  if (settings.s3Bucket === null)
    return createDiskObjectStore({ directory: join(settings.dataDir, "files") });
  const { s3AccessKeyId, s3SecretAccessKey, s3SessionToken } = settings;
  return createS3ObjectStore({
    bucket: settings.s3Bucket,
    region: settings.s3Region,
    endpoint: settings.s3Endpoint,
    credentials:
      s3AccessKeyId === null || s3SecretAccessKey === null
        ? null
        : {
            accessKeyId: s3AccessKeyId,
            secretAccessKey: s3SecretAccessKey,
            ...(s3SessionToken === null ? {} : { sessionToken: s3SessionToken }),
          },
    pathStyle: settings.s3PathStyle ?? settings.s3Endpoint !== null,
  });
}
