/**
 * Checks of observability/ that need a download: installs Grafana's own types and Prometheus' own grammar into a temporary
 * folder, compiles both Grafana dashboards against the types, and parses all PromQL.
 *
 *   node scripts/node.mjs scripts/observability-checks.ts
 */
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import path from "node:path"
import process from "node:process"
import { promQl } from "../test/support/grafana.ts"
import { ROOT } from "./bundle.ts"
import { GRAFANA_DASHBOARDS } from "./grafana.ts"

const PACKAGES = [
  "@grafana/grafana-foundation-sdk@0.0.21",
  "@prometheus-io/lezer-promql@0.315.0",
  "@lezer/common@1.5.2",
  "@lezer/highlight@1.2.3",
  "@lezer/lr@1.4.10",
]

/** Grafana's types have enumerations and classes of queries where JSON has their values. */
const PLAIN = `
import type { Dashboard, Panel } from "@grafana/grafana-foundation-sdk/dashboard"
import type { Dataquery } from "@grafana/grafana-foundation-sdk/prometheus"
import type { MetricsQuery } from "@grafana/grafana-foundation-sdk/cloudwatch"

type Plain<T> = T extends string ? \`\${T}\`
  : T extends number ? (\`\${T}\` extends \`\${infer N extends number}\` ? N : number)
  : T extends (...args: never) => unknown ? never
  : T extends ReadonlyArray<infer Item> ? Array<Plain<Item>>
  : T extends object ? { [Key in keyof T as T[Key] extends (...args: never) => unknown ? never : Key]: Plain<T[Key]> }
  : T

type Query = Plain<Omit<Dataquery, \`_\${string}\`>> | Plain<Omit<MetricsQuery, \`_\${string}\`>>
export type Checked = Plain<Omit<Dashboard, "panels">> & {
  panels: Array<Plain<Omit<Panel, "targets">> & { targets: Array<Query> }>
}
`

const run = (command: string, args: ReadonlyArray<string>, cwd: string): void => {
  console.log(`$ ${command} ${args.join(" ")}`)
  const { error, status } = spawnSync(command, args, { cwd, stdio: "inherit" })
  if (error !== undefined || status !== 0) throw error ?? new Error(`${command} ended with ${status}`)
}

interface Tree {
  readonly toString: () => string
}

/** Throws if a query has a part that Prometheus' grammar does not know. */
const parseAll = (folder: string): void => {
  const { parser } = createRequire(path.join(folder, "package.json"))("@prometheus-io/lezer-promql") as {
    readonly parser: { readonly parse: (text: string) => Tree }
  }
  const isWrong = (query: string) => parser.parse(query).toString().includes("⚠")
  if (!isWrong("sum by (rate(x[5m])")) throw new Error("the grammar accepts invalid PromQL")
  const wrong = promQl.filter(isWrong)
  if (wrong.length > 0) throw new Error(`no PromQL: ${wrong.join("\n")}`)
  console.log(`${promQl.length} queries are PromQL.`)
}

const folder = mkdtempSync(path.join(tmpdir(), "observability-checks-"))
try {
  const write = (file: string, text: string) => writeFileSync(path.join(folder, file), text)
  write("package.json", JSON.stringify({ type: "module" }))
  run("npm", ["install", "--no-audit", "--no-fund", ...PACKAGES], folder)
  parseAll(folder)
  write("checked.ts", PLAIN)
  const files = GRAFANA_DASHBOARDS.map(([file, dashboard], index) => {
    write(
      `dashboard${index}.ts`,
      `import type { Checked } from "./checked.ts"\n// ${file}\nexport const dashboard: Checked = ${JSON.stringify(dashboard, undefined, 2)}\n`,
    )
    return `dashboard${index}.ts`
  })
  const options = [
    "--noEmit",
    "--strict",
    "--skipLibCheck",
    "--allowImportingTsExtensions",
    "--module",
    "nodenext",
  ]
  run(process.execPath, [path.join(ROOT, "node_modules/typescript/bin/tsc"), ...options, ...files], folder)
  console.log(`${files.length} dashboards have Grafana's types.`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
