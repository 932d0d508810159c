/**
 * Publishes layers to regions and accounts: a few targets at a time, each on its own, so that a failure does not stop the others.
 */
import * as Arr from "effect/Array"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { existsSync, statSync } from "node:fs"
import path from "node:path"
import { filesOfLayer } from "../../scripts/archive.ts"
import type { Tree } from "../../scripts/trees.ts"
import type { AwsFailed } from "../aws/failures.ts"
import { requireProfile } from "../aws/profiles.ts"
import { enabledRegions, openSession, REGIONS_OF_EVERY_ACCOUNT, type Session } from "../aws/session.ts"
import { CommandFailed, wrongUsage } from "../failures.ts"
import { madeLayer, type MadeLayer } from "../layers/makeLayers.ts"
import { MAX_DIRECT_BYTES, type Publication, publishLayer } from "./publishLayer.ts"
import type { Row } from "./report.ts"

export interface Request extends Publication {
  readonly regions: "all" | ReadonlyArray<string>
  /** Undefined stands for the default credentials. */
  readonly profiles: ReadonlyArray<string | undefined>
  /** How many targets are worked on at once. */
  readonly concurrency: number
}

/** The archives in a folder. */
export const archivesIn = Effect.fnUntraced(function* (folder: string, layers: ReadonlyArray<Tree>) {
  const files = layers.map((tree) => [tree, path.join(folder, filesOfLayer(tree).archive)] as const)
  const missing = files.find(([, file]) => !existsSync(file) || !statSync(file).isFile())
  if (missing !== undefined)
    return yield* wrongUsage(
      `--archives: there is no ${missing[1]}; \`layer ${missing[0]} --output ${folder}\` writes it`,
    )
  return files.map(([tree, file]) => madeLayer(tree, file))
})

/** Refuses what cannot be published in this way, before anything is. */
export const refuseTooLarge = (layers: ReadonlyArray<MadeLayer>, bucketPrefix: string | undefined) => {
  const large = layers.find(({ size }) => size > MAX_DIRECT_BYTES)
  return large === undefined || bucketPrefix !== undefined
    ? Effect.void
    : wrongUsage(
        `${large.archive} has ${large.size} bytes; more than ${MAX_DIRECT_BYTES} go through S3 only: name a --bucket-prefix`,
      )
}

/** The account of a profile, with the regions to publish to. */
interface Destination {
  readonly profile: string | undefined
  readonly regions: ReadonlyArray<string>
  readonly session: Result.Result<Session, AwsFailed>
}

/** The region that is asked who the caller is: one that is published to, as partitions of AWS know only their own accounts. */
const FIRST_REGION = "us-east-1"

const regionsOf = (session: Session) =>
  enabledRegions(session.profile).pipe(
    Effect.catch(({ message }) =>
      Console.error(
        `The enabled regions of ${session.account} cannot be listed (${message}); taking the ${REGIONS_OF_EVERY_ACCOUNT.length} that every account has`,
      ).pipe(Effect.as(REGIONS_OF_EVERY_ACCOUNT)),
    ),
  )

const destinationOf = Effect.fnUntraced(function* (profile: string | undefined, regions: Request["regions"]) {
  yield* requireProfile("--profiles", profile)
  const [first = FIRST_REGION] = regions === "all" ? [] : regions
  const session = yield* Effect.result(openSession(profile, first))
  if (regions !== "all") return { profile, regions, session } satisfies Destination
  if (Result.isFailure(session)) return { profile, regions: ["all"], session } satisfies Destination
  return { profile, session, regions: yield* regionsOf(session.success) } satisfies Destination
})

/** Who is asked for, and where. Fails if a profile does not exist; whoever AWS refuses is a row that failed. */
export const destinationsOf = ({ profiles, regions }: Pick<Request, "profiles" | "regions">) =>
  Effect.forEach(profiles, (profile) => destinationOf(profile, regions), { concurrency: 4 })

/** Fails if AWS accepts none of the credentials. */
export const refuseStrangers = (destinations: ReadonlyArray<Destination>) => {
  const refusals = destinations.flatMap(({ profile, session }) =>
    Result.isFailure(session)
      ? [
          `${profile === undefined ? "The usual credentials" : `The profile ${profile}`}: ${session.failure.message}`,
        ]
      : [],
  )
  return refusals.length < destinations.length
    ? Effect.void
    : new CommandFailed({ reason: refusals.join("\n") })
}

const publishAt = Effect.fnUntraced(function* (
  { profile, session }: Destination,
  region: string,
  made: MadeLayer,
  request: Request,
) {
  const target = { profile, region, layer: made.tree, sha256: made.sha256 }
  const account = Result.isSuccess(session) ? session.success.account : undefined
  const outcome = yield* Effect.fromResult(session).pipe(
    Effect.flatMap((opened) => publishLayer(opened, region, made, request)),
    Effect.catch(({ message }) => Effect.succeed({ status: "failed", message } as const)),
  )
  yield* Console.error(`${account ?? profile ?? "default"} ${region} ${made.tree}: ${outcome.status}`)
  return { ...target, account, outcome } satisfies Row
})

/**
 * Publishes everything. A row for each target, in their order. Those of one layer in one account and region, for instance by two
 * profiles, follow each other, so that the second finds what the first has published.
 */
export const publishAll = (
  destinations: ReadonlyArray<Destination>,
  layers: ReadonlyArray<MadeLayer>,
  request: Request,
): Effect.Effect<ReadonlyArray<Row>> => {
  const targets = destinations.flatMap((destination) =>
    destination.regions.flatMap((region) => layers.map((made) => ({ destination, region, made }))),
  )
  const same = Arr.groupBy(targets, ({ destination: { profile, session }, made, region }) =>
    [Result.isSuccess(session) ? session.success.account : profile, region, made.tree].join(" "),
  )
  return Effect.map(
    Effect.forEach(
      Object.values(same),
      Effect.forEach(({ destination, made, region }) => publishAt(destination, region, made, request)),
      { concurrency: request.concurrency },
    ),
    Arr.flatten,
  )
}
