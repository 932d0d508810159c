import { defineConfig } from "vitest/config"

// Three projects: "unit" runs in one process and touches no network beyond loopback; "integration" drives the
// built bundle as a process, one file at a time, because each file launches several processes of its own;
// "slow" is what takes minutes, and is run by `npm run test:slow`.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/integration/**", "test/slow/**"],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: "integration",
          include: ["test/integration/**/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
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
