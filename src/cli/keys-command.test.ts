import { describe, expect, it } from "vitest";
import { keysCommand } from "./keys-command.js";
import { UsageError } from "./usage.js";

/** Nothing may be opened: there is no such database. */
const context = {
  print: async () => {},
  messages: { write: () => true, isTTY: false, columns: 80 } as never,
  signal: new AbortController().signal,
  environment: { DATABASE_URL: "postgresql://nobody@127.0.0.1:1/none" },
};

describe("the arguments of parlante keys", () => {
  it.each([
    [[], /create, list or revoke/],
    [["destroy"], /create, list or revoke/],
    [["create"], /needs --name/],
    [["create", "--name"], /name/],
    [["create", "--name", "x", "--budget", "much"], /--budget needs a number/],
    [["create", "--name", "x", "--max-concurrency", "-1"], /max-concurrency/],
    [["create", "--name", "x", "--colour", "red"], /colour/],
    [["create", "x"], /"x" is too much/],
    [["list", "all"], /"all" is too much/],
    [["revoke"], /needs the id/],
    [["revoke", "a", "b"], /"b" is too much/],
  ])("%j is not understood, and nothing is opened", async (args, explanation) => {
    const error = await keysCommand.run(args, context).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UsageError);
    expect((error as UsageError).message).toMatch(explanation);
  });

  it("help names every flag", async () => {
    const text = await keysCommand.usage();
    for (const flag of [
      "--name",
      "--scope",
      "--max-concurrency",
      "--requests-per-minute",
      "--budget",
      "--json",
    ])
      expect(text).toContain(flag);
    for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(120);
  });
});
