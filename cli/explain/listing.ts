/**
 * Where config.yaml lists an entry, and which key sets each part of its policy. The plan has the entries without their places, so the
 * document is read once more, by the same sections. Pure.
 */
import type { Entry, Policy } from "../../src/domain/Entry.ts"
import { entryKey } from "../../src/domain/Entry.ts"
import { formatPath, type Path } from "../../src/config/yaml/ConfigInvalid.ts"
import { valueAt, type YamlDocument } from "../../src/config/yaml/YamlDocument.ts"
import { kinds } from "../../src/kinds/kinds.ts"
import type { SectionContext } from "../../src/kinds/Section.ts"

/** Where something stands in the file. */
export interface Place {
  readonly path: string
  /** Counted from 1. */
  readonly line: number
  /** The file, if it is one that config.yaml includes. */
  readonly file?: string
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

/** The path of the item in its section: `parameters[0]`. */
const itemPath = (path: Path): Path => path.slice(0, 2)

/** Where an entry is listed, or a collection declared; undefined if it is not. */
export const placeOf = (
  document: YamlDocument,
  { key, listedAs = key, address }: Entry,
  context: SectionContext,
): (Place & { readonly item: Path }) | undefined => {
  const { section } = kinds[address.kind]
  const draftAt = (list: string, { read }: Pick<typeof section, "read">) => {
    const written = valueAt(document.value, [list])
    const { drafts } = written === undefined ? { drafts: [] } : read(document, written, context)
    return drafts.find((one) => (one.key ?? entryKey(one.address.kind, one.name)) === listedAs)
  }
  const { collections } = section
  const draft = draftAt(address.kind, section) ?? (collections && draftAt(collections.key, collections))
  if (draft === undefined) return undefined
  const { file, path = draft.path, value } = document.locate(draft.path)
  return {
    path: formatPath(path),
    line: value.line,
    ...(file === undefined ? {} : { file }),
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
  const path = candidates.find((candidate) => valueAt(document.value, candidate) !== undefined)
  if (path === undefined) return "the default"
  const place = document.locate(path)
  const where = place.file === undefined ? "" : ` of ${place.file}`
  return `${formatPath(place.path ?? path)}, line ${place.value.line}${where}`
}
