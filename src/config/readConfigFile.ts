/**
 * Reads the bytes of config.yaml, or the variable that holds its text. `begin.ts` does so as soon as `register` has been sent, while the rest is loaded, so this
 * file imports only constants and types. `Plan` says what is wrong with a file that cannot be used.
 */
import { CONFIG_NAME, MAX_CONFIG_BYTES, TASK_ROOT } from "../domain/defaults.ts"

export const CONFIG_VARIABLE = "CACHE_EXTENSION_CONFIG"

/** The whole file, for a function whose package has none. Messages name it in place of a file. */
export const YAML_VARIABLE = "CACHE_EXTENSION_CONFIG_YAML"

/** Reads files, on a JavaScript runtime. Both functions reject with the operating system's error. */
export interface Files {
  readonly stat: (path: string) => Promise<FileStats>
  readonly read: (path: string) => Promise<Uint8Array>
}

interface FileStats {
  readonly isDirectory: () => boolean
  readonly isFile: () => boolean
  /** In bytes. */
  readonly size: number
}

/** What is at the path of config.yaml. */
export type FileRead =
  | { readonly _tag: "Bytes"; readonly bytes: Uint8Array }
  /** The content of the variable. `ignored`: the file that is not read because of it. */
  | { readonly _tag: "Given"; readonly text: string; readonly ignored: string | undefined }
  | { readonly _tag: "Directory" }
  /** A pipe, socket or device. */
  | { readonly _tag: "Special" }
  | { readonly _tag: "TooLong"; readonly size: number }
  | { readonly _tag: "Unreadable"; readonly cause: unknown }

/** An absolute path without `.`, `..` and empty segments, as `path.posix.resolve` makes it; importing `node:path` takes time. */
const resolve = (folder: string, path: string): string => {
  const segments: Array<string> = []
  for (const segment of (path.startsWith("/") ? path : `${folder}/${path}`).split("/")) {
    if (segment === "..") segments.pop()
    else if (segment !== "" && segment !== ".") segments.push(segment)
  }
  return `/${segments.join("/")}`
}

/** CACHE_EXTENSION_CONFIG as an absolute path; a relative one is meant from the folder of the function's package. */
export const configPath = (
  environment: Readonly<Record<string, string | undefined>>,
  folder: string = TASK_ROOT,
): string => resolve(folder, environment[CONFIG_VARIABLE] || CONFIG_NAME)

/** The variable of the path with a folder of its own for relative ones; none if another variable holds the file. */
export const configPathFrom = (
  environment: Readonly<Record<string, string | undefined>>,
  folder: string,
): Readonly<Record<string, string>> =>
  environment[YAML_VARIABLE] ? {} : { [CONFIG_VARIABLE]: configPath(environment, folder) }

const readBytes = async ({ read, stat }: Files, path: string): Promise<FileRead> => {
  const stats = await stat(path)
  if (stats.isDirectory()) return { _tag: "Directory" }
  // Reading a pipe or device might never end.
  if (!stats.isFile()) return { _tag: "Special" }
  if (stats.size > MAX_CONFIG_BYTES) return { _tag: "TooLong", size: stats.size }
  return { _tag: "Bytes", bytes: await read(path) }
}

/** Reads the file at a path. Never rejects. */
export const readConfigFile = (files: Files, path: string): Promise<FileRead> =>
  readBytes(files, path).catch((cause: unknown) => ({ _tag: "Unreadable", cause }))

/** Reads what the variables say: the text in one of them, else the file. Never rejects. */
export const readConfig = (
  files: Files,
  environment: Readonly<Record<string, string | undefined>>,
  folder: string = TASK_ROOT,
): Promise<FileRead> => {
  const text = environment[YAML_VARIABLE]
  const file = configPath(environment, folder)
  if (!text) return readConfigFile(files, file)
  return files.stat(file).then(
    (stats) => ({ _tag: "Given", text, ignored: stats.isFile() ? file : undefined }),
    () => ({ _tag: "Given", text, ignored: undefined }),
  )
}
