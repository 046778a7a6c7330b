import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

/**
 * One script with a CommonJS package and all that it requires, so that a page has it as a global variable.
 *
 * Enough for packages of plain JavaScript: every `require("…")` with a literal name is followed.
 *
 * @param from - path of the file on whose behalf the package is looked for
 * @param variable - name of the global variable that gets the exports of the package
 */
export function bundleForBrowser(from: string, packageName: string, variable: string): string {
  const modules = new Map<string, string>();
  const add = (file: string): void => {
    if (modules.has(file)) return;
    modules.set(file, "");
    const resolve = createRequire(file).resolve;
    const code = readFileSync(file, "utf8").replace(/\brequire\("([^"]+)"\)/g, (_, name: string) => {
      const found = resolve(name);
      add(found);
      return `require(${JSON.stringify(found)})`;
    });
    modules.set(file, file.endsWith(".json") ? `module.exports = ${code}` : code);
  };
  const entry = createRequire(from).resolve(packageName);
  add(entry);
  const entries = [...modules].map(
    ([file, code]) => `${JSON.stringify(file)}: function (module, exports, require) {\n${code}\n}`,
  );
  return `var ${variable} = (function (definitions) {
  var known = {};
  function require(name) {
    if (known[name]) return known[name].exports;
    var module = (known[name] = { exports: {} });
    definitions[name](module, module.exports, require);
    return module.exports;
  }
  return require(${JSON.stringify(entry)});
})({
${entries.join(",\n")}
});
`;
}
