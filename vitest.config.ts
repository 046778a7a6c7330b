import { defineConfig } from "vitest/config";

const reportFile = process.env.PARLANTE_TEST_REPORT;
const timeouts = {
  testTimeout: 120_000,
  hookTimeout: 120_000,
  // Many tests have to do with time, and the machines of continuous integration are shared.
  retry: process.env.CI === "true" ? 2 : 0,
};

export default defineConfig({
  test: {
    reporters: reportFile === undefined ? ["default"] : ["default", ["json", { outputFile: reportFile }]],
    projects: [
      {
        test: {
          name: "together",
          include: ["src/**/*.test.ts", "test/**/*.test.ts"],
          exclude: ["test/faults/**", "src/**/*-load.test.ts"],
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
          ...timeouts,
        },
      },
      {
        // Measures latencies and ends processes: with neighbours it would measure them.
        test: {
          name: "alone",
          include: ["test/faults/**/*.test.ts", "src/**/*-load.test.ts"],
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
          ...timeouts,
        },
      },
    ],
  },
});
