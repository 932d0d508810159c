/**
 * `doctor`: looks for what is wrong with a function that has, or should have, the extension: in AWS, or in its folder.
 */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { DEFAULT_REGION, regionOr } from "../aws/region.ts"
import { readConfig } from "../config/ConfigSource.ts"
import type { Check } from "../doctor/checks.ts"
import { planChecks, sharedInFolder } from "../doctor/configChecks.ts"
import { FaultsFound, wrongUsage } from "../failures.ts"
import * as shared from "../flags.ts"

const flags = {
  folder: Argument.String("folder").pipe(
    Argument.withDescription("The folder of a function; not with --function (default .)"),
    Argument.optional,
  ),
  function: Flag.String("function").pipe(
    Flag.withAlias("f"),
    Flag.withDescription("A function in AWS, by its name or ARN"),
    Flag.optional,
  ),
  region: shared.region(
    "The function's region (default that of its ARN, else AWS_REGION, else the profile's)",
  ),
  profile: Flag.String("profile").pipe(
    Flag.withDescription("A profile of ~/.aws/config (default: the usual credentials)"),
    Flag.optional,
  ),
  json: shared.json,
}

const WIDTH = "skipped".length

const lineOf = ({ message, name, result }: Check): string =>
  `${result.padEnd(WIDTH)}  ${name}: ${message.replaceAll("\n", `\n${" ".repeat(WIDTH + 2)}`)}`

/** The region in a function's ARN. */
const regionInArn = (name: string): string | undefined => /^arn:[\w-]+:lambda:([\w-]+):/.exec(name)?.[1]

const inAws = Effect.fnUntraced(function* (
  name: string,
  given: string | undefined,
  profile: string | undefined,
) {
  // The SDK is loaded for this alone.
  const [{ examineFunction }, { requireProfile }, { regionOfProfile }] = yield* Effect.promise(() =>
    Promise.all([import("../doctor/examine.ts"), import("../aws/profiles.ts"), import("../aws/session.ts")]),
  )
  yield* requireProfile("--profile", profile)
  const region = (yield* regionOr(given ?? regionInArn(name), undefined)) ?? (yield* regionOfProfile(profile))
  if (region === undefined)
    return yield* wrongUsage("--region is missing: neither AWS_REGION nor the profile names one")
  return yield* examineFunction({ profile, region }, name)
})

const inFolder = Effect.fnUntraced(function* (folder: string, region: string | undefined) {
  const own = yield* regionOr(region, DEFAULT_REGION)
  const { file, plan } = yield* readConfig(folder, { region: own, ttl: undefined })
  return [...planChecks(file, plan), ...sharedInFolder(plan)]
})

/** The command. */
export const doctor = Command.make("doctor", flags, ({ folder, function: named, json, profile, region }) =>
  Effect.gen(function* () {
    if (Option.isSome(folder) && Option.isSome(named))
      return yield* wrongUsage("A folder and --function exclude each other: name one")
    const given = Option.getOrUndefined(region)
    const checks = Option.isSome(named)
      ? yield* inAws(named.value, given, Option.getOrUndefined(profile))
      : yield* inFolder(
          Option.getOrElse(folder, () => "."),
          given,
        )
    yield* Console.log(json ? JSON.stringify(checks, undefined, 2) : checks.map(lineOf).join("\n"))
    if (checks.some(({ result }) => result === "fail")) return yield* new FaultsFound()
  }),
).pipe(
  Command.withDescription(
    "Looks for what is wrong with a function that has the extension, in AWS or in its folder",
  ),
  Command.withExamples([
    {
      command: "lambda-cache-extension doctor --function my-function --region eu-west-1",
      description: "A function in AWS",
    },
    { command: "lambda-cache-extension doctor my-function", description: "The config.yaml in a folder" },
  ]),
)
