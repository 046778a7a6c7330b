import { createReadStream, createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { addAbortSignal, Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { S3Client } from "@aws-sdk/client-s3";
import { CapacityError, ParlanteError } from "../shared/errors.js";
import { asCancelled, ByteLimit, keepErrors } from "./byte-limit.js";
import { asStorageError, storageFull } from "./disk-errors.js";
import { joinByCopying } from "./join-objects.js";
import { checkedObjectKey } from "./object-key.js";
import type { ByteRange, ObjectFacts, ObjectStore } from "./object-store.js";

/** Pieces of a multipart upload; two are in memory at a time. S3 takes no smaller ones. */
const PART_BYTES = 8 * 1024 * 1024;
const PARTS_AT_ONCE = 2;
/** More parts S3 does not take. */
const MAX_PARTS = 10_000;
/** When a multipart upload was begun is all that S3 tells: no write of ours takes longer. */
const ABANDONED_MS = 24 * 3_600_000;
const CANNOT_LIST = new Set(["NotImplemented", "AccessDenied", "MethodNotAllowed"]);

/** Where a bucket is, and how it is reached. */
export type S3Settings = {
  readonly bucket: string;
  readonly region: string;
  /** Address of an S3 server; null: Amazon's. */
  readonly endpoint: string | null;
  /** Null: as the AWS SDK finds them, e.g. the role of the machine. */
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  } | null;
  /** Bucket in the path instead of the host name. */
  readonly pathStyle: boolean;
  /** In front of every key. @defaultValue `"parlante/"`, so that the bucket can be shared */
  readonly prefix?: string;
};

type Sdk = typeof import("@aws-sdk/client-s3") & {
  readonly Upload: typeof import("@aws-sdk/lib-storage").Upload;
  readonly client: S3Client;
};

/** Keeps objects in an S3 bucket. The AWS SDK is loaded when it is first needed. */
export function createS3ObjectStore(settings: S3Settings): ObjectStore {
  let loading: Promise<Sdk> | undefined;
  const connect = () => {
    loading ??= loadSdk(settings);
    return loading;
  };
  const prefix = settings.prefix ?? "parlante/";
  const at = (key: string) => ({ Bucket: settings.bucket, Key: prefix + checkedObjectKey(key) });

  const store: ObjectStore = {
    kind: "s3",
    put: async (key, content, options) => {
      keepErrors(content);
      return upload(await connect(), at(key), content, options);
    },
    putFile: async (key, path, { contentType }) =>
      upload(await connect(), at(key), createReadStream(path), {
        contentType,
        maxBytes: Number.MAX_SAFE_INTEGER,
      }),
    head: async (key) => {
      const { client, HeadObjectCommand } = await connect();
      const found = await unlessMissing(client.send(new HeadObjectCommand(at(key))));
      return found && { sizeBytes: found.ContentLength ?? 0 };
    },
    open: async (key, range) => download(await connect(), at(key), range),
    copyToFile: async (key, path, signal) => {
      const content = await download(await connect(), at(key));
      if (content === null) return false;
      try {
        await pipeline(content, createWriteStream(path, { flags: "wx" }), signal ? { signal } : {});
      } catch (error) {
        await rm(path, { force: true });
        throw asStorageError(asCancelled(error, signal));
      }
      return true;
    },
    delete: async (key) => {
      const { client, DeleteObjectCommand } = await connect();
      await unlessMissing(client.send(new DeleteObjectCommand(at(key))));
    },
    join: (parts, key, options) => joinByCopying(store, parts, key, options),
    sweepLeftovers: async (now) =>
      abortOlder(await connect(), settings.bucket, prefix, new Date(now.getTime() - ABANDONED_MS)),
    check: () => check(connect, at("checks/writable"), settings.bucket),
    close: async () => {
      (await loading?.catch(() => undefined))?.client.destroy();
      loading = undefined;
    },
  };
  return store;
}

async function loadSdk(settings: S3Settings): Promise<Sdk> {
  const [s3, { Upload }] = await Promise.all([import("@aws-sdk/client-s3"), import("@aws-sdk/lib-storage")]);
  const client = new s3.S3Client({
    region: settings.region,
    forcePathStyle: settings.pathStyle,
    // Servers other than Amazon's often do not know the newer checksums.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    requestHandler: {
      connectionTimeout: 5_000,
      // A viewer that pauses for longer asks for the rest again.
      socketTimeout: 300_000,
      httpAgent: { maxSockets: 256 },
      httpsAgent: { maxSockets: 256 },
    },
    ...(settings.endpoint === null ? {} : { endpoint: settings.endpoint }),
    ...(settings.credentials === null ? {} : { credentials: settings.credentials }),
  });
  return { ...s3, Upload, client };
}

type Place = { readonly Bucket: string; readonly Key: string };

/** Streams into the bucket. What a failure leaves of a multipart upload is aborted. */
async function upload(
  { Upload, client }: Sdk,
  place: Place,
  content: Readable,
  options: { contentType: string; maxBytes: number; signal?: AbortSignal },
): Promise<ObjectFacts> {
  const { signal, maxBytes, contentType } = options;
  const limit = new ByteLimit(maxBytes);
  // The first thing that went wrong with the content itself; what follows from a failure of the store is none.
  let contentError: unknown = content.errored ?? undefined;
  const measured = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      try {
        limit.add(chunk.length);
        done(null, chunk);
      } catch (error) {
        contentError ??= error;
        done(error as Error);
      }
    },
  });
  content.once("error", (error) => {
    if (!measured.destroyed) contentError ??= error;
  });
  if (signal) addAbortSignal(signal, content);
  const flowing = pipeline(content, measured).catch(() => {
    // Seen above, or by who reads `measured`.
  });
  const partSize = Math.max(PART_BYTES, Math.ceil(Math.min(maxBytes, 5e12) / MAX_PARTS));
  const sending = new Upload({
    client,
    params: { ...place, Body: measured, ContentType: contentType },
    partSize: maxBytes === Number.MAX_SAFE_INTEGER ? PART_BYTES : partSize,
    queueSize: PARTS_AT_ONCE,
    leavePartsOnError: false,
  });
  try {
    await sending.done();
    return { sizeBytes: limit.bytes };
  } catch (error) {
    if (contentError !== undefined) throw asStorageError(asCancelled(contentError, signal));
    if ((error as NodeJS.ErrnoException).code === "ERR_STREAM_PREMATURE_CLOSE")
      throw asCancelled(error, signal);
    throw asS3Error(error);
  } finally {
    content.destroy();
    measured.destroy();
    await flowing;
  }
}

async function download(
  { client, GetObjectCommand }: Sdk,
  place: Place,
  range?: ByteRange,
): Promise<Readable | null> {
  if (range !== undefined && range.end <= range.start) return Readable.from([]);
  const found = await unlessMissing(
    client.send(
      new GetObjectCommand({
        ...place,
        ...(range === undefined ? {} : { Range: `bytes=${range.start}-${range.end - 1}` }),
      }),
    ),
  );
  if (found === null) return null;
  if (!(found.Body instanceof Readable)) throw new TypeError("The AWS SDK gave no Node.js stream.");
  return found.Body;
}

/** Multipart uploads of a process that died take up room, unseen, until they are aborted. */
async function abortOlder(sdk: Sdk, bucket: string, prefix: string, begunBefore: Date): Promise<number> {
  const { client, ListMultipartUploadsCommand, AbortMultipartUploadCommand } = sdk;
  let aborted = 0;
  let after: { KeyMarker?: string; UploadIdMarker?: string } = {};
  for (;;) {
    const page = await client
      .send(new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: prefix, ...after }))
      .catch((error: unknown) => {
        // Some servers cannot list them, and some keys may not; the bucket then needs a rule for such leftovers.
        if (CANNOT_LIST.has((error as Error).name)) return null;
        throw asS3Error(error);
      });
    for (const { Key, UploadId, Initiated } of page?.Uploads ?? []) {
      if (Key === undefined || UploadId === undefined || !Initiated || Initiated >= begunBefore) continue;
      await unlessMissing(client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId })));
      aborted++;
    }
    if (!page?.IsTruncated || page.NextKeyMarker === undefined) return aborted;
    after = {
      KeyMarker: page.NextKeyMarker,
      ...(page.NextUploadIdMarker === undefined ? {} : { UploadIdMarker: page.NextUploadIdMarker }),
    };
  }
}

async function check(
  connect: () => Promise<Sdk>,
  place: Place,
  bucket: string,
): ReturnType<ObjectStore["check"]> {
  try {
    const { client, PutObjectCommand } = await connect();
    await client.send(new PutObjectCommand({ ...place, Body: "x" }));
    return { ok: true };
  } catch (error) {
    return {
      ok: false,
      reason: `S3 bucket ${bucket}: ${(error as Error).name}: ${(error as Error).message}`,
    };
  }
}

async function unlessMissing<Result>(work: Promise<Result>): Promise<Result | null> {
  try {
    return await work;
  } catch (error) {
    const { name } = error as Error;
    if (name === "NoSuchKey" || name === "NotFound" || name === "NoSuchUpload") return null;
    throw asS3Error(error);
  }
}

function asS3Error(error: unknown): unknown {
  if (error instanceof ParlanteError) return error;
  const { name, $metadata } = error as { name?: string; $metadata?: { httpStatusCode?: number } };
  if ($metadata?.httpStatusCode === 507 || name === "QuotaExceeded" || name === "XMinioStorageFull")
    return storageFull(error);
  return new CapacityError(
    "storage_unavailable",
    `The server cannot reach its object store at the moment (${name ?? "no answer"}). Try again; its operator can check bucket, credentials and AWS_ENDPOINT_URL_S3.`,
    503,
    { cause: error },
  );
}
