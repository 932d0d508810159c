import path from "node:path"
import { defineConfig } from "vitest/config"

/** Where the packages are that only the tests of deployment use (test/deployment/packages.ts). */
const DEPLOYMENT = path.join(import.meta.dirname, ".work/deployment/node_modules")

const integrationFiles = (...names: ReadonlyArray<string>) =>
  names.map((name) => `test/integration/${name}.test.ts`)

/** Tests that count calls or milliseconds: they fail if the CPU is busy with other tests. */
const TIMING = integrationFiles(
  "batches",
  "deadConnections",
  "deadlines",
  "ending",
  "freeze",
  "herd",
  "rounds",
  "secrecyOfFeatures",
  "sharedTier",
  "workloadCredentials",
)

/** Tests that spend most of their time in waits of seconds, for AWS that fails: more of them run at the same time. */
const WAITING = integrationFiles("agentEnding", "outage", "proxy")

/** Most of their time is waiting for processes, so tests of a file run at the same time, each with an environment of its own. */
const integration = {
  testTimeout: 60_000,
  hookTimeout: 60_000,
  maxWorkers: 2,
  isolate: false,
}

// "unit" touches no network beyond loopback. Its files share the modules of a process, as those of the integration tests do, so
// that Effect and the SDK are evaluated once; what is counted globally, like metrics, each test provides for itself.
// "integration", "integration-waiting" and then "integration-timing" drive the built artifacts as processes.
// "deployment" synthesises, packages and checks what docs/deploy.md shows by the tools it names (`npm run test:deployment`).
// "packages" installs the published package beside other versions of TypeScript (`npm run test:packages`).
// "reliability" is the fault matrix (`npm run test:reliability`); "slow" takes minutes (`npm run test:slow`).
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["integration", "slow", "reliability", "deployment", "packages"].map(
            (folder) => `test/${folder}/**`,
          ),
          // vitest leaves one CPU idle by default.
          maxWorkers: "100%",
          // For tests that hang: a busy machine can take ten times as long as a quiet one.
          testTimeout: 60_000,
          isolate: false,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...integration,
          name: "integration",
          include: ["test/integration/**/*.test.ts"],
          exclude: [...TIMING, ...WAITING],
          maxConcurrency: 3,
          sequence: { groupOrder: 1, concurrent: true },
        },
      },
      {
        test: {
          ...integration,
          name: "integration-waiting",
          include: WAITING,
          maxConcurrency: 8,
          sequence: { groupOrder: 1, concurrent: true },
        },
      },
      {
        test: {
          ...integration,
          name: "integration-timing",
          include: TIMING,
          maxConcurrency: 2,
          sequence: { groupOrder: 2, concurrent: true },
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
        resolve: {
          alias: [
            {
              find: /^(aws-cdk-lib|constructs|@pulumi\/\w+|dockerfile-utils|kubernetes-models)(?=$|\/)/,
              replacement: `${DEPLOYMENT}/$1`,
            },
          ],
        },
        test: {
          name: "deployment",
          include: ["test/deployment/**/*.test.ts"],
          globalSetup: "test/deployment/packages.ts",
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          name: "packages",
          include: ["test/packages/**/*.test.ts"],
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          name: "slow",
          include: [
            "test/slow/**/*.test.ts",
            "test/cache/CacheModel.test.ts",
            "test/cache/SharedModel.test.ts",
          ],
          env: { MODEL_RUNS: "2000" },
        },
      },
    ],
  },
})
