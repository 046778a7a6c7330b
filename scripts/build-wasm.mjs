// Compiles the modules of wasm/assembly to wasm/*.wasm. With --check it only verifies that the committed files are up to
// date, so that a clone needs no compiler and yet nobody can ship a kernel that does not match its source.
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

const root = fileURLToPath(new URL("..", import.meta.url));
/** Source in wasm/assembly to module in wasm. */
const modules = [
  { source: "index.ts", target: "kernels.wasm" },
  { source: "tensor.ts", target: "tensor.wasm" },
];

for (const { source, target } of modules) {
  const binary = await compile(source, target);
  const file = new URL(`../wasm/${target}`, import.meta.url);
  if (process.argv.includes("--check")) {
    const committed = await readFile(file);
    if (Buffer.compare(committed, Buffer.from(binary)) !== 0) {
      console.error(`wasm/${target} does not match wasm/assembly. Run: npm run build:wasm`);
      process.exit(1);
    }
    console.log(`wasm/${target} is up to date (${binary.length} bytes)`);
  } else {
    await writeFile(file, binary);
    console.log(`wrote wasm/${target} (${binary.length} bytes)`);
  }
}

async function compile(source, target) {
  let binary = null;
  const { error, stderr } = await asc.main(
    [
      `wasm/assembly/${source}`,
      "--outFile",
      target,
      "-O3",
      "--noAssert",
      "--runtime",
      "stub",
      "--enable",
      "simd",
      "--enable",
      "bulk-memory",
      "--use",
      "abort=",
      "--importMemory",
    ],
    {
      readFile: async (name, base) => {
        try {
          return await readFile(new URL(name, `file://${base === "." ? root : `${root}${base}/`}`), "utf8");
        } catch {
          return null;
        }
      },
      writeFile: async (name, data) => {
        if (name.endsWith(".wasm")) binary = data;
      },
      listFiles: async () => [],
    },
  );
  if (error || !binary) {
    console.error(stderr.toString());
    process.exit(1);
  }
  return binary;
}
