/**
 * Where config.yaml lists an entry, and which key sets each part of its policy. The plan has the entries without their places, so the
 * file is read once more, by the same sections. Pure, but for the import of the YAML library.
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Entry, Policy } from "../../src/domain/Entry.ts"
import { entryKey } from "../../src/domain/Entry.ts"
import { readPlain } from "../../src/config/yaml/readPlain.ts"
import { formatPath, type Path } from "../../src/config/yaml/ConfigInvalid.ts"
import { isMapping, type YamlDocument, type YamlValue } from "../../src/config/yaml/YamlDocument.ts"
import { kinds } from "../../src/kinds/kinds.ts"
import type { SectionContext } from "../../src/kinds/Section.ts"

/** Where something stands in the file. */
export interface Place {
  readonly path: string
  /** Counted from 1. */
  readonly line: number
}

/** The times of a policy. */
export type Times = Omit<Policy, "shared">

/** The times of a policy, as config.yaml names them. */
export const POLICY_KEYS = {
  ttl: "ttl",
  staleWhileRevalidate: "stale_while_revalidate",
  staleIfError: "stale_if_error",
  staleIfDenied: "stale_if_denied",
  negativeTtl: "negative_ttl",
} as const satisfies Record<keyof Times, string>

/** Parses a text that is known to be a valid config.yaml. */
export const documentOf = Effect.fnUntraced(function* (text: string) {
  const plain = readPlain(text.replace(/^\uFEFF/, ""))
  if (plain !== undefined) return plain
  const { parseYaml } = yield* Effect.promise(() => import("../../src/config/yaml/parseYaml.ts"))
  return Result.getOrThrow(parseYaml(text))
})

const at = (value: YamlValue | undefined, path: Path): YamlValue | undefined =>
  path.reduce<YamlValue | undefined>((inner, key) => {
    if (Array.isArray(inner)) return (inner as ReadonlyArray<YamlValue>)[Number(key)]
    return isMapping(inner) ? inner[String(key)] : undefined
  }, value)

/** The path of the item in its section: `parameters[0]`. */
const itemPath = (path: Path): Path => path.slice(0, 2)

/** Where an entry is listed; undefined if it is not. */
export const placeOf = (
  document: YamlDocument,
  { key, listedAs = key, address }: Entry,
  context: SectionContext,
): (Place & { readonly item: Path }) | undefined => {
  const section = at(document.value, [address.kind])
  if (section === undefined) return undefined
  const { drafts } = kinds[address.kind].section.read(document, section, context)
  const draft = drafts.find((one) => (one.key ?? entryKey(one.address.kind, one.name)) === listedAs)
  if (draft === undefined) return undefined
  return {
    path: formatPath(draft.path),
    line: document.locate(draft.path).value.line,
    item: itemPath(draft.path),
  }
}

/** Where a key of a policy is said, in the order of precedence. */
export const originOf = (
  document: YamlDocument,
  item: Path | undefined,
  key: string,
  isTtlGiven: boolean,
): string => {
  if (key === "ttl" && isTtlGiven) return "CACHE_EXTENSION_TTL"
  const candidates: ReadonlyArray<Path> = [...(item === undefined ? [] : [[...item, key]]), ["cache", key]]
  const path = candidates.find((candidate) => at(document.value, candidate) !== undefined)
  if (path === undefined) return "the default"
  return `${formatPath(path)}, line ${document.locate(path).value.line}`
}
