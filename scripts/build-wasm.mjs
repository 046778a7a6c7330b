// Compiles wasm/assembly to wasm/kernels.wasm. With --check it only verifies that the committed file is up to date,
// so that a clone needs no compiler and yet nobody can ship a kernel that does not match its source.
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

const root = fileURLToPath(new URL("..", import.meta.url));
const target = new URL("../wasm/kernels.wasm", import.meta.url);

let binary = null;
const { error, stderr } = await asc.main(
  ["wasm/assembly/index.ts", "--outFile", "kernels.wasm", "-O3", "--noAssert", "--runtime", "stub", "--enable", "simd", "--enable", "bulk-memory", "--use", "abort=", "--importMemory"],
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
if (process.argv.includes("--check")) {
  const committed = await readFile(target);
  if (Buffer.compare(committed, Buffer.from(binary)) !== 0) {
    console.error("wasm/kernels.wasm does not match wasm/assembly. Run: npm run build:wasm");
    process.exit(1);
  }
  console.log(`wasm/kernels.wasm is up to date (${binary.length} bytes)`);
} else {
  await writeFile(target, binary);
  console.log(`wrote wasm/kernels.wasm (${binary.length} bytes)`);
}
