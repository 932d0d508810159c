/**
 * The published package, made and packed from this clone, and installed into empty projects: for the tests of what its users
 * get. npm needs no network for it, because the package has no dependencies.
 */
import { execFile } from "node:child_process"
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import process from "node:process"
import { promisify } from "node:util"
import { buildPackage, packPackage } from "../../scripts/package.ts"

const execute = promisify(execFile)

/** The Node that npm runs on, which may be older than the one that runs the tests. */
export const NPM_NODE = process.env["npm_node_execpath"] ?? process.execPath

/** Runs a command in a folder. Rejects with everything that it printed. */
export const runIn = async (
  folder: string,
  command: string,
  ...args: ReadonlyArray<string>
): Promise<string> => {
  // npm hands its settings to what it runs, among them the folder of this project.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)))
  try {
    const { stdout } = await execute(command, args, { cwd: folder, env, maxBuffer: 2 ** 26 })
    return stdout
  } catch (error) {
    const { message, stderr, stdout } = error as Error & { readonly stdout: string; readonly stderr: string }
    throw new Error([message, stdout, stderr].join("\n"), { cause: error })
  }
}

/** The package as a folder, and as npm's archive of it. */
export interface Packed {
  readonly folder: string
  readonly archive: string
}

/** Makes and packs the package. */
export const pack = async (): Promise<Packed> => {
  const made = mkdtempSync(path.join(tmpdir(), "package-"))
  const folder = path.join(made, "npm")
  await buildPackage(folder)
  return { folder, archive: packPackage(folder, made) }
}

/** An empty project with these files and these packages; archives need no network. */
export const projectWith = async (
  files: Readonly<Record<string, string>>,
  ...packages: ReadonlyArray<string>
): Promise<string> => {
  const project = mkdtempSync(path.join(tmpdir(), "project-"))
  for (const [name, text] of Object.entries({ "package.json": "{}", ...files })) {
    mkdirSync(path.dirname(path.join(project, name)), { recursive: true })
    writeFileSync(path.join(project, name), text)
  }
  const offline = packages.every((name) => name.endsWith(".tgz")) ? ["--offline"] : []
  await runIn(
    project,
    "npm",
    "install",
    "--no-audit",
    "--no-fund",
    "--ignore-scripts",
    ...offline,
    ...packages,
  )
  return project
}

/** A program that uses every member of the client by its type, without Effect. */
export const TYPED_PROGRAM = `
import { CacheExtensionError, createClient, type Client } from "lambda-cache-extension/client"
import { fetchOf } from "lambda-cache-extension/client/fixtures"

export const client: Client = createClient({
  fetch: fetchOf({ parameters: { "A:live": "a" }, dynamodb: { "Orders-1": { id: "1" } } }),
})
export const text: Promise<string> = client.get("parameters", "A", { label: "live" })
export const item: Promise<{ id: string }> = client.getJson<{ id: string }>("dynamodb", "Orders-1")
export const bytes: Promise<Uint8Array> = client.getBytes("secrets", "b")
export const statusOf = (error: unknown): number => (error instanceof CacheExtensionError ? error.status : 0)

// @ts-expect-error an item has no label
export const refused = () => client.get("dynamodb", "Orders-1", { label: "live" })
`
