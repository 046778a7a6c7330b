import { type RequestFlag, requestFlags } from "../../src/cli/request-flags.js";

/** The options of `parlante speak` as Markdown, made from the schema of a request. */
export function optionsTable(): string {
  const rows = [
    ["Option", "Values (default in bold)", "Meaning"],
    ...requestFlags().map((flag) => [`\`--${flag.flag}\``, values(flag), cell(flag.description)]),
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) => line(row.map((text, column) => text.padEnd(widths[column]!))));
  const rule = line(widths.map((width) => "-".repeat(width)));
  return [lines[0], rule, ...lines.slice(1)].join("\n");
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
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
