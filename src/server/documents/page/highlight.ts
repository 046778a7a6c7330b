import { escapeHtml, Html } from "./html.js";

/** Languages of the samples. */
export type Language = "bash" | "python" | "javascript" | "json";

const KEYWORDS: Readonly<Record<Language, string>> = {
  bash: "curl|parlante|python|node|pip|npm|sh|jq",
  python: "import|from|def|if|for|in|print|True|False|None",
  javascript: "import|from|const|await|export|function|return|if|new|true|false|null",
  json: "true|false|null",
};
const COMMENTS: Readonly<Record<Language, string>> = {
  bash: "(?<=^|\\s)#.*$",
  python: "#.*$",
  javascript: "//.*$",
  json: "(?!)",
};

/** Code with its comments, texts, numbers and keywords marked. Nothing of it is lost or changed. */
export function highlight(code: string, language: Language): Html {
  const token = new RegExp(
    [
      `(?<comment>${COMMENTS[language]})`,
      `(?<text>"(?:[^"\\\\\\n]|\\\\.)*"|'[^']*')`,
      `(?<word>\\b(?:${KEYWORDS[language]})\\b(?![.\\w-]))`,
      "(?<number>(?<![\\w.:/-])\\d+(?:\\.\\d+)?(?![\\w.:/]))",
    ].join("|"),
    "gm",
  );
  let result = "";
  let end = 0;
  for (const match of code.matchAll(token)) {
    const kind = Object.entries(match.groups ?? {}).find(([, text]) => text !== undefined)?.[0];
    result += escapeHtml(code.slice(end, match.index));
    result += `<span class="${kind}">${escapeHtml(match[0])}</span>`;
    end = match.index + match[0].length;
  }
  return new Html(result + escapeHtml(code.slice(end)));
}
