// The software bill of materials of a layer in CycloneDX 1.6 JSON: https://cyclonedx.org/docs/1.6/json/
//
// The same archive gives the same bytes: there is no time stamp, and the serial number derives from the content.
import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import path from "node:path"
import { type Architecture, BUNS } from "./bun.ts"
import { packageAt, type PinnedPackage } from "./lock.ts"
import { ROOT } from "./root.ts"

/** The runtime inside the standalone executable. */
export const runtimeOf = (architecture: Architecture): PinnedPackage =>
  packageAt(`node_modules/${BUNS[architecture].packageName}`)

const licencesOfBun = (version: string): string =>
  `https://github.com/oven-sh/bun/blob/bun-v${version}/LICENSE.md`

/** The section of NOTICES about the runtime. */
export const runtimeNotice = ({ version }: PinnedPackage): string =>
  `Bun ${version} is the runtime inside the executable. It is under the MIT licence and statically links, among others,
JavaScriptCore under the LGPL version 2 and TinyCC under the LGPL version 2.1. All of its parts with their licences, and how to
relink it with other versions of them: ${licencesOfBun(version)}`

/** https://github.com/package-url/purl-spec/blob/main/types-doc/npm-definition.md */
const purlOf = ({ name, version }: Pick<PinnedPackage, "name" | "version">): string =>
  `pkg:npm/${name.replace("@", "%40")}@${version}`

const SHA_512 = "sha512-"

/** From Subresource Integrity to hexadecimal. */
const hashOf = ({ integrity, name }: PinnedPackage): string => {
  if (!integrity.startsWith(SHA_512))
    throw new Error(`${name} is pinned by ${integrity}; allowed: ${SHA_512}...`)
  return Buffer.from(integrity.slice(SHA_512.length), "base64").toString("hex")
}

const componentOf = (pinned: PinnedPackage) => ({
  type: "library",
  "bom-ref": purlOf(pinned),
  name: pinned.name,
  version: pinned.version,
  hashes: [{ alg: "SHA-512", content: hashOf(pinned) }],
  licenses: [{ license: { id: pinned.licence, acknowledgement: "declared" } }],
  purl: purlOf(pinned),
})

const runtimeComponentOf = (runtime: PinnedPackage) => ({
  ...componentOf(runtime),
  type: "platform",
  externalReferences: [{ type: "license", url: licencesOfBun(runtime.version) }],
  components: [
    { type: "library", name: "JavaScriptCore", licenses: [{ license: { name: "LGPL version 2" } }] },
    { type: "library", name: "TinyCC", licenses: [{ license: { name: "LGPL version 2.1" } }] },
  ],
})

/** A version 8 UUID derived from a text: RFC 9562, section 5.8. */
const uuidOf = (text: string): string => {
  const hex = createHash("sha256").update(text).digest("hex")
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0b0011) | 0b1000).toString(16)
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join("-")
}

interface Contents {
  /** The file name of the archive. */
  readonly archive: string
  /** Its bytes. */
  readonly content: Buffer
  readonly packages: ReadonlyArray<PinnedPackage>
  readonly runtime?: PinnedPackage
}

/** The bill of materials of an archive, as JSON text. */
export const sbomOf = ({ archive, content, packages, runtime }: Contents): string => {
  const { license, name, version } = JSON.parse(readFileSync(path.join(ROOT, "package.json"), "utf8")) as {
    readonly license: string
    readonly name: string
    readonly version: string
  }
  const components = [
    ...packages.map(componentOf),
    ...(runtime === undefined ? [] : [runtimeComponentOf(runtime)]),
  ]
  const layer = {
    type: "application",
    "bom-ref": archive,
    name,
    version,
    description: archive,
    hashes: [{ alg: "SHA-256", content: createHash("sha256").update(content).digest("hex") }],
    licenses: [{ license: { id: license } }],
  }
  const body = {
    version: 1,
    metadata: { lifecycles: [{ phase: "build" }], component: layer },
    components,
    dependencies: [{ ref: archive, dependsOn: components.map((component) => component["bom-ref"]) }],
  }
  const serialNumber = `urn:uuid:${uuidOf(JSON.stringify(body))}`
  return `${JSON.stringify({ bomFormat: "CycloneDX", specVersion: "1.6", serialNumber, ...body }, undefined, 2)}\n`
}
