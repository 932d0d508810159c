// What package-lock.json pins: versions, integrities and licences. The published package has no package-lock.json, because npm
// packs none; it has the part of it that building the layers needs (parts.ts).
import { existsSync, readFileSync } from "node:fs"
import path from "node:path"
import { ROOT } from "./root.ts"

export interface PinnedPackage {
  readonly name: string
  readonly version: string
  /** The SPDX identifier. */
  readonly licence: string
  /** Of the registry's archive, in the format of Subresource Integrity. */
  readonly integrity: string
}

/** A package in package-lock.json. */
export interface Locked {
  readonly version: string
  readonly integrity: string
  readonly license?: string
}

/** By their keys, such as `node_modules/effect`. */
export type LockedPackages = Readonly<Record<string, Locked | undefined>>

/** The part of package-lock.json in the published package, from its root. */
export const LOCK_OF_PACKAGE = "dist/parts/lock.json"

export const lockedPackages = (): LockedPackages => {
  const own = path.join(ROOT, "package-lock.json")
  const file = existsSync(own) ? own : path.join(ROOT, LOCK_OF_PACKAGE)
  return (JSON.parse(readFileSync(file, "utf8")) as { readonly packages: LockedPackages }).packages
}

const nameOf = (folder: string): string =>
  folder.slice(folder.lastIndexOf("node_modules/") + "node_modules/".length)

/** A package by its key in package-lock.json: `node_modules/effect`. */
export const packageAt = (folder: string): PinnedPackage => {
  const locked = lockedPackages()[folder]
  if (locked === undefined) throw new Error(`package-lock.json does not list ${folder}`)
  const { integrity, license: licence = "unknown", version } = locked
  return { name: nameOf(folder), version, licence, integrity }
}
