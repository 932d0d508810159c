/**
 * Runs Terraform on the modules of terraform/. The provider is a stand-in with the real one's arguments, built by Go, because no
 * test can fetch the real one; it creates nothing.
 */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { execFileSync, spawnSync } from "node:child_process"
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import path from "node:path"
import process from "node:process"
import { ROOT } from "../../scripts/bundle.ts"
import { isOnPath } from "../sam/onPath.ts"
import { temporaryFolder } from "../support/lambda.ts"
import { skipped } from "../support/skipped.ts"
import { providerSchema } from "./providerSchema.ts"

export const MODULE = path.join(ROOT, "terraform")
const BUILT = path.join(ROOT, ".work/deployment/terraform")

export const hasTerraform = isOnPath("terraform")
export const canApply = hasTerraform && isOnPath("go")
export const because = skipped(!canApply, "without terraform and go on PATH")

const files = readdirSync(MODULE, { recursive: true, encoding: "utf8" }).filter((file) =>
  file.endsWith(".tf"),
)
const texts = files.map((file) => readFileSync(path.join(MODULE, file), "utf8"))
const usedIn = (keyword: "resource" | "data"): ReadonlyArray<string> => [
  ...new Set(
    texts.flatMap((text) =>
      Array.from(text.matchAll(new RegExp(`^${keyword} "(\\w+)"`, "gm")), ([, name = ""]) => name),
    ),
  ),
]

const environment = {
  ...process.env,
  CHECKPOINT_DISABLE: "1",
  TF_IN_AUTOMATION: "1",
  TF_CLI_CONFIG_FILE: path.join(BUILT, "cli.tfrc"),
  PROVIDER_SCHEMA: path.join(BUILT, "schema.json"),
}

/** Runs Terraform in a folder. */
export const terraform = (cwd: string, ...args: ReadonlyArray<string>) => {
  const { status, stderr, stdout } = spawnSync("terraform", args, { cwd, env: environment, encoding: "utf8" })
  // Terraform draws a frame and wraps lines.
  return { status, stdout, said: (stdout + stderr).replaceAll(/[\s│╷╵]+/g, " ") }
}

/** A copy of the module with its examples, whose main folder is a configuration that uses it. */
export const configuration = Effect.fnUntraced(function* (main: string) {
  const folder = yield* temporaryFolder
  cpSync(MODULE, path.join(folder, "module"), { recursive: true })
  for (const name of ["node", "arm64"]) writeFileSync(path.join(folder, `cache-extension-${name}.zip`), name)
  writeFileSync(path.join(folder, "main.tf"), main)
  return folder
})

export const used = (inputs: string, folder = "module"): string =>
  `module "extension" {\n  source = "./${folder}"\n${inputs}\n}\noutput "all" {\n  value = module.extension\n}\n`

/** Applies the module with these inputs. */
export const applied = Effect.fnUntraced(function* (inputs: string, module?: string) {
  const folder = yield* configuration(used(inputs, module))
  terraform(folder, "get")
  const { said, status } = terraform(folder, "apply", "-auto-approve", "-no-color")
  assert.strictEqual(status, 0, said)
  const state = JSON.parse(terraform(folder, "show", "-json").stdout).values
  const resources = (state.root_module.child_modules ?? []).flatMap(
    ({
      resources: inModule,
    }: {
      resources: ReadonlyArray<{ type: string; values: Record<string, unknown> }>
    }) => inModule ?? [],
  ) as ReadonlyArray<{ readonly type: string; readonly values: Readonly<Record<string, unknown>> }>
  return { outputs: state.outputs.all.value, resources }
})

/** Builds the stand-in for the provider. */
export const buildProvider = (): void => {
  mkdirSync(BUILT, { recursive: true })
  const source = path.join(import.meta.dirname, "terraformProvider")
  execFileSync("go", ["build", "-o", path.join(BUILT, "terraform-provider-aws"), "."], {
    cwd: source,
    stdio: "inherit",
  })
  writeFileSync(
    environment.PROVIDER_SCHEMA,
    JSON.stringify(providerSchema(usedIn("resource"), usedIn("data"))),
  )
  const overrides = `"hashicorp/aws" = ${JSON.stringify(BUILT)}`
  writeFileSync(
    environment.TF_CLI_CONFIG_FILE,
    `provider_installation {\n  dev_overrides {\n    ${overrides}\n  }\n  direct {}\n}\n`,
  )
}
