// Prints one closing line from vitest's JSON report: node summarise-tests.mjs REPORT EXIT_STATUS
import { readFileSync } from "node:fs";

const [reportFile, exitStatus] = process.argv.slice(2);

let passed = 0;
let failed = 0;
try {
  const report = JSON.parse(readFileSync(reportFile, "utf8"));
  passed = report.numPassedTests;
  failed = report.numFailedTests;
} catch {
  // No report: the checks before the tests failed, and the exit status below tells so.
}
// A lint error or a file that does not load fails the run without failing a test.
if (Number(exitStatus) !== 0) failed = Math.max(failed, 1);
process.stdout.write(`${passed} passed, ${failed} failed\n`);
