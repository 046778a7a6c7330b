import { generateKeyPairSync } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Bench, createBench } from "../../../test/support/run-cli.js";
import { ParlanteError } from "../../shared/errors.js";
import { makeAuthority } from "../../tls/certificate.js";
import { parseHostName } from "../../tls/host-name.js";
import { type Finding, inWords, look } from "./finding.js";
import { checkCapacity, checkDataDirectory, checkNode, checkPackages } from "./machine-checks.js";
import { checkClock, checkKeys, checkPort, checkTls } from "./server-checks.js";

const directory = mkdtempSync(join(tmpdir(), "parlante-doctor-test-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Whoever reads a finding that is not ok must be told what to do. */
function expectCure(finding: Finding): void {
  if (finding.level !== "ok") expect(finding.cure).toMatch(/^[A-Z].{10,}/);
}

describe("the machine", () => {
  it.each([
    ["v18.20.0", "fail"],
    ["v20.18.1", "fail"],
    ["v20.19.0", "ok"],
    ["v22.12.0", "ok"],
    ["v24.1.0", "ok"],
  ])("Node %s: %s", (version, level) => {
    const finding = checkNode(version);
    expect(finding).toMatchObject({ name: "node", level });
    expectCure(finding);
  });

  it("has the packages of its system", async () => {
    const findings = await checkPackages(true);
    expect(findings.map(({ name, level }) => [name, level])).toEqual([
      ["sharp", "ok"],
      ["node-av", "ok"],
      ["postgres", "ok"],
    ]);
    expect(findings[2]!.fact).toMatch(/PostgreSQL \d+/);
  });

  it("can write to a data directory, also to one that is not there yet, and leaves nothing", async () => {
    expect((await checkDataDirectory(directory))[0]).toMatchObject({ level: "ok" });
    const missing = join(directory, "a", "b");
    expect((await checkDataDirectory(missing))[0]!.fact).toBe(`${missing} will be made`);
    expect(readdirSync(directory)).toEqual([]);
  });

  it("says so when the data directory is a file, or closed", async () => {
    const file = join(directory, "file");
    writeFileSync(file, "");
    expect((await checkDataDirectory(file))[0]).toMatchObject({ level: "fail" });
    rmSync(file);
    if (process.getuid?.() === 0) return;
    const closed = join(directory, "closed");
    mkdirSync(closed);
    chmodSync(closed, 0o500);
    const [finding] = await checkDataDirectory(closed);
    expect(finding).toMatchObject({ level: "fail" });
    expectCure(finding!);
  });

  it("compares memory and processors with the renders", () => {
    const settings = { renders: 4, memoryLimitMb: 2048 };
    const levels = (memory: number, processors: number) =>
      checkCapacity(settings, { memory, processors }).map(({ level }) => level);
    expect(levels(32e9, 8)).toEqual(["ok", "ok"]);
    expect(levels(6e9, 2)).toEqual(["warn", "warn"]);
    const [memory] = checkCapacity(settings, { memory: 6e9, processors: 8 });
    expect(memory!.cure).toContain("PARLANTE_RENDERS to 2");
    for (const finding of checkCapacity(settings, { memory: 1e9, processors: 1 })) expectCure(finding);
  });
});

describe("the port", () => {
  let server: Server | null = null;
  const answer = async (body: string): Promise<number> => {
    server = createServer((_request, response) => response.end(body));
    await new Promise<void>((resolve) => server!.listen(0, "127.0.0.1", resolve));
    return (server.address() as AddressInfo).port;
  };
  const end = () => new Promise((resolve) => server!.close(resolve));

  it("is free", async () => {
    const port = await answer("");
    await end();
    expect(await checkPort("127.0.0.1", port)).toMatchObject({
      level: "ok",
      fact: `127.0.0.1:${port} is free`,
    });
    expect(await checkPort("127.0.0.1", 0)).toMatchObject({ level: "ok" });
  });

  it("is ours", async () => {
    const port = await answer('{"status":"ok","version":"9.9.9"}');
    const finding = await checkPort("127.0.0.1", port);
    await end();
    expect(finding).toMatchObject({ level: "ok", fact: `Parlante 9.9.9 is running at 127.0.0.1:${port}` });
  });

  it.each(["hello", '{"status":"ok"}', "null"])("is somebody else's, who answers %s", async (body) => {
    const port = await answer(body);
    const finding = await checkPort("127.0.0.1", port);
    await end();
    expect(finding).toMatchObject({ level: "fail" });
    expectCure(finding);
  });

  it("is not of this machine", async () => {
    const finding = await checkPort("192.0.2.1", 8080);
    expect(finding).toMatchObject({ level: "fail", fact: "192.0.2.1 is no address of this machine" });
  });
});

describe("certificates", () => {
  const now = new Date("2030-06-01T00:00:00Z");
  const days = (count: number) => new Date(now.getTime() + count * 86_400_000);
  const certificate = (from: Date, until: Date): string =>
    makeAuthority([parseHostName("localhost")], { from, until }).cert;
  const check = async (files: Record<string, string>): Promise<readonly Finding[]> => {
    const dataDir = mkdtempSync(join(directory, "tls-"));
    mkdirSync(join(dataDir, "tls"));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(dataDir, "tls", name), text);
    const findings = await checkTls(dataDir, now);
    for (const finding of findings) expectCure(finding);
    return findings;
  };

  it("need not be there", async () => {
    expect(await checkTls(join(directory, "none"), now)).toMatchObject([{ level: "ok" }]);
  });

  it.each([
    ["ok", -10, 400],
    ["warn", -10, 20],
    ["fail", -10, -1],
    ["fail", 1, 400],
  ])("%s: from day %i to day %i", async (level, from, until) => {
    const found = await check({ "server.pem": certificate(days(from), days(until)) });
    expect(found).toMatchObject([{ name: "tls", level }]);
  });

  it("stand beside keys, which are no certificates", async () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const key = privateKey.export({ type: "pkcs8", format: "pem" }) as string;
    const good = certificate(days(-1), days(400));
    expect(await check({ "key.pem": key, "server.pem": good + key })).toHaveLength(1);
    expect(await check({ "key.pem": key })).toMatchObject([{ level: "warn" }]);
  });

  it("may be broken", async () => {
    const broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    expect(await check({ "server.pem": broken })).toMatchObject([{ level: "fail" }]);
  });
});

describe("keys and clock", () => {
  it.each([
    ["127.0.0.1", true, 0, "ok"],
    ["0.0.0.0", false, 0, "fail"],
    ["0.0.0.0", false, 2, "ok"],
  ] as const)("HOST=%s (local: %s) with %i keys: %s", (host, isLocal, keys, level) => {
    const finding = checkKeys(host, isLocal, keys);
    expect(finding.level).toBe(level);
    expectCure(finding);
  });

  it("is compared with that of the database", () => {
    const madeAt = new Date("2026-01-01");
    const now = new Date("2026-06-01T00:00:00Z");
    const apart = (seconds: number) =>
      checkClock(now, new Date(now.getTime() + seconds * 1000), madeAt).level;
    expect([apart(0), apart(-4), apart(60), apart(-301)]).toEqual(["ok", "ok", "warn", "fail"]);
    expect(checkClock(new Date("1970-01-01"), null, madeAt).level).toBe("fail");
    expect(checkClock(now, null, madeAt).level).toBe("ok");
  });
});

describe("findings", () => {
  it("come from failures, too, without secrets", async () => {
    const [found] = await look("database", "Check DATABASE_URL.", () => {
      throw new Error("cannot reach postgres://me:hunter2@db/x\nmore");
    });
    expect(found).toEqual({
      name: "database",
      level: "fail",
      fact: "cannot reach postgres://me:[hidden]@db/x",
      cure: "Check DATABASE_URL.",
    });
    const [own] = await look("data", "no", () => {
      throw new ParlanteError("x", "It is full. Free some space.", 500, false);
    });
    expect(own!.fact).toBe("It is full. Free some space.");
  });

  it("tell sizes in words", () => {
    expect([0, 999, 1500, 2.5e9, 123e9].map(inWords)).toEqual([
      "0 bytes",
      "999 bytes",
      "1.5 kB",
      "2.5 GB",
      "123 GB",
    ]);
  });
});

describe("parlante doctor", () => {
  let bench: Bench;
  beforeAll(() => {
    bench = createBench();
  });
  afterAll(() => bench.remove());
  const environment = (extra: Record<string, string>) => ({
    env: {
      ...process.env,
      TMPDIR: bench.path("tmp"),
      PARLANTE_DATA: bench.path("data"),
      PORT: "0",
      ...extra,
    },
  });

  it("finds a machine that can serve, and leaves it as it was", async () => {
    const { exitCode, stdout, stderr } = await bench.run(["doctor", "--json"], environment({}));
    expect(stderr).toBe("");
    const report = JSON.parse(stdout) as { ok: boolean; checks: Finding[] };
    expect(report.checks.filter(({ level }) => level === "fail")).toEqual([]);
    expect(report.ok).toBe(true);
    expect(exitCode).toBe(0);
    const names = new Set(report.checks.map(({ name }) => name));
    for (const name of [
      "node",
      "sharp",
      "node-av",
      "data",
      "disk",
      "port",
      "database",
      "keys",
      "clock",
      "files",
    ])
      expect(names).toContain(name);
    expect(existsSync(bench.path("data"))).toBe(false);
    expect(bench.leftovers().filter((name) => /doctor|trial/.test(name))).toEqual([]);
  });

  it("says in words what is wrong and how to mend it", async () => {
    const { exitCode, stdout } = await bench.run(
      ["doctor"],
      environment({ HOST: "0.0.0.0", DATABASE_URL: "postgresql://me:hunter2@127.0.0.1:1/none" }),
    );
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^FAIL {2}database .*\n +→ .+/m);
    expect(stdout).toMatch(/1 problem/);
    expect(stdout).not.toContain("hunter2");
  });

  it("lists settings that cannot be read", async () => {
    const { exitCode, stdout } = await bench.run(["doctor"], environment({ PORT: "many" }));
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^FAIL {2}settings +PORT: /m);
  });

  it("does not take what it does not know", async () => {
    expect((await bench.run(["doctor", "--loudly"], environment({}))).exitCode).toBe(2);
  });
});
