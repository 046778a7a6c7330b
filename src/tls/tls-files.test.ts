import { execFileSync, spawnSync } from "node:child_process";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FAL_NAMES } from "../shared/fal-names.js";
import { authorityName, makeAuthority, makeServerCertificate } from "./certificate.js";
import { derInteger, derObjectId, derTime } from "./der.js";
import { hostNameText, parseHostName } from "./host-name.js";
import { initTls, loadTls } from "./tls-files.js";

const DAY_MS = 24 * 3600 * 1000;
/** An independent judge, where there is one. */
const OPENSSL = "openssl";
const hasOpenssl = spawnSync(OPENSSL, ["version"]).status === 0;

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "parlante-tls-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const read = (name: string) => readFileSync(join(dir, name), "utf8");
const later = (days: number) => new Date(Date.now() + days * DAY_MS);

describe("certificates", () => {
  it("are for fal's names, this machine and the names given", async () => {
    const state = await initTls(dir, [
      "talk.example.com",
      "192.168.1.20",
      "*.bücher.example",
      "[2001:db8::1]",
    ]);
    expect(state.isNewAuthority).toBe(true);
    expect(state.hosts).toEqual(
      expect.arrayContaining([
        ...FAL_NAMES,
        "localhost",
        "127.0.0.1",
        "::1",
        "talk.example.com",
        "192.168.1.20",
      ]),
    );
    const cert = new X509Certificate((await loadTls(dir))!.cert);
    for (const name of [
      ...FAL_NAMES,
      "localhost",
      "queue.localhost",
      "talk.example.com",
      "a.xn--bcher-kva.example",
    ])
      expect(cert.checkHost(name), name).toBeDefined();
    for (const address of ["127.0.0.1", "::1", "192.168.1.20", "2001:db8::1"])
      expect(cert.checkIP(address), address).toBeDefined();
    expect(cert.checkHost("gateway.fal.ai")).toBeUndefined();
    const days = (Date.parse(cert.validTo) - Date.parse(cert.validFrom)) / DAY_MS;
    expect(days).toBeGreaterThan(700);
    expect(days).toBeLessThanOrEqual(825);
    expect(cert.serialNumber).toMatch(/^[4-7][0-9A-F]{31}$/);
  });

  it.skipIf(!hasOpenssl)("satisfy openssl at its strictest", async () => {
    await initTls(dir, ["talk.example.com"]);
    const verify = (...args: string[]) =>
      execFileSync(OPENSSL, [
        "verify",
        "-x509_strict",
        "-purpose",
        "sslserver",
        "-CAfile",
        join(dir, "ca.pem"),
        ...args,
        join(dir, "server.pem"),
      ]).toString();
    expect(verify("-verify_hostname", "queue.fal.run")).toContain("OK");
    expect(verify("-verify_hostname", "talk.example.com")).toContain("OK");
    expect(verify("-verify_ip", "127.0.0.1")).toContain("OK");
  });

  it.skipIf(!hasOpenssl)("of this authority are worth nothing for other names", async () => {
    await initTls(dir, []);
    const authority = {
      subject: authorityName(createPrivateKey(read("authority.pem"))),
      key: createPrivateKey(read("authority.pem")),
    };
    for (const name of ["example.com", "fal.dev", "10.0.0.1"]) {
      const forged = makeServerCertificate(
        [parseHostName(name)],
        { from: later(-1), until: later(30) },
        authority,
      );
      writeFileSync(join(dir, "forged.pem"), forged.cert);
      const { status, stderr } = spawnSync(OPENSSL, [
        "verify",
        "-CAfile",
        join(dir, "ca.pem"),
        join(dir, "forged.pem"),
      ]);
      expect(status).not.toBe(0);
      expect(stderr.toString()).toContain("permitted subtree violation");
    }
  });

  it("lie in files that only their owner can read", async () => {
    await initTls(dir, []);
    expect(readdirSync(dir).sort()).toEqual(["authority.pem", "ca.pem", "server.pem"]);
    for (const name of readdirSync(dir)) expect(statSync(join(dir, name)).mode & 0o777).toBe(0o600);
    expect(read("ca.pem")).not.toContain("PRIVATE KEY");
  });
});

describe("making them again", () => {
  it("changes nothing while they hold", async () => {
    await initTls(dir, ["talk.example.com"]);
    const before = read("server.pem");
    const state = await initTls(dir, []);
    expect(state).toMatchObject({ isNewAuthority: false, isNewCertificate: false });
    expect(state.hosts).toContain("talk.example.com");
    expect(read("server.pem")).toBe(before);
  });

  it("keeps the authority when a new name lies below one that it may vouch for", async () => {
    await initTls(dir, ["example.com"]);
    expect(await initTls(dir, ["talk.example.com"])).toMatchObject({
      isNewAuthority: false,
      isNewCertificate: true,
    });
    expect(await initTls(dir, ["other.test"])).toMatchObject({
      isNewAuthority: true,
      isNewCertificate: true,
    });
  });

  it("renews the server's certificate near its end, under the same authority", async () => {
    await initTls(dir, ["talk.example.com"]);
    const first = await loadTls(dir);
    expect(await loadTls(dir, later(600))).toEqual(first);
    const renewed = await loadTls(dir, later(720));
    expect(renewed).not.toEqual(first);
    const cert = new X509Certificate(renewed!.cert);
    expect(cert.checkHost("talk.example.com")).toBeDefined();
    expect(cert.verify(new X509Certificate(read("ca.pem")).publicKey)).toBe(true);
    expect(await loadTls(dir, later(720))).toEqual(renewed);
  });

  it("makes a new authority near the end of the old one, and never promises more than it", async () => {
    await initTls(dir, []);
    const before = read("ca.pem");
    const end = Date.parse(new X509Certificate(before).validTo);
    await loadTls(dir, new Date(end - 200 * DAY_MS));
    expect(Date.parse(new X509Certificate(read("server.pem")).validTo)).toBeLessThanOrEqual(end);
    expect(await initTls(dir, [], new Date(end - 100 * DAY_MS))).toMatchObject({ isNewAuthority: true });
    expect(read("ca.pem")).not.toBe(before);
  });
});

describe("trouble", () => {
  it("is none when nothing was ever made", async () => {
    expect(await loadTls(join(dir, "nothing"))).toBeNull();
  });

  it.each([
    "",
    "http://a.example",
    "a b",
    "-a.example",
    "a..b",
    `${"a".repeat(64)}.example`,
    "a.example:8443",
    "*.*.example",
  ])("with the name %j is told", async (name) => {
    await expect(initTls(dir, [name])).rejects.toMatchObject({ code: "bad_host_name" });
    expect(readdirSync(dir)).toEqual([]);
  });

  it("with a broken file says which, and what to do", async () => {
    await initTls(dir, []);
    writeFileSync(join(dir, "server.pem"), read("server.pem").slice(0, 500));
    await expect(loadTls(dir)).rejects.toMatchObject({
      code: "bad_certificate",
      message: expect.stringContaining("server.pem"),
    });
  });

  it("with keys of different pairs is noticed", async () => {
    await initTls(dir, []);
    const other = makeAuthority([parseHostName("localhost")], { from: later(-1), until: later(1) });
    writeFileSync(join(dir, "server.pem"), new X509Certificate(read("server.pem")).toString() + other.key);
    await expect(loadTls(dir)).rejects.toMatchObject({ code: "bad_certificate" });
  });

  it("with a directory that cannot be made says so", async () => {
    writeFileSync(join(dir, "file"), "");
    await expect(initTls(join(dir, "file", "tls"), [])).rejects.toMatchObject({ code: "bad_directory" });
  });
});

describe("DER", () => {
  it("writes integers and object ids as the standard's examples", () => {
    expect(derInteger(Buffer.from([0, 0, 0x7f])).toString("hex")).toBe("02017f");
    expect(derInteger(Buffer.from([0x80])).toString("hex")).toBe("02020080");
    expect(derInteger(Buffer.from([0])).toString("hex")).toBe("020100");
    expect(derObjectId("1.2.840.113549").toString("hex")).toBe("06062a864886f70d");
    expect(derObjectId("2.5.29.17").toString("hex")).toBe("0603551d11");
  });

  it("writes years from 2050 on with four digits", () => {
    expect(derTime(new Date("2049-12-31T23:59:59.900Z")).toString("latin1")).toBe("\x17\x0d491231235959Z");
    expect(derTime(new Date("2050-01-01T00:00:00Z")).toString("latin1")).toBe("\x18\x0f20500101000000Z");
  });

  it("brings every address through a certificate unchanged", () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (address) => {
        const host = parseHostName(address);
        expect(parseHostName(hostNameText(host))).toEqual(host);
      }),
      { numRuns: 50 },
    );
  });
});
