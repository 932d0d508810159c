/**
 * Reads and writes the contents of records, sealed if there is a cipher. An unreadable record counts as missing.
 *
 * All times are by the store's clock; `tier.ts` converts them.
 */
import { Buffer } from "node:buffer"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { Cipher } from "./Cipher.ts"
import type { Guard } from "./guard.ts"
import * as Records from "./records.ts"
import type { RecordToWrite, StoredRecord } from "./SharedStore.ts"

/** The longest record in bytes, after sealing: an item of DynamoDB has 400 KB for the record and the other attributes. */
export const LONGEST_RECORD = 380_000

const OTHER_FORM = "it has another form"

/** The name of a record within a pack. */
export const memberName = (key: string): string => key.slice(key.lastIndexOf("/") + 1)

export const make = (cipher: Cipher | undefined, guard: Guard) => {
  const open = <A>(
    { askedAt, body }: StoredRecord,
    key: string,
    decode: (text: Redacted.Redacted<string>, askedAt: number) => A | undefined,
  ): Effect.Effect<A | undefined> =>
    (cipher === undefined ? Effect.succeed(Redacted.make(body)) : cipher.open(body, key)).pipe(
      Effect.map((text) => decode(text, askedAt)),
      Effect.tap((content) => (content === undefined ? guard.unreadable(OTHER_FORM) : Effect.void)),
      Effect.catchTag("CipherError", ({ detail }) => Effect.as(guard.unreadable(detail), undefined)),
    )

  /** A record to write; undefined if it cannot be sealed or is too long. */
  const seal = (
    text: Redacted.Redacted<string>,
    record: Omit<RecordToWrite, "body">,
  ): Effect.Effect<RecordToWrite | "too-long" | undefined> =>
    (cipher === undefined ? Effect.succeed(Redacted.value(text)) : cipher.seal(text, record.key)).pipe(
      Effect.map((body) => (Buffer.byteLength(body) > LONGEST_RECORD ? "too-long" : { ...record, body })),
      Effect.catchTag("CipherError", ({ detail }) => Effect.as(guard.unreadable(detail), undefined)),
    )

  /** An entry's own record. If it is too long, a note that says so takes its place. */
  const record = (key: string, { content, expiresAt }: Records.Dated) =>
    Effect.gen(function* () {
      const { askedAt } = content
      const sealed = yield* seal(Records.encode(content), { key, askedAt, expiresAt })
      if (sealed !== "too-long") return { record: sealed, dated: { content, expiresAt } }
      const note: Records.Dated = { content: { _tag: "TooLarge", askedAt }, expiresAt }
      const noted = yield* seal(Records.encode(note.content), { key, askedAt, expiresAt })
      return { record: noted === "too-long" ? undefined : noted, dated: note }
    })

  const pack = (key: string, members: Records.Pack, version: number) =>
    Effect.map(
      seal(Records.encodePack(members, version), {
        key,
        askedAt: version,
        expiresAt: Math.max(...Array.from(members.values(), ({ expiresAt }) => expiresAt)),
      }),
      (sealed) => (sealed === "too-long" ? undefined : sealed),
    )

  return {
    openRecord: (stored: StoredRecord, key: string) => open(stored, key, Records.decode),
    openPack: (stored: StoredRecord, key: string) => open(stored, key, Records.decodePack),
    record,
    pack,
  }
}

export type Contents = ReturnType<typeof make>
