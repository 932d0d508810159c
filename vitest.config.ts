import { defineConfig } from "vitest/config"

// Four projects: "unit" touches no network beyond loopback, and its files share the modules of a process, so that Effect and the
// SDK are evaluated once (what is counted globally, like metrics, each test provides for itself); "integration" drives the
// built bundle as a process, after the unit tests and two files at a time, because each file launches several processes of
// its own and waits for most of its time;
// "reliability" is the fault matrix (`npm run test:reliability`); "slow" is what takes minutes, and is run by `npm run test:slow`.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/integration/**", "test/slow/**", "test/reliability/**"],
          // vitest leaves one CPU idle by default.
          maxWorkers: "100%",
          testTimeout: 20_000,
          isolate: false,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: "integration",
          include: ["test/integration/**/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: "reliability",
          include: ["test/reliability/**/*.test.ts"],
          testTimeout: 600_000,
        },
      },
      {
        test: {
          name: "slow",
          include: ["test/slow/**/*.test.ts"],
        },
      },
    ],
  },
})
