import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ObjectStore } from "./object-store.js";
import { createS3ObjectStore } from "./s3-object-store.js";

// The S3 server of the other tests knows neither the abortion nor the list of multipart uploads: the few answers that
// matter here, as the S3 API Reference gives them.
const HOUR_MS = 3_600_000;
const LIST = (uploads: readonly { key: string; id: string; begun: Date }[]) =>
  `<?xml version="1.0" encoding="UTF-8"?><ListMultipartUploadsResult><IsTruncated>false</IsTruncated>${uploads
    .map(
      ({ key, id, begun }) =>
        `<Upload><Key>${key}</Key><UploadId>${id}</UploadId><Initiated>${begun.toISOString()}</Initiated></Upload>`,
    )
    .join("")}</ListMultipartUploadsResult>`;
const STARTED =
  "<InitiateMultipartUploadResult><UploadId>upload-1</UploadId></InitiateMultipartUploadResult>";
const REFUSED = "<Error><Code>AccessDenied</Code><Message>no</Message></Error>";

let server: Server;
let store: ObjectStore;
let asked: string[];
let list: { status: number; body: string };
beforeEach(async () => {
  asked = [];
  server = createServer((incoming, outgoing) => {
    const { pathname, searchParams } = new URL(incoming.url!, "http://s3");
    asked.push(`${incoming.method} ${pathname}?${searchParams}`);
    incoming.resume().on("end", () => {
      const [status, body] =
        incoming.method === "POST"
          ? [200, STARTED]
          : incoming.method === "DELETE"
            ? [204, ""]
            : incoming.method === "PUT"
              ? [403, REFUSED]
              : [list.status, list.body];
      outgoing.writeHead(status as number, { "content-type": "application/xml" }).end(body);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  store = createS3ObjectStore({
    bucket: "films",
    region: "us-east-1",
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    credentials: { accessKeyId: "a", secretAccessKey: "b" },
    pathStyle: true,
  });
});
afterEach(async () => {
  await store.close();
  server.closeAllConnections();
  server.close();
});
const aborted = () => asked.filter((line) => line.startsWith("DELETE"));

describe("multipart uploads to S3 that came to nothing", () => {
  it("are aborted when the upload fails", async () => {
    const content = Readable.from([randomBytes(9_000_000), randomBytes(9_000_000)], { objectMode: false });
    const put = store.put("a/b", content, { contentType: "video/mp4", maxBytes: 1e9 });
    await expect(put).rejects.toMatchObject({ code: "storage_unavailable", status: 503 });
    expect(aborted()).toEqual([
      expect.stringMatching(/^DELETE \/films\/parlante\/a\/b\?.*uploadId=upload-1/),
    ]);
    expect(content.destroyed).toBe(true);
  });

  it("are aborted when their process died a day ago, and only then", async () => {
    const now = new Date();
    const ago = (hours: number) => new Date(now.getTime() - hours * HOUR_MS);
    list = {
      status: 200,
      body: LIST([
        { key: "parlante/uploads/aa/old", id: "old", begun: ago(25) },
        { key: "parlante/uploads/aa/young", id: "young", begun: ago(23) },
      ]),
    };
    expect(await store.sweepLeftovers(now)).toBe(1);
    expect(asked[0]).toContain("prefix=parlante%2F");
    expect(aborted()).toEqual([
      expect.stringMatching(/^DELETE \/films\/parlante\/uploads\/aa\/old\?.*uploadId=old/),
    ]);
  });

  it("are left to the rules of the bucket when they may not be listed", async () => {
    list = { status: 403, body: REFUSED };
    expect(await store.sweepLeftovers(new Date())).toBe(0);
  });
});
