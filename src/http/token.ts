/**
 * Checks the token of a request if config.yaml has `server.token: required`. Imported only then.
 *
 * The time of a check reveals nothing about the expected tokens: both sides are hashed, and all digests are compared in
 * constant time.
 */
import * as Crypto from "node:crypto"
import * as Fs from "node:fs/promises"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { Tokens } from "../config/environment/tokens.ts"
import type { HeaderLookup } from "../host/Platform.ts"
import { TOKEN_HEADER } from "./guard.ts"

const HEADER_NAME = TOKEN_HEADER.toLowerCase()

/** The shortest time between two reads of the token file. */
const REREAD_INTERVAL = "1 second"

export interface TokenCheck {
  /** Whether a request has one of the tokens known so far. */
  readonly isKnown: (header: HeaderLookup) => boolean
  /** The same, after reading the token file again, which may have changed. */
  readonly isKnownAfterReread: (header: HeaderLookup) => Effect.Effect<boolean>
}

const digestOf = (text: string): Buffer => Crypto.createHash("sha256").update(text).digest()

const make = ({ file, fixed }: Tokens): Effect.Effect<TokenCheck> =>
  Effect.gen(function* () {
    const digests = fixed.map((token) => digestOf(Redacted.value(token)))
    let fromFile: ReadonlyArray<Buffer> = []

    const isKnown: TokenCheck["isKnown"] = (header) => {
      const given = header(HEADER_NAME)
      if (given === undefined || given === null) return false
      const digest = digestOf(given)
      const matches = [...digests, ...fromFile].map((expected) => Crypto.timingSafeEqual(expected, digest))
      return matches.includes(true)
    }

    const read = Effect.fnUntraced(function* (path: string) {
      const token = (yield* Effect.tryPromise(() => Fs.readFile(path, "utf8"))).trim()
      // An empty file is not a token: an empty header must not pass.
      fromFile = token === "" ? [] : [digestOf(token)]
    })
    const reread = yield* Effect.cachedWithTTL(
      file === undefined
        ? Effect.void
        : Effect.catch(read(file), ({ cause }) =>
            Effect.logWarning(`the token in ${file} cannot be read`, cause),
          ),
      REREAD_INTERVAL,
    )
    return {
      isKnown,
      isKnownAfterReread: (header) => Effect.map(reread, () => isKnown(header)),
    }
  })

/** One check per set of tokens, shared by the shortcut and the routes. */
const checks = new WeakMap<Tokens, TokenCheck>()

/** The check of these tokens. */
export const tokenCheckOf = (tokens: Tokens): Effect.Effect<TokenCheck> =>
  Effect.suspend(() => {
    const known = checks.get(tokens)
    return known === undefined
      ? Effect.tap(make(tokens), (check) => Effect.sync(() => checks.set(tokens, check)))
      : Effect.succeed(known)
  })
