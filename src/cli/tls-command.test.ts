import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { tlsCommand } from "./tls-command.js";
import { UsageError } from "./usage.js";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "parlante-tls-command-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

async function run(...args: string[]): Promise<{ status: number; text: string }> {
  let text = "";
  const status = await tlsCommand.run(args, {
    print: async (more) => {
      text += more;
    },
    messages: { isTTY: false, write: () => true },
    signal: new AbortController().signal,
    environment: { PARLANTE_DATA: dir, PORT: "9090" },
  });
  return { status, text };
}

it("makes the files where the server looks for them, and says how to use them", async () => {
  const { status, text } = await run("init", "--host", "talk.example.com", "--host", "192.168.1.20");
  expect(status).toBe(0);
  const ca = join(dir, "tls", "ca.pem");
  expect(existsSync(ca)).toBe(true);
  for (const name of ["CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"])
    expect(text).toContain(`${name}=${ca}`);
  expect(text).toContain("HTTPS_PROXY=http://127.0.0.1:9090");
  expect(text).toContain("FAL_RUN_HOST=localhost:9090/run");
  expect(text).toContain("talk.example.com, 192.168.1.20");
  expect((await run("init")).text).toContain("nothing was changed");
});

it("takes another directory", async () => {
  await run("init", "--dir", join(dir, "elsewhere"));
  expect(existsSync(join(dir, "elsewhere", "server.pem"))).toBe(true);
  expect(existsSync(join(dir, "tls"))).toBe(false);
});

it("does not guess", async () => {
  for (const args of [
    [],
    ["renew"],
    ["init", "--hots", "x"],
    ["init", "talk.example.com"],
    ["init", "--host"],
  ])
    await expect(run(...args), args.join(" ")).rejects.toThrow(UsageError);
  await expect(run("init", "--host", "a b")).rejects.toMatchObject({ code: "bad_host_name" });
});
