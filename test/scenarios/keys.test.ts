import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Bench, createBench } from "../support/run-cli.js";
import { startTestDatabase, type TestDatabase } from "../support/test-database.js";

let bench: Bench;
let records: TestDatabase;
beforeAll(async () => {
  bench = createBench();
  records = await startTestDatabase();
});
afterAll(async () => {
  await records.close();
  bench.remove();
});

/** Runs `parlante keys …` on a database that others use at the same time. */
const keys = (...args: string[]) =>
  bench.run(["keys", ...args], { env: { ...process.env, DATABASE_URL: records.url } });

describe("parlante keys", () => {
  it("makes, lists and revokes", async () => {
    const made = await keys(
      "create",
      "--name",
      "Nadia",
      "--scope",
      "run",
      "--scope",
      "admin",
      "--budget",
      "2.50",
    );
    expect(made.exitCode).toBe(0);
    // Alone on standard output, so that FAL_KEY=$(parlante keys create …) works.
    expect(made.stdout).toMatch(/^[0-9a-f-]{36}:[0-9a-f]{32}\n$/);
    const [id, secret] = made.stdout.trim().split(":") as [string, string];

    const listed = await keys("list", "--json");
    expect(JSON.parse(listed.stdout)).toMatchObject({
      keys: [
        { id, name: "Nadia", scopes: ["run", "admin"], budget_usd: 2.5, spent_usd: 0, revoked_at: null },
      ],
    });
    expect(listed.stdout).not.toContain(secret);

    const revoked = await keys("revoke", made.stdout.trim());
    expect(revoked).toMatchObject({ exitCode: 0, stdout: "" });
    expect((await keys("list")).stdout).toMatch(/Nadia[\s\S]*revoked \d{4}-\d\d-\d\d/);
    const again = await keys("revoke", id, "--json");
    expect(again.exitCode).toBe(1);
    expect(JSON.parse(again.stdout).detail[0]).toMatchObject({ type: "not_found" });
  });

  it("says how it is used when it does not understand", async () => {
    expect(await keys("create")).toMatchObject({
      exitCode: 2,
      stdout: "",
      stderr: expect.stringContaining("create needs --name"),
    });
  });

  it("names the flag whose value cannot be used", async () => {
    const { exitCode, stderr } = await keys("create", "--name", "x", "--scope", "everything");
    expect(exitCode).toBe(1);
    expect(stderr).toBe("parlante: --scope: The scopes of a key are some of run, files, admin.\n");
  });
});
