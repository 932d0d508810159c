/**
 * `publish`: publishes the layers to regions and accounts of AWS, once for the same content, and prints their ARNs.
 */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Prompt from "effect/cli/Prompt"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import process from "node:process"
import { type Tree, TREES } from "../../scripts/trees.ts"
import { isRegion, REGION_ALLOWED } from "../../src/config/fields/grammar.ts"
import { CommandFailed, FaultsFound, wrongUsage } from "../failures.ts"
import { makeLayers } from "../layers/makeLayers.ts"
import type { Sharing } from "../publish/publishLayer.ts"
import { jsonOf, tableOf } from "../publish/report.ts"
import { temporaryFolder } from "../temporaryFolder.ts"

const wordsOf = (text: string): ReadonlyArray<string> => [
  ...new Set(text.split(",").map((word) => word.trim())),
]

/** Words with commas between them, each of which must be valid. */
const list = <A extends string>(name: string, isValid: (word: string) => word is A, allowed: string) =>
  Flag.String(name).pipe(
    Flag.filterMap(
      (text) => {
        const words = wordsOf(text)
        return words.every(isValid) ? Option.some<ReadonlyArray<A>>(words) : Option.none()
      },
      () => allowed,
    ),
  )

const isTree = (word: string): word is Tree => TREES.some((tree) => tree === word)
const isWord = (word: string): word is string => word !== ""
const isPlace = (word: string): word is string => word === "all" || isRegion(word)

const REGIONS = `all, or regions with commas between them, each ${REGION_ALLOWED}`

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html, with the account and region that follow. */
const BUCKET_PREFIX = /^[a-z0-9][a-z0-9-]{0,28}[a-z0-9]$/
/** https://docs.aws.amazon.com/organizations/latest/APIReference/API_Organization.html */
const ORGANIZATION = /^o-[a-z0-9]{10,32}$/
/** https://docs.aws.amazon.com/lambda/latest/api/API_PublishLayerVersion.html, with what follows. */
const NAME = /^[a-zA-Z0-9_-]{1,100}$/

const matching = (name: string, pattern: RegExp, allowed: string) =>
  Flag.String(name).pipe(
    Flag.filter(
      (text) => pattern.test(text),
      () => allowed,
    ),
  )

const off = (name: string, about: string) =>
  Flag.Boolean(name).pipe(Flag.withDescription(`${about} (default off)`), Flag.withDefault(false))

const flags = {
  regions: list("regions", isPlace, REGIONS).pipe(
    Flag.filter(
      (words) => words.length === 1 || !words.includes("all"),
      () => REGIONS,
    ),
    Flag.withDescription("all (those enabled for the account), or a list: eu-west-1,us-east-1"),
  ),
  profiles: list("profiles", isWord, "profiles of ~/.aws/config with commas between them").pipe(
    Flag.withDescription("Profiles of ~/.aws/config, one for each account (default: the usual credentials)"),
    Flag.optional,
  ),
  layers: list("layers", isTree, `some of ${TREES.join(",")}`).pipe(
    Flag.withDescription(`Which layers (default ${TREES.join(",")})`),
    Flag.withDefault(TREES),
  ),
  name: matching("name", NAME, "letters, digits, - and _, at most 100").pipe(
    Flag.withDescription("Prefix of the layers' names (default cache-extension)"),
    Flag.withDefault("cache-extension"),
  ),
  archives: Flag.String("archives").pipe(
    Flag.withDescription("A folder with archives that `layer` wrote (default: they are made first)"),
    Flag.optional,
  ),
  bucketPrefix: matching(
    "bucket-prefix",
    BUCKET_PREFIX,
    "2 to 30 lower-case letters, digits and dashes",
  ).pipe(
    Flag.withDescription(
      "Publish through S3, by a bucket <prefix>-<account>-<region> in each region, which is created if it is missing",
    ),
    Flag.optional,
  ),
  organization: matching("organization", ORGANIZATION, "an organization's id such as o-a1b2c3d4e5").pipe(
    Flag.withDescription("Let the accounts of this organization use the layers"),
    Flag.optional,
  ),
  public: off("public", "Let every AWS account use the layers"),
  yes: off("yes", "Share the layers without asking"),
  dryRun: off("dry-run", "Write nothing; say what would be published"),
  json: off("json", "Print JSON"),
  concurrency: Flag.Int("concurrency").pipe(
    Flag.withDescription("How many uploads at once (default 4)"),
    Flag.withSchema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 32 }))),
    Flag.withDefault(4),
  ),
}

const sharingOf = (isPublic: boolean, organization: string | undefined) => {
  if (isPublic && organization !== undefined)
    return wrongUsage("--public and --organization exclude each other: name one")
  const sharing: Sharing = isPublic
    ? { _tag: "Public" }
    : organization === undefined
      ? { _tag: "Nobody" }
      : { _tag: "Organization", id: organization }
  return Effect.succeed(sharing)
}

/** Others can use a version until its permission is removed, so this is asked for. */
const confirmed = Effect.fnUntraced(function* (sharing: Sharing) {
  if (sharing._tag === "Nobody") return
  const who = sharing._tag === "Public" ? "every AWS account" : `every account of ${sharing.id}`
  if (!process.stdin.isTTY)
    return yield* wrongUsage(`The layers would be open to ${who}; --yes says that this is intended`)
  const agreed = yield* Prompt.run(
    Prompt.Confirm({ message: `Open the layers to ${who}?`, initial: false }),
  ).pipe(Effect.orElseSucceed(() => false))
  if (!agreed) return yield* new CommandFailed({ reason: "Nothing was published" })
})

const madeInFolder = (layers: ReadonlyArray<Tree>) =>
  Effect.flatMap(temporaryFolder, (folder) => makeLayers(layers, folder))

/** The command. */
export const publish = Command.make("publish", flags, (flags) =>
  Effect.gen(function* () {
    const sharing = yield* sharingOf(flags.public, Option.getOrUndefined(flags.organization))
    if (!flags.dryRun && !flags.yes) yield* confirmed(sharing)
    // The SDK is loaded for this command alone.
    const { archivesIn, destinationsOf, publishAll, refuseStrangers, refuseTooLarge } = yield* Effect.promise(
      () => import("../publish/publish.ts"),
    )
    const request = {
      regions: flags.regions.includes("all") ? ("all" as const) : flags.regions,
      profiles: Option.getOrElse(flags.profiles, (): ReadonlyArray<string | undefined> => [undefined]),
      concurrency: flags.concurrency,
      namePrefix: flags.name,
      bucketPrefix: Option.getOrUndefined(flags.bucketPrefix),
      isDryRun: flags.dryRun,
      sharing,
    }
    // Credentials are tried before layers are made, which takes longer.
    const destinations = yield* destinationsOf(request)
    yield* refuseStrangers(destinations)
    const layers = yield* Option.match(flags.archives, {
      onNone: () => madeInFolder(flags.layers),
      onSome: (folder) => archivesIn(folder, flags.layers),
    })
    yield* refuseTooLarge(layers, request.bucketPrefix)
    const rows = yield* publishAll(destinations, layers, request)
    yield* Console.log(flags.json ? jsonOf(rows) : tableOf(rows))
    if (rows.some(({ outcome }) => outcome.status === "failed")) return yield* new FaultsFound()
  }).pipe(Effect.scoped),
).pipe(
  Command.withDescription("Publishes the layers to regions and accounts, and prints their ARNs"),
  Command.withExamples([
    {
      command: "lambda-cache-extension publish --regions eu-west-1 --layers node",
      description: "One layer, one region",
    },
    {
      command:
        "lambda-cache-extension publish --regions all --profiles dev,prod --organization o-a1b2c3d4e5 --json > arns.json",
      description: "Everywhere, for an organization",
    },
    {
      command: "lambda-cache-extension publish --regions all --dry-run",
      description: "What each region lacks",
    },
  ]),
)
