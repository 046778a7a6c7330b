import { parseArgs } from "node:util";
import { programVersion } from "../shared/program-version.js";
import type { Command, CommandContext } from "./command.js";
import type { Finding } from "./doctor/finding.js";
import { UsageError } from "./usage.js";

/** `parlante doctor`: what is missing on this machine, and how to mend it. */
export const doctorCommand: Command = {
  name: "doctor",
  summary: "Check this machine and the settings, and say how to mend what is wrong.",
  usage,
  run,
};

function usage(): string {
  return [
    "parlante doctor: looks at Node, the platform packages, disk, memory, processors, port, certificates, database,",
    "keys, clock and file store, with the settings that parlante serve would use. It changes nothing.",
    "",
    "Usage:",
    "  parlante doctor [--render] [--json]",
    "",
    "  --render  also make a small video, and tell how long it takes",
    "  --json    one JSON object on standard output: {ok, version, checks: [{name, level, fact, cure}]}",
    "",
    "Exit status: 0 when nothing fails (warnings may be left), 1 when something does.",
    "",
  ].join("\n");
}

const SIGNS = { ok: "ok  ", warn: "warn", fail: "FAIL" } as const;
const NAME_WIDTH = 11;

async function run(args: readonly string[], context: CommandContext): Promise<number> {
  const { json, render } = parse(args);
  const findings: Finding[] = [];
  const tell = async (finding: Finding): Promise<void> => {
    findings.push(finding);
    if (!json) await context.print(inWords(finding));
  };
  // Loaded late, so that help and refusals do not wait for databases.
  const { fail, reasonOf } = await import("./doctor/finding.js");
  const { readServerSettings } = await import("../app/serve.js");
  let settings: ReturnType<typeof readServerSettings> | null = null;
  try {
    settings = readServerSettings(context.environment);
  } catch (error) {
    for (const problem of reasonsOf(error))
      await tell(fail("settings", reasonOf(problem), "parlante serve --help lists what is possible."));
  }
  if (settings !== null) {
    const { examine } = await import("./doctor/examine.js");
    await examine({ settings, renders: render, signal: context.signal, onFinding: tell });
  }
  const failures = findings.filter(({ level }) => level === "fail").length;
  const warnings = findings.filter(({ level }) => level === "warn").length;
  await context.print(
    json
      ? `${JSON.stringify({ ok: failures === 0, version: programVersion(), checks: findings }, null, 2)}\n`
      : `\n${summary(failures, warnings)}\n`,
  );
  return failures === 0 ? 0 : 1;
}

function parse(args: readonly string[]): { json: boolean; render: boolean } {
  try {
    const options = { json: { type: "boolean" }, render: { type: "boolean" } } as const;
    const { values } = parseArgs({ args: [...args], options, allowPositionals: false });
    return { json: values.json ?? false, render: values.render ?? false };
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message.split("\n")[0]! : "", { cause });
  }
}

/** A settings error has one line per variable. */
function reasonsOf(error: unknown): readonly string[] {
  return (error instanceof Error ? error.message : String(error)).split("\n").filter((line) => line !== "");
}

function inWords({ name, level, fact, cure }: Finding): string {
  const line = `${SIGNS[level]}  ${name.padEnd(NAME_WIDTH)} ${fact}\n`;
  return cure === undefined ? line : `${line}${" ".repeat(SIGNS.ok.length + 2 + NAME_WIDTH + 1)}→ ${cure}\n`;
}

function summary(failures: number, warnings: number): string {
  const count = (number: number, word: string): string => `${number} ${word}${number === 1 ? "" : "s"}`;
  if (failures > 0) return `${count(failures, "problem")}, ${count(warnings, "warning")}.`;
  return warnings > 0 ? `No problems, ${count(warnings, "warning")}.` : "All is well.";
}
