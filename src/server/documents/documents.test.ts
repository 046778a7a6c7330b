import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { describeSettings } from "../../app/serve.js";
import { talkRequestJsonSchema } from "../../request/index.js";
import { VOICE_NAMES } from "../../speech/index.js";
import { createDocuments } from "./documents.js";
import { ERROR_GROUPS } from "./error-catalogue.js";
import { highlight } from "./page/highlight.js";
import { escapeHtml, html, prose } from "./page/html.js";

const modelId = "fal-ai/heygen/avatar4/image-to-video";
const documents = createDocuments({
  modelId,
  inputSchema: talkRequestJsonSchema(),
  voices: VOICE_NAMES.slice(0, 102),
  otherVoices: VOICE_NAMES.slice(102),
  pricePerSecond: 0.1,
  settings: describeSettings(),
  version: "1.2.3",
});
const baseOf = (site: string) => ({ queue: `${site}/queue`, rest: `${site}/rest`, files: site, site });
const site = "http://127.0.0.1:8080";
const text = documents.llmsText(baseOf(site));
const page = documents.apiPage(baseOf(site));

describe("llms.txt", () => {
  it("has the outline of the hosted page, in its order", () => {
    const prosaic = text.replace(/```[\s\S]*?```/g, "");
    const headings = prosaic.split("\n").filter((line) => /^#{1,3} |^> |^\*\*.*\*\*:$/.test(line));
    expect(headings).toEqual([
      "# Heygen",
      "> Heygen Photo Avatar 4 Model",
      "## Overview",
      "## Pricing",
      "## API Information",
      "### Input Schema",
      "**Required Parameters Example**:",
      "**Full Example**:",
      "### Output Schema",
      "**Example Response**:",
      "## Usage Examples",
      "### cURL",
      "### Python",
      "### JavaScript",
      "## Additional Resources",
      "### Documentation",
      "### fal.ai Platform",
    ]);
    expect(text.startsWith("# Heygen\n\n> Heygen Photo Avatar 4 Model\n")).toBe(true);
  });

  it("writes fields as the hosted page does", () => {
    expect(text).toContain(
      [
        `- **Endpoint**: \`${site}/run/${modelId}\``,
        `- **Model ID**: \`${modelId}\``,
        "- **Category**: image-to-video",
        "- **Kind**: inference",
        "**Tags**: image-to-video",
      ].join("\n"),
    );
    expect(text).toContain("Your request will cost **$0.1** per output video second.");
    expect(text).toMatch(/^- \*\*`image_url`\*\* \(`string`, _required_\):\n {2}\S/m);
    expect(text).toMatch(
      /^- \*\*`talking_style`\*\* \(`TalkingStyleEnum`, _optional_\):\n {2}.* Default value: `"stable"`\n {2}- Default: `"stable"`\n {2}- Options: `"stable"`, `"expressive"`$/m,
    );
    expect(text).toMatch(/^ {2}- Default: `false`$/m);
    expect(text).toMatch(
      /^- \*\*`extra_outputs`\*\* \(`list<string>`.*\n.*\n {2}- Default: `\[\]`\n {2}- Options: `"srt"`, /m,
    );
    const names = [...text.matchAll(/^- \*\*`(\w+)`\*\* \(/gm)].map((match) => match[1]);
    expect(names).toEqual([
      ...["image_url", "prompt", "voice", "audio_url", "talking_style", "expression", "background"],
      ...["resolution", "aspect_ratio", "caption", "language", "seed", "output_format", "fit"],
      ...["caption_style", "caption_track", "extra_outputs", "progressive", "video"],
      ...["caption_file", "caption_file_vtt", "poster", "preview_gif", "preview_webp"],
    ]);
  });

  it("has examples that are JSON, the full one with the fields of the hosted page", () => {
    const blocks = [...text.matchAll(/```json\n([\s\S]*?)\n```/g)].map((match) => JSON.parse(match[1]!));
    expect(blocks.map((block) => Object.keys(block as object))).toEqual([
      ["image_url"],
      ["image_url", "prompt", "voice", "talking_style", "resolution", "aspect_ratio"],
      ["video"],
    ]);
  });

  it("links to this server only", () => {
    const links = [...text.matchAll(/\]\(([^)]+)\)/g)].map((match) => match[1]!);
    expect(links.length).toBeGreaterThan(5);
    for (const link of links) expect(link.startsWith(`${site}/`)).toBe(true);
    expect(text).toContain("Parlante");
  });

  it("needs no pointing where fal's own names lead here", () => {
    const aliased = documents.llmsText({
      queue: "https://queue.fal.run",
      rest: "https://rest.fal.ai",
      files: "https://v3.fal.media",
      site: "https://fal.ai",
    });
    expect(aliased).toContain(`- **Endpoint**: \`https://fal.run/${modelId}\``);
    expect(aliased).not.toMatch(/proxyUrl|RUN_URL_FORMAT/);
  });
});

describe("the samples", () => {
  const blocks = (language: string) =>
    [...text.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\\n\`\`\``, "g"))].map(
      (match) => match[1]!,
    );

  it("in JavaScript can be parsed", () => {
    const directory = mkdtempSync(join(tmpdir(), "parlante-samples-"));
    try {
      const decoded = [
        ...page.matchAll(/<figcaption>([^<]*)<\/figcaption><pre[^>]*><code>([\s\S]*?)<\/code>/g),
      ]
        .filter(([, label]) => label!.includes("talk.mjs") || label!.includes("signature"))
        .map(([, , code]) => plain(code!));
      expect(decoded).toHaveLength(2);
      for (const code of [...blocks("javascript"), ...decoded]) {
        const file = join(directory, "sample.mjs");
        writeFileSync(file, code);
        execFileSync(process.execPath, ["--check", file], { stdio: "pipe" });
      }
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it.skipIf(spawnSync("python3", ["--version"]).status !== 0)("in Python can be parsed", () => {
    const [code] = blocks("python");
    const parse = "import ast, sys; ast.parse(sys.stdin.read())";
    execFileSync("python3", ["-c", parse], { input: code!, stdio: ["pipe", "pipe", "pipe"] });
  });

  it("for a shell can be parsed", () => {
    for (const code of blocks("bash")) execFileSync("bash", ["-n"], { input: code });
  });
});

describe("the API page", () => {
  it("is well-formed: every element is closed, every id is one, every link to a chapter leads there", () => {
    const open: string[] = [];
    const empty = ["meta", "link", "input", "br"];
    const markup = page.replace(/<style>[\s\S]*?<\/style>/, "");
    for (const [, slash, name, rest] of markup.matchAll(/<(\/?)([a-z][a-z0-9]*)((?:\s[^<>]*)?)>/g)) {
      if (slash === "/") expect(open.pop(), `</${name}> in ${open.join(">")}`).toBe(name);
      else if (!empty.includes(name!) && !rest!.endsWith("/")) open.push(name!);
    }
    expect(open).toEqual([]);
    const ids = [...page.matchAll(/\sid="([^"]+)"/g)].map((match) => match[1]!);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, target] of page.matchAll(/href="#([^"]+)"/g)) expect(ids).toContain(target);
    for (const [, target] of page.matchAll(/<label for="([^"]+)"/g)) expect(ids).toContain(target);
  });

  it("runs nothing and loads nothing", () => {
    expect(
      /<(?:script|iframe|img|object|embed|form)\b|<[^>]*\son\w+\s*=|@import|url\(/i.exec(page),
    ).toBeNull();
    const loaded = [...page.matchAll(/<link[^>]*href="([^"]+)"/g)].map((match) => match[1]!);
    for (const address of loaded) expect(address).toMatch(/^data:/);
  });

  it("says its language and title, and has one main heading, then chapters, then sections", () => {
    expect(page).toMatch(/<html lang="en">/);
    expect(page).toMatch(/<title>[^<]+<\/title>/);
    const levels = [...page.matchAll(/<h([1-6])/g)].map((match) => Number(match[1]));
    expect(levels[0]).toBe(1);
    expect(levels.filter((level) => level === 1)).toHaveLength(1);
    for (const [i, level] of levels.entries())
      if (i > 0) expect(level - levels[i - 1]!).toBeLessThanOrEqual(1);
  });

  it("tells every input, every choice, every voice and every setting", () => {
    const schema = talkRequestJsonSchema();
    for (const name of Object.keys(schema.properties!)) expect(page).toContain(`id="input-${name}"`);
    for (const choice of ["1080p", "5:4", "expressive", "contain", "#FFFFFF"])
      expect(page).toContain(`<code>${choice}</code>`);
    for (const name of VOICE_NAMES) expect(page).toContain(`<code>${escapeHtml(name)}</code>`);
    for (const { name } of describeSettings()) expect(page).toContain(`<code>${name}</code>`);
  });

  it("tells every call of the platform API", () => {
    const folder = fileURLToPath(new URL("../platform/", import.meta.url));
    const paths = readdirSync(folder).flatMap((file) =>
      [...readFileSync(join(folder, file), "utf8").matchAll(/\bpath: "(\/v1\/[^"]+)"/g)].map(
        (match) => match[1]!,
      ),
    );
    expect(paths.length).toBeGreaterThan(5);
    for (const path of paths) expect(page).toContain(`<code>${path}`);
  });

  it("cannot be made to say more by the address that a caller claims", () => {
    const hostile = documents.apiPage(baseOf('http://x"><script>alert(1)</script>'));
    expect(hostile).not.toContain("<script");
  });
});

describe("the list of errors", () => {
  /** These say why the program does not start, or come from the command line: no caller sees them. */
  const unseen =
    /^(?:database_|invalid_(?:output_path|setting)$|keys_required$|cannot_listen$|bad_(?:certificate|directory|host_name)$|model_source_error$|custom$)/;

  it("has every type that the program can answer with", () => {
    const root = fileURLToPath(new URL("../../", import.meta.url));
    const known = new Set(ERROR_GROUPS.flatMap(({ entries }) => entries.map(({ type }) => type)));
    const patterns = [
      /new (?:Input|Asset|Capacity|Parlante)Error\(\s*"([a-z_]+)"/g,
      /\bproblem\(\s*"([a-z_]+)"/g,
      /\bcode: "([a-z_]+)"/g,
      /\["([a-z_]+)", "Input should/g,
      /\berror(?:Type|_type): "([a-z_]+)"/g,
    ];
    const types = new Set<string>();
    for (const file of readdirSync(root, { recursive: true, encoding: "utf8" })) {
      if (!/(?<!\.test)\.ts$/.test(file) || file.startsWith("server/documents/")) continue;
      const source = readFileSync(join(root, file), "utf8");
      for (const pattern of patterns) for (const [, type] of source.matchAll(pattern)) types.add(type!);
    }
    expect(types.size).toBeGreaterThan(25);
    expect([...types].filter((type) => !known.has(type) && !unseen.test(type))).toEqual([]);
  });

  it("has each type once, with a status, a meaning and a cure", () => {
    const entries = ERROR_GROUPS.flatMap((group) => group.entries);
    expect(new Set(entries.map(({ type }) => type)).size).toBe(entries.length);
    for (const { status, meaning, cure } of entries) {
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).not.toBe(409);
      for (const sentence of [meaning, cure]) expect(sentence).toMatch(/^[A-Z].*\.$/);
    }
  });
});

describe("writing HTML", () => {
  it("escapes what is put in, and joins what is HTML", () => {
    expect(html`<p title="${`"'`}">${"<b>&"}${[html`<i>${1}</i>`, "x"]}${null}${false}</p>`.text).toBe(
      '<p title="&quot;&#39;">&lt;b&gt;&amp;<i>1</i>x</p>',
    );
    expect(prose("a `<b>` **c** & d").text).toBe("a <code>&lt;b&gt;</code> <strong>c</strong> &amp; d");
  });

  it("marks code without changing it", () => {
    const code = `# it's\ncurl "a" 'b <c>' 12 http://127.0.0.1:80/x  # end\nFAL_KEY=1`;
    const marked = highlight(code, "bash").text;
    expect(plain(marked)).toBe(code);
    expect(marked).toContain('<span class="comment"># it&#39;s</span>');
    expect(marked).toContain('<span class="text">&quot;a&quot;</span>');
    expect(marked).toContain('<span class="number">12</span>');
    expect(marked).toContain("http://127.0.0.1:80/x");
  });
});

function plain(markup: string): string {
  return markup
    .replace(/<[^>]+>/g, "")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");
}
