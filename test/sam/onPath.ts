/** Which commands this machine has: some checks use tools that the project does not need, and are skipped without. */
import { accessSync, constants, statSync } from "node:fs"
import path from "node:path"
import process from "node:process"

const isExecutable = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}

/** Whether there is a program of this name on PATH. */
export const isOnPath = (command: string): boolean =>
  (process.env["PATH"] ?? "")
    .split(path.delimiter)
    .some((folder) => folder !== "" && isExecutable(path.join(folder, command)))
