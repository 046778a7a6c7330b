import { Buffer } from "node:buffer";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { Agent, request as httpRequest } from "node:http";
import { get as httpsGet } from "node:https";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as tlsConnect } from "node:tls";
import { Hono } from "hono";
import { streamSSE } from "hono/streaming";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { ask, dial } from "../../../test/support/raw-http.js";
import { type RunningFront, startFront, type TinyFrontOptions } from "../../../test/support/start-front.js";
import { initTls, loadTls, type TlsMaterial } from "../../tls/index.js";
import type { SurfaceApp, SurfaceEnvironment } from "../surface.js";

const PACE = { stall: 0.3, rate: 500, grace: 0.6 };
const QUICK: TinyFrontOptions = { listen: { limits: { headers: 0.5 } }, front: { bodyPace: PACE } };

const running: RunningFront[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((front) => front.close(0)));
});

async function start(options: TinyFrontOptions = {}): Promise<RunningFront> {
  const front = await startFront(options);
  running.push(front);
  return front;
}

const surface = (): SurfaceApp => new Hono<SurfaceEnvironment>();
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Reads the whole body, at most 1000 bytes, and tells its size. */
const sizeOfBody = () =>
  surface().post("/*", async (c) => c.json({ size: (await c.var.request.readBody(1000)).length }));

describe("bodies", () => {
  it("come whole, announced or in pieces", async () => {
    const { address } = await start({ surfaces: { run: sizeOfBody() } });
    const post = (body: string, headers = {}) =>
      ask(`${address.url}/run/x`, { method: "POST", body, headers });
    expect((await post("")).json).toEqual({ size: 0 });
    expect((await post("x".repeat(1000))).json).toEqual({ size: 1000 });
    expect((await post("x".repeat(1000), { "transfer-encoding": "chunked" })).json).toEqual({ size: 1000 });
    expect((await ask(`${address.url}/run/x`, { method: "POST" })).json).toEqual({ size: 0 });
  });

  it("that are too large are refused with the limit", async () => {
    const { address } = await start({ surfaces: { run: sizeOfBody() } });
    for (const headers of [{}, { "transfer-encoding": "chunked" }]) {
      const answer = await ask(`${address.url}/run/x`, { method: "POST", body: "x".repeat(1001), headers });
      expect(answer).toMatchObject({
        status: 413,
        json: {
          detail: [
            { type: "file_too_large", ctx: { max_size: 1000 }, msg: expect.stringContaining("1000 bytes") },
          ],
        },
      });
    }
  });

  it("that are too large are not waited for when they are announced", async () => {
    const { address } = await start({ surfaces: { run: sizeOfBody() } });
    const head =
      "POST /run/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000000\r\nExpect: 100-continue\r\n\r\n";
    const connection = dial(address.port, head);
    await expect.poll(() => connection.received()).toContain("413 Payload Too Large");
    expect(connection.received()).not.toContain("100 Continue");
    connection.socket.destroy();
  });

  it("are asked for when the caller waits for that", async () => {
    const { address } = await start({ surfaces: { run: sizeOfBody() } });
    const head =
      "POST /run/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n";
    const connection = dial(address.port, head);
    await expect.poll(() => connection.received()).toContain("100 Continue");
    connection.socket.write("{}");
    expect(await connection.ended).toContain('{"size":2}');
  });

  it("can be streamed without a limit", async () => {
    const files = surface().put("/*", async (c) => {
      let size = 0;
      for await (const chunk of c.var.request.bodyStream()! as unknown as AsyncIterable<Uint8Array>)
        size += chunk.length;
      return c.json({ size });
    });
    const { address } = await start({ surfaces: { files } });
    const answer = await ask(`${address.url}/files/x`, { method: "PUT", body: Buffer.alloc(20_000_000) });
    expect(answer.json).toEqual({ size: 20_000_000 });
  });

  it("read behind the context's back have a limit, too", async () => {
    const platform = surface().post("/v1/*", async (c) => c.json(await c.req.json()));
    const { address } = await start({ surfaces: { platform } });
    const post = (body: string) => ask(`${address.url}/v1/x`, { method: "POST", body });
    expect((await post('{"a":1}')).json).toEqual({ a: 1 });
    expect((await post(`"${"x".repeat(1_100_000)}"`)).status).toBe(413);
  });

  it("that nobody reads do not stand in the way of the next request", async () => {
    const { address } = await start({ surfaces: { run: surface().post("/*", (c) => c.text("no, thanks")) } });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const post = () =>
      new Promise<number>((resolve, reject) => {
        const outgoing = httpRequest(`${address.url}/run/x`, { method: "POST", agent }, (incoming) => {
          incoming.resume().on("end", () => resolve(incoming.statusCode!));
        });
        outgoing.on("error", reject);
        outgoing.end(Buffer.alloc(500_000));
      });
    expect(await post()).toBe(200);
    expect(await post()).toBe(200);
    agent.destroy();
  });

  it("that break off are the caller's going", async () => {
    let state = "not begun";
    const run = surface().post("/*", async (c) => {
      const { signal } = c.var.request;
      state = "begun";
      signal.addEventListener("abort", () => {
        state = "aborted";
      });
      await c.var.request.readBody(1000);
      return c.text("never");
    });
    const { address, log } = await start({ surfaces: { run } });
    const connection = dial(
      address.port,
      "POST /run/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nabc",
    );
    await expect.poll(() => state).toBe("begun");
    connection.socket.destroy();
    await expect.poll(() => state).toBe("aborted");
    await expect.poll(() => log.find(({ msg }) => msg === "answered")).toMatchObject({ aborted: true });
    expect(log.some(({ level }) => Number(level) >= 50)).toBe(false);
  });
});

describe("slow callers", () => {
  it("lose their connection when they say nothing, or do not get to the end of their headers", async () => {
    const { address } = await start(QUICK);
    const silent = dial(address.port);
    const slow = dial(address.port, "GET / HTTP/1.1\r\nHost: localhost\r\n");
    const dripping = setInterval(() => slow.socket.write("X-A: b\r\n"), 50);
    expect(await silent.ended).toBe("");
    expect(await slow.ended).toContain("408 Request Timeout");
    clearInterval(dripping);
    expect(slow.received()).toMatch(/x-fal-request-id: \S{36}/);
  });

  it("lose it when their body stops", async () => {
    const { address } = await start({ ...QUICK, surfaces: { run: sizeOfBody() } });
    const stuck = dial(
      address.port,
      "POST /run/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nabc",
    );
    expect(await stuck.ended).toContain("408 Request Timeout");
    expect(stuck.received()).toContain("slow_request");
  });

  it("lose it when their body drips", async () => {
    const { address } = await start({ ...QUICK, surfaces: { run: sizeOfBody() } });
    const began = Date.now();
    const slow = dial(
      address.port,
      "POST /run/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n",
    );
    const dripping = setInterval(() => slow.socket.write("x"), 50);
    expect(await slow.ended).toContain("408 Request Timeout");
    clearInterval(dripping);
    expect(Date.now() - began).toBeGreaterThan(500);
  });

  it("do not lose it while the server takes its time", async () => {
    const run = surface().post("/*", async (c) => {
      await c.var.request.readBody(10);
      await pause(1500);
      return c.text("done");
    });
    const { address } = await start({ ...QUICK, surfaces: { run } });
    expect((await ask(`${address.url}/run/x`, { method: "POST", body: "{}" })).text).toBe("done");
  });

  it("that do not take their answer lose it, others do not", async () => {
    const block = new Uint8Array(1024 * 1024);
    let isCancelled = false;
    const files = surface().get("/*", () => {
      const body = new ReadableStream<Uint8Array>({
        pull: (controller) => controller.enqueue(block),
        cancel: () => {
          isCancelled = true;
        },
      });
      return new Response(body, { headers: { "content-type": "video/mp4" } });
    });
    const run = surface().post("/*", async (c) => {
      await pause(1200);
      return c.text("waited for");
    });
    const { address } = await start({ surfaces: { files, run }, listen: { limits: { stalledReader: 0.4 } } });
    const reader = dial(address.port, "GET /files/x HTTP/1.1\r\nHost: localhost\r\n\r\n");
    reader.socket.pause();
    const patient = ask(`${address.url}/run/x`, { method: "POST" });
    await expect.poll(() => isCancelled, { timeout: 5000 }).toBe(true);
    expect((await patient).text).toBe("waited for");
    reader.socket.destroy();
  });

  it("in hundreds do not keep others out", async () => {
    const { address } = await start({ surfaces: { run: sizeOfBody() } });
    const idle = Array.from({ length: 100 }, () => dial(address.port));
    const halfHeaders = Array.from({ length: 100 }, () =>
      dial(address.port, "POST /run/x HTTP/1.1\r\nHost: loc"),
    );
    const halfBodies = Array.from({ length: 100 }, () =>
      dial(address.port, "POST /run/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nabc"),
    );
    const times: number[] = [];
    for (let i = 0; i < 50; i++) {
      const before = performance.now();
      expect((await ask(`${address.url}/run/x`, { method: "POST", body: "{}" })).status).toBe(200);
      times.push(performance.now() - before);
    }
    expect(times.sort((a, b) => a - b)[25]).toBeLessThan(100);
    for (const { socket } of [...idle, ...halfHeaders, ...halfBodies]) socket.destroy();
  });
});

describe("what is no request", () => {
  it.each([
    ["no HTTP", "GARBAGE\r\n\r\n", "400 Bad Request"],
    ["another version", "GET / HTTP/9.9\r\n\r\n", "400 Bad Request"],
    ["zeros", "\x00\x01\x02\r\n\r\n", "400 Bad Request"],
    ["a backslash", "GET /a\\..\\b HTTP/1.1\r\nHost: localhost\r\n\r\n", "400 Bad Request"],
    ["a host that is none", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", "400 Bad Request"],
    [
      "two lengths",
      "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
      "400 Bad Request",
    ],
    [
      "large headers",
      `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${"x".repeat(20_000)}\r\n\r\n`,
      "431 Request Header Fields Too Large",
    ],
  ])("as %s is answered and ended", async (_, text, status) => {
    const { address } = await start();
    const connection = dial(address.port, text);
    await expect.poll(() => connection.received()).toContain(`HTTP/1.1 ${status}`);
    expect(connection.received()).toMatch(/x-fal-request-id: \S{36}/);
    connection.socket.destroy();
  });

  it("ends the connection although the caller keeps its side open", async () => {
    const { address } = await start();
    for (const text of ["GARBAGE\r\n\r\n", "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", "\x16\x03\x01"]) {
      const socket = connect({ host: "127.0.0.1", port: address.port, allowHalfOpen: true });
      const ended = new Promise((resolve) => socket.once("error", resolve));
      socket.write(text);
      socket.resume();
      // Only a connection that is gone on the other side answers to this with an error.
      const poking = setInterval(() => socket.write("x"), 100);
      await ended;
      clearInterval(poking);
    }
  });

  it("asks for an upgrade that nobody offers and is answered as if it had not", async () => {
    const { address } = await start();
    const headers = {
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-key": "x",
      "sec-websocket-version": "13",
    };
    const answer = await ask(`${address.url}/run/x/realtime`, { headers });
    expect(answer.json).toMatchObject({ surface: "run", path: "/x/realtime" });
  });
});

describe("TLS", () => {
  let dir: string;
  let tls: TlsMaterial;
  let ca: string;
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), "parlante-listen-"));
    await initTls(dir, []);
    tls = (await loadTls(dir))!;
    ca = readFileSync(join(dir, "ca.pem"), "utf8");
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  /** One GET over a connection that is there already, TLS on top. */
  const getOver = (socket: Socket, servername: string, path: string) =>
    new Promise<string>((resolve, reject) => {
      let text = "";
      const secure = tlsConnect({ socket, servername, ca }, () =>
        secure.write(`GET ${path} HTTP/1.1\r\nHost: ${servername}\r\nConnection: close\r\n\r\n`),
      );
      secure.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      secure.on("error", reject).on("end", () => resolve(text));
    });

  const tunnel = (port: number, target: string) =>
    new Promise<{ status: number; socket: Socket; text: string }>((resolve, reject) => {
      const outgoing = httpRequest({ host: "127.0.0.1", port, method: "CONNECT", path: target });
      outgoing.on("connect", (incoming, socket: Socket, head) => {
        if (incoming.statusCode === 200) resolve({ status: 200, socket, text: "" });
        else {
          let text = head.toString();
          socket.on("data", (chunk) => {
            text += chunk.toString();
          });
          socket.on("end", () => resolve({ status: incoming.statusCode!, socket, text }));
        }
      });
      outgoing.on("error", reject);
      outgoing.end();
    });

  it("is spoken on the same port as HTTP", async () => {
    const { address } = await start({ listen: { tls } });
    const over = (path: string, servername: string) =>
      new Promise<string>((resolve, reject) => {
        httpsGet(
          {
            host: "127.0.0.1",
            port: address.port,
            path,
            servername,
            headers: { host: servername },
            ca,
            agent: false,
          },
          (incoming) => {
            let text = "";
            incoming.on("data", (chunk) => {
              text += chunk;
            });
            incoming.on("end", () => resolve(text));
          },
        ).on("error", reject);
      });
    expect(JSON.parse(await over("/fal-ai/x", "queue.fal.run"))).toMatchObject({
      surface: "queue",
      base: { queue: "https://queue.fal.run", files: "https://v3.fal.media" },
    });
    expect(JSON.parse(await over("/queue/x", "localhost")).base.site).toBe("https://localhost");
    expect((await ask(`${address.url}/queue/x`)).json.base.site).toBe(address.url);
  });

  it("carries large bodies and many requests over one connection", async () => {
    const { address } = await start({ listen: { tls }, surfaces: { run: sizeOfBody() } });
    const secure = tlsConnect({ host: "127.0.0.1", port: address.port, servername: "fal.run", ca });
    let text = "";
    secure.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
    for (let i = 1; i <= 3; i++) {
      secure.write(`POST /x HTTP/1.1\r\nHost: fal.run\r\nContent-Length: 900\r\n\r\n${"x".repeat(900)}`);
      await expect.poll(() => text.match(/"size":900/g)?.length ?? 0).toBe(i);
    }
    secure.destroy();
  });

  it("ends tunnels to fal's names here", async () => {
    const { address } = await start({ listen: { tls } });
    for (const name of ["fal.run", "queue.fal.run", "rest.fal.ai", "v3.fal.media", "falrun.com"]) {
      const { status, socket } = await tunnel(address.port, `${name}:443`);
      expect(status).toBe(200);
      const text = await getOver(socket, name, "/x");
      expect(text).toContain("HTTP/1.1 200 OK");
      expect(text).toContain('"queue":"https://queue.fal');
    }
  });

  it("opens tunnels nowhere else", async () => {
    const { address } = await start({ listen: { tls } });
    for (const target of [
      "example.com:443",
      "127.0.0.1:443",
      `127.0.0.1:${address.port}`,
      "fal.run:22",
      "fal.run.evil.example:443",
      "[::1]:443",
      "fal.run",
      "@fal.run:443",
    ]) {
      const { status, text } = await tunnel(address.port, target);
      expect(status, target).toBe(403);
      expect(text).toContain("fal's names only");
    }
  });

  it("passes tunnels inside TLS, for callers whose proxy is https", async () => {
    const { address } = await start({ listen: { tls } });
    const outer = tlsConnect({ host: "127.0.0.1", port: address.port, servername: "localhost", ca });
    outer.write("CONNECT fal.run:443 HTTP/1.1\r\nHost: fal.run:443\r\n\r\n");
    await new Promise((resolve) => outer.once("data", resolve));
    expect(await getOver(outer, "fal.run", "/x")).toContain('"surface":"run"');
    outer.destroy();
  });

  it("without a certificate is refused with an alert, and tunnels with the cure", async () => {
    const { address } = await start();
    const secure = tlsConnect({ host: "127.0.0.1", port: address.port, servername: "localhost", ca });
    const error = await new Promise<NodeJS.ErrnoException>((resolve) => secure.once("error", resolve));
    expect(error.code).toBe("ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE");
    const { status, text } = await tunnel(address.port, "fal.run:443");
    expect(status).toBe(503);
    expect(text).toContain("parlante tls init");
  });

  it("survives callers that do not trust it, and connections that are reset at any moment", async () => {
    const { address } = await start({ listen: { tls } });
    const distrust = () =>
      new Promise<void>((resolve) => {
        const secure = tlsConnect({ host: "127.0.0.1", port: address.port, servername: "fal.run" });
        secure.on("error", () => {
          secure.destroy();
          resolve();
        });
      });
    await Promise.all(Array.from({ length: 10 }, distrust));
    for (let wait = 0; wait < 30; wait++) {
      const socket = connect({ host: "127.0.0.1", port: address.port });
      socket.on("error", () => {});
      const secure = tlsConnect({ socket, servername: "fal.run", ca });
      secure.on("error", () => {});
      secure.write("GET /x HTTP/1.1\r\nHost: fal.run\r\n\r\n");
      setTimeout(() => socket.resetAndDestroy(), wait);
    }
    for (let wait = 0; wait < 20; wait++) {
      const bare = dial(
        address.port,
        "CONNECT fal.run:443 HTTP/1.1\r\nHost: fal.run:443\r\n\r\n\x16\x03\x01",
      );
      setTimeout(() => bare.socket.resetAndDestroy(), wait);
    }
    await pause(200);
    expect((await ask(`${address.url}/queue/x`)).status).toBe(200);
  });

  it("that is begun and not gone on with loses its connection, and so do half headers inside it", async () => {
    const { address } = await start({ listen: { tls, limits: { headers: 0.4 } } });
    const half = dial(address.port, "\x16\x03\x01\x02\x00\x01");
    await half.ended;
    const secure = tlsConnect({ host: "127.0.0.1", port: address.port, servername: "fal.run", ca });
    secure.write("GET / HTTP/1.1\r\nHost: fal.run\r\n");
    await new Promise((resolve) => secure.resume().once("close", resolve));
    const { socket } = await tunnel(address.port, "fal.run:443");
    await new Promise((resolve) => socket.resume().once("close", resolve));
    expect((await ask(`${address.url}/queue/x`)).status).toBe(200);
  });
});

describe("stopping", () => {
  it("lets answers under way end, ends idle connections, and takes no new ones", async () => {
    const run = surface().post("/*", async (c) => {
      await pause(400);
      return c.text("finished");
    });
    const { address, close } = await startFront({ surfaces: { run } });
    const idle = dial(address.port, "GET /queue/x HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await expect.poll(() => idle.received()).toContain("200 OK");
    const working = ask(`${address.url}/run/x`, { method: "POST" });
    await pause(100);
    const began = Date.now();
    const closed = close(5000);
    await idle.ended;
    await expect(ask(`${address.url}/queue/x`)).rejects.toThrow("ECONNREFUSED");
    const answer = await working;
    expect(answer).toMatchObject({ text: "finished", headers: { connection: "close" } });
    await closed;
    expect(Date.now() - began).toBeLessThan(2000);
  });

  it("tells streams of events to end", async () => {
    let isDraining = false;
    const queue = surface().get("/*", (c) =>
      streamSSE(c, async (stream) => {
        c.var.request.draining.addEventListener("abort", () => {
          isDraining = true;
        });
        for (let i = 0; !stream.aborted; i++) {
          await stream.writeSSE({ data: String(i) });
          await stream.sleep(20);
        }
      }),
    );
    const { address, close } = await startFront({ surfaces: { queue } });
    const events = dial(address.port, "GET /queue/x HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await expect.poll(() => events.received()).toContain("data: 1");
    await close(5000);
    expect(isDraining).toBe(true);
    // The last chunk: the stream ended, it did not break.
    expect((await events.ended).endsWith("0\r\n\r\n")).toBe(true);
  });

  it("cuts off what is not done in time, and can be asked for twice", async () => {
    const run = surface().post("/*", async (c) => {
      await new Promise((resolve) => c.var.request.signal.addEventListener("abort", resolve));
      return c.text("too late");
    });
    const { address, close } = await startFront({ surfaces: { run } });
    const working = ask(`${address.url}/run/x`, { method: "POST" });
    await pause(100);
    const began = Date.now();
    const closed = Promise.all([close(200), close(200)]);
    await expect(working).rejects.toThrow();
    await closed;
    expect(Date.now() - began).toBeLessThan(2000);
  });
});

describe("streams", () => {
  it("that break show it by ending the connection, and say nothing of why", async () => {
    const files = surface().get("/*", () => {
      let count = 0;
      const body = new ReadableStream<Uint8Array>({
        async pull(controller) {
          await pause(20);
          if (count++ < 3) controller.enqueue(Buffer.from("piece"));
          else controller.error(new Error("/secret/path"));
        },
      });
      return new Response(body, { headers: { "content-type": "video/mp4" } });
    });
    const { address, log } = await start({ surfaces: { files } });
    const connection = dial(address.port, "GET /files/x HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const text = await connection.ended;
    expect(text).toContain("piece");
    expect(text).not.toContain("secret");
    expect(text.endsWith("0\r\n\r\n")).toBe(false);
    await expect.poll(() => log.filter(({ msg }) => msg === "an answer broke off")).toHaveLength(1);
  });

  it("are let go of when the caller leaves, or asked for the head only", async () => {
    const released: string[] = [];
    const files = surface().get("/*", (c) => {
      const body = new ReadableStream<Uint8Array>({
        async pull(controller) {
          await pause(10);
          controller.enqueue(Buffer.from("piece"));
        },
        cancel: () => void released.push(c.req.method),
      });
      return new Response(body, { headers: { "content-type": "video/mp4", "content-length": "5000000" } });
    });
    const { address } = await start({ surfaces: { files } });
    const connection = dial(address.port, "GET /files/x HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await expect.poll(() => connection.received()).toContain("piece");
    connection.socket.destroy();
    await expect.poll(() => released).toEqual(["GET"]);
    const head = await ask(`${address.url}/files/x`, { method: "HEAD" });
    expect(head).toMatchObject({ status: 200, text: "", headers: { "content-length": "5000000" } });
    await expect.poll(() => released).toEqual(["GET", "HEAD"]);
  });
});

describe("addresses", () => {
  it("may be IPv6, with or without brackets", async () => {
    for (const host of ["::1", "[::1]"]) {
      const { address } = await start({ listen: { host } });
      expect(address.url).toMatch(/^http:\/\/\[::1\]:\d+$/);
      expect((await ask(`${address.url}/queue/x`)).json.base.site).toBe(address.url);
    }
  });

  it("that cannot be had are refused with the cure", async () => {
    const { address } = await start();
    await expect(startFront({ listen: { port: address.port } })).rejects.toMatchObject({
      code: "cannot_listen",
      message: expect.stringContaining(`Port ${address.port} of 127.0.0.1 is taken`),
    });
    await expect(startFront({ listen: { host: "192.0.2.1" } })).rejects.toThrow(
      "does not have the address 192.0.2.1",
    );
  });
});
