import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { folderDiagram } from "../scripts/documents/folder-diagram.js";
import { readBlock } from "../scripts/documents/generated-block.js";
import { optionsTable } from "../scripts/documents/options-table.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const document = (name: string): Promise<string> => readFile(join(root, name), "utf8");

describe("the documents", () => {
  it("list the options that the request schema has (update with scripts/update-documents.ts)", async () => {
    expect(readBlock(await document("README.md"), "options")).toBe(optionsTable());
  });

  it("show the folders as they import each other (update with scripts/update-documents.ts)", async () => {
    expect(readBlock(await document("ARCHITECTURE.md"), "folders")).toBe(await folderDiagram());
  });

  it("name only files of the repository that exist", async () => {
    const names = ["README.md", "ARCHITECTURE.md", "docs/decisions/README.md"];
    for (const name of names) {
      const text = await document(name);
      const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)\)/g)].map((match) => match[1]!);
      const paths = [...text.matchAll(/`((?:src|scripts|docs|test|wasm|samples)\/[\w./-]+)`/g)].map(
        (m) => m[1]!,
      );
      const folder = join(root, name, "..");
      const targets = [...links.map((link) => join(folder, link)), ...paths.map((path) => join(root, path))];
      for (const target of targets) await expect(stat(target), `${name}: ${target}`).resolves.toBeDefined();
    }
  });

  it("mention only npm scripts that exist", async () => {
    const { scripts } = JSON.parse(await document("package.json")) as { scripts: Record<string, string> };
    for (const name of ["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md"]) {
      for (const [, script] of (await document(name)).matchAll(/npm run (?:--silent )?([\w:-]+)/g))
        expect(Object.keys(scripts)).toContain(script);
    }
  });
});

describe("the examples", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "parlante-examples-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("write a video with its subtitles", async () => {
    const video = join(folder, "talk.mp4");
    const program = ["--import", "tsx", "examples/subtitles.ts", "One sentence. Another one.", video];
    await promisify(execFile)(process.execPath, program, { cwd: root });
    expect((await stat(video)).size).toBeGreaterThan(10_000);
    const cues = (await readFile(join(folder, "talk.vtt"), "utf8")).split("\n\n");
    expect(cues[0]).toBe("WEBVTT");
    const plain = (cue: string | undefined): string => (cue ?? "").replace(/<[\d:.]+>/g, "");
    expect(plain(cues[1])).toMatch(/^1\n00:00:00\.\d{3} --> 00:00:0\d\.\d{3}\nOne sentence\.$/);
    expect(plain(cues[2])).toMatch(/\nAnother one\.\n?$/);
    expect(await readFile(join(folder, "talk.srt"), "utf8")).toContain("One sentence.");
  });
});
