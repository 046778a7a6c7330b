import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { AssetError, CancelledError } from "../shared/errors.js";
import { type Asset, type LoadAssetOptions, loadAsset } from "./index.js";

const field = ["image_url"];

function load(source: string, options: Partial<LoadAssetOptions> = {}): Promise<Asset> {
  return loadAsset(source, { field, allowLocalPaths: false, ...options });
}

async function refusal(source: string, options: Partial<LoadAssetOptions> = {}): Promise<AssetError> {
  const error = await load(source, options).then(
    () => new Error("The source was accepted."),
    (reason: unknown) => reason,
  );
  if (!(error instanceof AssetError)) throw error;
  expect(error.details.field).toEqual(field);
  expect(error.message).toMatch(/^(?:[A-Z]|\/).*\.$/s);
  return error;
}

const textOf = (asset: Asset) => Buffer.from(asset.bytes).toString("utf8");

describe("data URIs", () => {
  it.each([
    ["data:text/plain;base64,SGVsbG8=", "Hello"],
    ["data:text/plain;charset=utf-8;base64,SGVsbG8=", "Hello"],
    ["DATA:;BASE64,SGVsbG8", "Hello"],
    ["data:;base64,SGVs\r\nbG8=", "Hello"],
    ["data:;base64,SGVsbG8%3D", "Hello"],
    ["data:;base64,_-8", Buffer.from([0xff, 0xef]).toString("utf8")],
    ["data:,Hello%20world%21", "Hello world!"],
    ["data:text/plain,%C3%BCber", "über"],
    ["data:,über", "über"],
    ["data:,", ""],
  ])("%s", async (uri, text) => {
    expect(textOf(await load(uri))).toBe(text);
  });

  it.each([
    "data:",
    "data:image/png;base64",
    "data:;base64,@@@",
    "data:;base64,AAAAA",
    "data:;base64,AA=A",
    "data:,%4",
  ])("%s is malformed", async (uri) => {
    const error = await refusal(uri);
    expect(error.code).toBe("file_download_error");
    expect(error.message).toContain("base64");
  });

  it.each(["data:;base64,", "data:,"])("%s… is limited in size before it is decoded", async (start) => {
    expect((await load(start + "A".repeat(100), { maxBytes: 100 })).bytes.length).toBeLessThanOrEqual(100);
    const error = await refusal(start + "A".repeat(400), { maxBytes: 100 });
    expect(error).toMatchObject({ code: "file_too_large", details: { context: { max_size: 100 } } });
    expect(String(error.details.input).length).toBeLessThan(60);
  });

  it("any bytes come through, in base64 and percent spelling", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 64 }), async (bytes) => {
        const percent = [...bytes].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
        for (const uri of [
          `data:image/png;base64,${Buffer.from(bytes).toString("base64")}`,
          `data:;base64,${Buffer.from(bytes).toString("base64url")}`,
          `data:image/png,${percent}`,
        ]) {
          const asset = await load(uri);
          expect(Buffer.from(asset.bytes).equals(bytes)).toBe(true);
        }
      }),
    );
  });
});

describe("local files", () => {
  const directory = mkdtempSync(join(tmpdir(), "parlante-assets-"));
  const path = join(directory, "a file:1.txt");
  writeFileSync(path, "Hello");
  afterAll(() => rmSync(directory, { recursive: true }));

  it("are read where paths are allowed, also as file: URLs", async () => {
    for (const source of [path, pathToFileURL(path).href]) {
      const asset = await load(source, { allowLocalPaths: true });
      expect(textOf(asset)).toBe("Hello");
      expect(asset.sha256).toBe("185f8db32271fe25f561a6fc938b2e264306ec304eda518007d1764826381969");
    }
  });

  it.each([path, pathToFileURL(path).href, "photo.png", "../../etc/passwd", "C:\\photo.png"])(
    "are never read otherwise: %s",
    async (source) => {
      const error = await refusal(source);
      expect(error.code).toBe("file_download_error");
      expect(error.message).toContain("http(s) URL");
    },
  );

  it.each([
    ["no-such-file.png", "no such file"],
    [directory, "not a regular file"],
    ["/dev/zero", "not a regular file"],
    ["a\0b", "zero byte"],
    ["file://other-host/a.png", "no file of this machine"],
  ])("%j: %s", async (source, reason) => {
    const error = await refusal(source, { allowLocalPaths: true });
    expect(error.code).toBe("file_download_error");
    expect(error.message).toContain(reason);
  });

  it.skipIf(process.platform === "win32")("a pipe without a writer is refused, not waited for", async () => {
    const pipe = join(directory, "pipe");
    execFileSync("mkfifo", [pipe]);
    expect((await refusal(pipe, { allowLocalPaths: true })).message).toContain("not a regular file");
  });

  it("a link to a file is followed, a loop of links is refused", async () => {
    symlinkSync(path, join(directory, "link"));
    symlinkSync(join(directory, "loop"), join(directory, "loop"));
    expect(textOf(await load(join(directory, "link"), { allowLocalPaths: true }))).toBe("Hello");
    await refusal(join(directory, "loop"), { allowLocalPaths: true });
  });

  it("are limited in size", async () => {
    const error = await refusal(path, { allowLocalPaths: true, maxBytes: 4 });
    expect(error).toMatchObject({ code: "file_too_large", details: { context: { max_size: 4 } } });
  });

  it("stand in for sources that are here already, exactly as they are written, and for no others", async () => {
    const source = "https://our.example/files/a%20b.txt?signature=1";
    const localCopies = { [source]: path };
    const asset = await load(source, { localCopies });
    expect(textOf(asset)).toBe("Hello");
    expect(asset.origin).toBe("https://our.example/files/a%20b.txt");
    await refusal(path, { localCopies });
    await refusal("constructor", { localCopies });
  });

  it("are not named in errors about what they stand in for", async () => {
    const source = "own-file:1";
    const missing = await refusal(source, { localCopies: { [source]: `${path}.missing` } });
    const large = await refusal(source, { localCopies: { [source]: path }, maxBytes: 4 });
    for (const error of [missing, large]) {
      expect(error.details.input).toBe(source);
      expect(error.message).not.toContain(directory);
    }
  });
});

describe("links that a stranger may not use", () => {
  it.each([
    "http://127.0.0.1/",
    "http://localhost/",
    "https://[::1]/",
    "http://2130706433/",
    "http://0x7f.1/",
    "http://017700000001/",
    "http://127.1/",
    "http://0/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://169.254.169.254/latest/meta-data",
    "http://192.0.2.1/",
    "http://[2001:db8::1]/",
  ])("%s leads to a private address", async (url) => {
    const error = await refusal(url);
    expect(error.code).toBe("file_download_error");
    expect(error.message).toContain("private address");
    expect(error.retryable).toBe(false);
  });

  it.each([
    "ftp://192.0.2.1/a.png",
    "gopher://192.0.2.1/",
    "javascript:alert(1)",
    "file:///etc/passwd",
    "about:blank",
  ])("%s is no http(s) URL", async (url) => expect((await refusal(url)).message).toContain("http(s) URL"));

  it.each(["http://", "http://[::1", "http://a b/"])("%s is no URL", async (url) => {
    expect((await refusal(url)).message).toContain("valid URL");
  });

  it("a user name or password in the link is refused, and not repeated", async () => {
    const error = await refusal("http://someone:secret@192.0.2.1/");
    expect(error.message).toContain("password");
    expect(JSON.stringify([error.message, error.details])).not.toContain("secret");
  });
});

describe("downloads", () => {
  const servers: Server[] = [];
  let base = "";
  let hits: string[] = [];

  const routes: Record<string, RequestListener> = {
    "/photo": (_, response) => response.end("picture"),
    "/empty": (_, response) => response.end(),
    "/missing": (_, response) => response.writeHead(404).end("no"),
    "/broken-server": (_, response) => response.writeHead(503).end(),
    "/partial": (_, response) => response.writeHead(206).end("pic"),
    "/redirect": (_, response) => response.writeHead(302, { location: "/photo" }).end("moved"),
    "/to-private": (_, response) => response.writeHead(302, { location: "http://192.168.0.1/" }).end(),
    "/to-file": (_, response) => response.writeHead(301, { location: "file:///etc/passwd" }).end(),
    "/to-nonsense": (_, response) => response.writeHead(302, { location: "http://[" }).end(),
    "/loop": (_, response) => response.writeHead(307, { location: "/loop" }).end(),
    "/huge-claim": (_, response) => response.writeHead(200, { "content-length": "5000000000" }).end("x"),
    "/endless": (_, response) => {
      const timer = setInterval(() => response.write(Buffer.alloc(65536)), 1);
      response.on("close", () => clearInterval(timer));
    },
    "/silent": () => {},
    "/stalls": (_, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("x");
    },
    "/cut": (_, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("x", () => response.destroy());
    },
    "/gzip": (_, response) =>
      response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync("picture")),
    "/bomb": (_, response) =>
      response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(Buffer.alloc(20_000_000))),
    "/bad-gzip": (_, response) => response.writeHead(200, { "content-encoding": "gzip" }).end("picture"),
    "/zstd": (_, response) => response.writeHead(200, { "content-encoding": "zstd" }).end("picture"),
  };

  beforeAll(async () => {
    const server = createServer((request, response) => {
      const path = request.url ?? "/";
      hits.push(path);
      const route = routes[path.split("?")[0]!];
      if (route) route(request, response);
      else response.writeHead(500).end();
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    hits = [];
  });
  afterAll(() => {
    for (const server of servers) server.closeAllConnections();
    for (const server of servers) server.close();
  });

  const here = { allowPrivateHosts: true };

  it.each(["/photo", "/redirect", "/gzip"])("%s brings the bytes", async (path) => {
    expect(textOf(await load(base + path, here))).toBe("picture");
  });

  it("an empty answer is an empty file", async () => {
    expect((await load(`${base}/empty`, here)).bytes).toHaveLength(0);
  });

  it.each([
    ["/missing", "404", false],
    ["/broken-server", "503", true],
    ["/partial", "206", false],
    ["/to-file", '"file:"', false],
    ["/to-nonsense", "no URL", false],
    ["/loop", "more than 5 times", false],
    ["/cut", "the host", true],
    ["/bad-gzip", "damaged", false],
    ["/zstd", "compression", false],
  ])("%s is refused: %s", async (path, reason, retryable) => {
    const error = await refusal(base + path, here);
    expect(error.code).toBe("file_download_error");
    expect(error.message).toContain(reason);
    expect(error.retryable).toBe(retryable);
  });

  it("a loop of redirects ends after five", async () => {
    await refusal(`${base}/loop`, here);
    expect(hits).toHaveLength(6);
  });

  it.each(["/huge-claim", "/endless", "/bomb"])("%s stops at the limit", async (path) => {
    const started = performance.now();
    const error = await refusal(base + path, { ...here, maxBytes: 1_000_000 });
    expect(error).toMatchObject({ code: "file_too_large", details: { context: { max_size: 1_000_000 } } });
    expect(performance.now() - started).toBeLessThan(5000);
  });

  it.each(["/silent", "/stalls", "/endless"])("%s is given up after the time allowed", async (path) => {
    const started = performance.now();
    const error = await refusal(base + path, { ...here, timeoutMs: 300, maxBytes: 1e12 });
    expect(error.message).toContain("0.3 s");
    expect(error.retryable).toBe(true);
    expect(performance.now() - started).toBeLessThan(3000);
  });

  it("cancelling ends a download at once", async () => {
    const controller = new AbortController();
    const promise = load(`${base}/stalls`, { ...here, signal: controller.signal });
    setTimeout(() => controller.abort(), 50);
    await expect(promise).rejects.toBeInstanceOf(CancelledError);
  });

  it("the query of a link, which may hold a signature, is not repeated", async () => {
    const error = await refusal(`${base}/missing?signature=secret`, here);
    expect(JSON.stringify([error.message, error.details])).not.toContain("secret");
    expect((await load(`${base}/photo?signature=secret`, here)).origin).toBe(`${base}/photo`);
  });

  it("a stranger's link to this server is refused before anything is sent", async () => {
    await refusal(`${base}/photo`);
    await refusal(base.replace("127.0.0.1", "localhost"));
    expect(hits).toEqual([]);
  });

  it("a refused connection says so", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    expect((await refusal(`http://127.0.0.1:${port}/`, here)).message).toContain("refuses the connection");
  });
});

it("is not even begun when already cancelled", async () => {
  await expect(load("data:,x", { signal: AbortSignal.abort() })).rejects.toBeInstanceOf(CancelledError);
});
