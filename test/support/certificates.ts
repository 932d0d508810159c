/**
 * Certificates for tests, made by bench/support. Each takes two RSA keys, which is half a second of CPU, so tests of the same
 * process share the certificate of the same names.
 */
import { rmSync, mkdtempSync } from "node:fs"
import os from "node:os"
import path from "node:path"
import process from "node:process"
import { type Certificate, makeCertificate } from "../../bench/support/certificates.ts"

const made = new Map<string | undefined, Certificate | undefined>()

/** A certificate for a server with these names (default: 127.0.0.1), and its authority. Undefined without openssl. */
export const certificateFor = (names?: string): Certificate | undefined => {
  if (!made.has(names)) {
    const folder = mkdtempSync(path.join(os.tmpdir(), "certificate-"))
    process.once("exit", () => rmSync(folder, { recursive: true, force: true }))
    made.set(names, makeCertificate(folder, names))
  }
  return made.get(names)
}
