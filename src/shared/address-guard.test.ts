import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { guardedLookup, isPublicAddress, PrivateAddressError } from "./address-guard.js";

describe("addresses of the public internet", () => {
  it.each([
    "8.8.8.8",
    "1.1.1.1",
    "2606:4700::1111",
    "[2001:4860:4860::8888]",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
  ])("%s passes", (address) => expect(isPublicAddress(address)).toBe(true));

  it.each([
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "[::1]",
    "fe80::1",
    "fc00::1",
    "fec0::1",
    "ff02::1",
    "2001:db8::1",
    "::ffff:127.0.0.1",
    "::ffff:a00:1",
    "::127.0.0.1",
    "::7f00:1",
    "::ffff:0:7f00:1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2002:a00:1::1",
    "2001::1",
    "",
    "example.com",
    "1.2.3.4.5",
  ])("%s is refused", (address) => expect(isPublicAddress(address)).toBe(false));

  it("an IPv4 address is judged alike in all its IPv6 spellings", () => {
    fc.assert(
      fc.property(fc.ipV4(), (v4) => {
        const bytes = v4.split(".").map(Number);
        const [high, low] = [0, 2].map((i) => (bytes[i]! * 256 + bytes[i + 1]!).toString(16));
        const plain = isPublicAddress(v4);
        expect(isPublicAddress(`::ffff:${v4}`)).toBe(plain);
        expect(isPublicAddress(`::ffff:${high}:${low}`)).toBe(plain);
        expect(isPublicAddress(`64:ff9b::${high}:${low}`)).toBe(plain);
        expect(isPublicAddress(`2002:${high}:${low}::1`)).toBe(plain);
        // IPv4-compatible addresses were never public.
        expect(isPublicAddress(`::${high}:${low}`)).toBe(false);
      }),
    );
  });
});

describe("the lookup of a connection", () => {
  it.each([{ all: true }, { all: false }, {}])(
    "refuses a name of this machine, options %j",
    async (options) => {
      const error = await new Promise((resolve) =>
        guardedLookup("localhost", options, (result) => resolve(result)),
      );
      expect(error).toBeInstanceOf(PrivateAddressError);
    },
  );

  it("passes on that a name does not exist", async () => {
    const error = await new Promise<NodeJS.ErrnoException | null>((resolve) =>
      guardedLookup("name.invalid", {}, (result) => resolve(result)),
    );
    expect(error?.code).toMatch(/ENOTFOUND|EAI_AGAIN/);
  });
});
