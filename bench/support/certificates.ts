/**
 * A certificate authority of our own for as long as a bench or a test runs, and a certificate for 127.0.0.1 or other names,
 * so that calls to AWS go over TLS as they do in Lambda. Made by the `openssl` command (3.0 or newer), with RSA keys as AWS has them.
 */
import { execFileSync } from "node:child_process"
import path from "node:path"

/** Paths of PEM files. */
export interface Certificate {
  readonly key: string
  readonly certificate: string
  /** The authority alone. */
  readonly authority: string
}

const NEW_KEY = ["-newkey", "rsa:2048", "-nodes", "-days", "2"]
const LOOPBACK = "IP:127.0.0.1"

const request = (folder: string, args: ReadonlyArray<string>): void => {
  execFileSync("openssl", ["req", "-x509", ...NEW_KEY, ...args], { cwd: folder, stdio: "ignore" })
}

/** Makes them in a folder, for a server of these names; undefined where `openssl` cannot. */
export const makeCertificate = (folder: string, names = LOOPBACK): Certificate | undefined => {
  try {
    request(folder, ["-subj", "/CN=bench", "-keyout", "authority.key", "-out", "authority.pem"])
    const extensions = [`subjectAltName=${names}`, "basicConstraints=critical,CA:FALSE"].flatMap(
      (extension) => ["-addext", extension],
    )
    const signer = ["-CA", "authority.pem", "-CAkey", "authority.key"]
    request(folder, [
      "-subj",
      "/CN=127.0.0.1",
      ...signer,
      ...extensions,
      "-keyout",
      "key.pem",
      "-out",
      "server.pem",
    ])
  } catch {
    return undefined
  }
  const file = (name: string) => path.join(folder, name)
  return {
    key: file("key.pem"),
    certificate: file("server.pem"),
    authority: file("authority.pem"),
  }
}
