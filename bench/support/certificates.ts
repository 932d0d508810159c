/**
 * A temporary certificate authority and a certificate for 127.0.0.1 or other names, so that calls to AWS use TLS as in Lambda.
 * Made by the `openssl` command (3.0 or newer), with RSA keys as AWS has.
 */
import { execFileSync } from "node:child_process"
import path from "node:path"

/** Paths of the PEM files. */
export interface Certificate {
  readonly key: string
  readonly certificate: string
  /** The authority's certificate. */
  readonly authority: string
}

const NEW_KEY = ["-newkey", "rsa:2048", "-nodes", "-days", "2"]
const LOOPBACK = "IP:127.0.0.1"

const request = (folder: string, args: ReadonlyArray<string>): void => {
  execFileSync("openssl", ["req", "-x509", ...NEW_KEY, ...args], { cwd: folder, stdio: "ignore" })
}

/** Makes the certificates in a folder for a server with these names. Undefined if `openssl` cannot. */
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
