import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openDataUri } from "./data-uri-content.js";
import { makeFileId } from "./file-id.js";
import { safeContentType, safeFileName } from "./file-label.js";
import { filePath, readFileMark, readFileUrl } from "./file-path.js";
import { createSigner } from "./signatures.js";

const anyText = fc.string({ unit: "binary", maxLength: 300 });

describe("signatures", () => {
  const signer = createSigner(new Uint8Array(32).fill(7), () => 1_000_000_000);

  it("hold until their time, and not a second longer", () => {
    const { expires, signature } = signer.sign("fetch", "id", 1_000_001);
    expect(signer.verify("fetch", "id", String(expires), signature)).toBe(true);
    const past = signer.sign("fetch", "id", 1_000_000);
    expect(signer.verify("fetch", "id", String(past.expires), past.signature)).toBe(false);
  });

  it("open nothing when anything about them is changed", () => {
    const { expires, signature } = signer.sign("fetch", "id", 2_000_000);
    fc.assert(
      fc.property(anyText, fc.nat(), fc.integer({ min: 33, max: 126 }), (text, place, code) => {
        const character = String.fromCharCode(code);
        const changed = (whole: string) => {
          const at = place % whole.length;
          return whole.slice(0, at) + character + whole.slice(at + 1);
        };
        for (const [subject, time, proof] of [
          ["id", String(expires), changed(signature)],
          ["id", changed(String(expires)), signature],
          [changed("id"), String(expires), signature],
          ["id", String(expires), text],
          ["id", text, signature],
          ["id", `0${expires}`, signature],
          ["id", `${expires}.0`, signature],
        ] as const) {
          const isSame = subject === "id" && time === String(expires) && proof === signature;
          expect(signer.verify("fetch", subject, time, proof)).toBe(isSame);
        }
      }),
    );
    expect(signer.verify("upload", "id", String(expires), signature)).toBe(false);
    const stranger = createSigner(new Uint8Array(32).fill(8), () => 0);
    expect(stranger.verify("fetch", "id", String(expires), signature)).toBe(false);
    expect(() => createSigner(new Uint8Array(31), () => 0)).toThrow(RangeError);
  });
});

describe("names of files", () => {
  it("never hold what could mean something else", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const name = safeFileName(text);
        expect(name).not.toBe("");
        expect([...name].length).toBeLessThanOrEqual(120);
        expect(name).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}/\\"<>:|?*%;]|^\.|^\s|\s$/u);
        expect(name).toBe(safeFileName(name));
      }),
      { numRuns: 500 },
    );
    expect(safeFileName("../../etc/passwd")).toBe("passwd");
    expect(safeFileName("C:\\x\\me.png")).toBe("me.png");
    expect(safeFileName("\u202Egnp.exe")).toBe("_gnp.exe");
    expect(safeFileName('a"; filename=b.html\r\nx: y')).toBe("a_ filename=b.html_x_ y");
    expect(safeFileName(`${"ü".repeat(500)}.jpeg`)).toBe(`${"ü".repeat(115)}.jpeg`);
    for (const empty of ["", "..", "...", "/", " . "]) expect(safeFileName(empty)).toBe("file");
  });

  it("stand in addresses that give the id back", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const id = makeFileId();
        const path = filePath(id, safeFileName(text));
        expect(path).toMatch(/^[A-Za-z0-9._/-]+$/);
        for (const url of [
          `http://127.0.0.1:8080${path}`,
          `HTTPS://v3.fal.media/a/b${path}?expires=1&signature=x#y`,
        ])
          expect(readFileUrl(url)?.id).toBe(id);
      }),
    );
    for (const other of [
      "https://example.com/files/b/0123/x",
      "ftp://h/files/b/01234567/aaaaaaaaaaaaaaaaaaaaa_x",
      "x",
    ])
      expect(readFileUrl(other)).toBeNull();
    expect(readFileMark("input", "parlante-file:aaaaaaaaaaaaaaaaaaaaa")).toBeNull();
    expect(readFileMark("file", "parlante-file:aaaaaaaaaaaaaaaaaaaaa\n")).toBeNull();
  });
});

describe("content types", () => {
  it("are one plain word pair", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(safeContentType(text)).toMatch(/^[!-~]+\/[!-~]+$/);
      }),
    );
    expect(safeContentType("Image/PNG; charset=x")).toBe("image/png");
    expect(safeContentType(null)).toBe("application/octet-stream");
    expect(safeContentType("text/html\r\nx: y")).toBe("application/octet-stream");
  });
});

describe("data URIs", () => {
  it("give their bytes back, piece by piece", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5000 }), fc.boolean(), (bytes, isUrlAlphabet) => {
        const text = Buffer.from(bytes).toString(isUrlAlphabet ? "base64url" : "base64");
        const content = openDataUri(`data:image/png;base64,${text}`)!;
        expect(Buffer.concat([...content.chunks()]).equals(Buffer.from(bytes))).toBe(true);
      }),
    );
    const long = Buffer.alloc(3_000_001, "ab");
    const chunks = [...openDataUri(`data:a/b;base64,${long.toString("base64")}`)!.chunks()];
    expect(chunks.length).toBeGreaterThan(2);
    expect(Buffer.concat(chunks).equals(long)).toBe(true);
  });

  it("are left alone when they are not valid", () => {
    for (const uri of [
      "data:image/png;base64,A",
      "data:image/png;base64,AAA=A",
      "data:image/png;base64,%zz",
      "data:,x",
    ])
      expect(openDataUri(uri)).toBeNull();
  });
});
