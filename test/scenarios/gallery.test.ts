import { execFile } from "node:child_process";
import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import sharp from "sharp";
import { afterAll, beforeAll, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "parlante-gallery-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it("a gallery shows every portrait in nine poses with its video, and why a picture was refused", async () => {
  await copyFile(join(root, "samples/portrait.png"), join(folder, "somebody.png"));
  await writeFile(join(folder, "broken.jpg"), "not a picture");
  const out = join(folder, "out");
  const program = [
    "--import",
    "tsx",
    "scripts/gallery.ts",
    "--in",
    folder,
    "--out",
    out,
    "--prompt",
    "Hi, Bob.",
  ];
  const { stdout } = await promisify(execFile)(process.execPath, program, { cwd: root });
  expect(stdout).toContain("somebody.png: done");
  expect(stdout).toContain("broken.jpg: refused: unsupported_image_format");

  expect((await readdir(join(out, "poses"))).filter((name) => name.startsWith("somebody-"))).toHaveLength(9);
  const rest = await sharp(join(out, "poses/somebody-0.png")).greyscale().raw().toBuffer();
  const open = await sharp(join(out, "poses/somebody-1.png")).greyscale().raw().toBuffer();
  const changed = rest.filter((value, i) => Math.abs(value - open[i]!) > 24).length / rest.length;
  expect(changed).toBeGreaterThan(0.005);
  expect(changed).toBeLessThan(0.3);

  const page = await readFile(join(out, "index.html"), "utf8");
  expect(page).toContain('<video src="somebody.mp4"');
  expect(page).toContain("refused: unsupported_image_format");
  const sheet = await sharp(join(out, "sheet.png")).metadata();
  expect(sheet.width).toBeGreaterThan(9 * 200);
});
