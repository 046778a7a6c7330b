import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createSigningKey, signatureHeaders } from "../../webhooks/signing-key.js";
import { webhookSample } from "./code-samples.js";
import { documentAddresses } from "./model-facts.js";

type Check = (headers: Record<string, string>, body: Uint8Array) => boolean;

const directory = mkdtempSync(join(tmpdir(), "parlante-webhook-sample-"));
const signed = await createSigningKey(new Uint8Array(32).fill(7));
const other = await createSigningKey(new Uint8Array(32).fill(8));
const server = createServer((request, response) => {
  if (request.url !== "/rest/.well-known/jwks.json") response.statusCode = 404;
  response.end(JSON.stringify({ keys: [other.publicKey, signed.publicKey] }));
});
let isFromParlante: Check;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const site = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const addresses = documentAddresses({ queue: `${site}/queue`, rest: `${site}/rest`, files: site, site });
  const file = join(directory, "check.mjs");
  writeFileSync(file, webhookSample({ modelId: "x", addresses }));
  ({ isFromParlante } = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as {
    isFromParlante: Check;
  });
});
afterAll(() => {
  server.close();
  rmSync(directory, { recursive: true });
});

const body = Buffer.from('{"status":"OK","payload":{"video":{"url":"é"}}}');
const now = Math.floor(Date.now() / 1000);
const facts = { requestId: "764cabcf", userId: "somebody", timestamp: now };

it("the sample on the page believes what this server signed", () => {
  expect(isFromParlante(signatureHeaders(signed, facts, body), body)).toBe(true);
});

it("and nothing else", () => {
  const headers = signatureHeaders(signed, facts, body);
  expect(isFromParlante(headers, Buffer.concat([body, Buffer.from(" ")]))).toBe(false);
  expect(isFromParlante({ ...headers, "x-fal-webhook-user-id": "else" }, body)).toBe(false);
  expect(isFromParlante({ ...headers, "x-fal-webhook-timestamp": "never" }, body)).toBe(false);
  expect(isFromParlante({ ...headers, "x-fal-webhook-signature": "00" }, body)).toBe(false);
  const stale = signatureHeaders(signed, { ...facts, timestamp: now - 301 }, body);
  expect(isFromParlante(stale, body)).toBe(false);
});
