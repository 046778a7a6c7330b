import { type RequestFlag, requestFlags } from "../../src/cli/request-flags.js";

/** The options of `parlante speak` as Markdown, made from the schema of a request. */
export function optionsTable(): string {
  const rows = requestFlags().map(
    (flag) => `| \`--${flag.flag}\` | ${values(flag)} | ${cell(flag.description)} |`,
  );
  return ["| Option | Values (default in bold) | Meaning |", "|---|---|---|", ...rows].join("\n");
}

function values({ type, choices, defaultValue }: RequestFlag): string {
  if (type === "boolean") return "flag";
  if (choices.length === 0) return defaultValue === null ? "text" : `**${defaultValue}**`;
  return choices.map((choice) => (choice === defaultValue ? `**${choice}**` : choice)).join(", ");
}

/** What Markdown would take for a column or a tag. */
function cell(text: string): string {
  return text.replace(/<[^>]*>/g, (tag) => `\`${tag}\``).replaceAll("|", "\\|");
}
