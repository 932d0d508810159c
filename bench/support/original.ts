/**
 * The Go cache extension demo (`bench/original`) as a subject, where Go is installed.
 */
import { spawnSync } from "node:child_process"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import path from "node:path"
import { rootCertificates } from "node:tls"
import type { Certificate } from "./certificates.ts"

/** Builds the executable. Returns why it could not, or undefined. */
export const buildOriginal = (executable: string): string | undefined => {
  const { error, status, stderr } = spawnSync("go", ["build", "-o", executable, "."], {
    cwd: path.join(import.meta.dirname, "../original"),
    encoding: "utf8",
  })
  if (error !== undefined) return "there is no Go on PATH"
  return status === 0 ? undefined : `go build failed: ${stderr.trim().split("\n").at(-1)}`
}

/**
 * The variables that make Go trust a certificate's authority. Go reads the system's roots, so it gets as many as Node and
 * Bun have, in one file. The folder, which it reads too, is empty.
 */
export const trustOfGo = ({ authority }: Certificate): Readonly<Record<string, string>> => {
  const folder = path.dirname(authority)
  const file = path.join(folder, "roots.pem")
  writeFileSync(file, [...rootCertificates, readFileSync(authority, "utf8")].join("\n"))
  const empty = path.join(folder, "no-roots")
  mkdirSync(empty, { recursive: true })
  return { SSL_CERT_FILE: file, SSL_CERT_DIR: empty }
}
