import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Which folder of `src` imports which, as a Mermaid chart; `shared`, which all may use, is left out. */
export async function folderDiagram(): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      join(root, "node_modules", "dependency-cruiser", "bin", "dependency-cruise.mjs"),
      "src",
      ...["--config", ".dependency-cruiser.cjs"],
      ...["--include-only", "^src/"],
      ...["--exclude", "\\.(test|d)\\.ts$|^src/shared/|^src/index\\.ts$"],
      ...["--output-type", "mermaid"],
      ...["--collapse", "^src/[^/]+"],
    ],
    { cwd: root, maxBuffer: 1e7 },
  );
  return `\`\`\`mermaid\n${stdout.trim()}\n\`\`\``;
}
