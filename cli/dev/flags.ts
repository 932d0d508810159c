/**
 * The flags that `dev`, `serve` and the demo share. Each description ends with the default.
 */
import * as Flag from "effect/cli/Flag"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { region } from "../flags.ts"

/** A whole number within bounds. */
export const whole = (name: string, about: string, minimum: number, maximum: number, fallback: number) =>
  Flag.Int(name).pipe(
    Flag.withDescription(`${about} (default ${fallback})`),
    Flag.withSchema(Schema.Int.check(Schema.isBetween({ minimum, maximum }))),
    Flag.withDefault(fallback),
  )

/** A switch that is off. */
export const onOrOff = (name: string, about: string) =>
  Flag.Boolean(name).pipe(Flag.withDescription(`${about} (default off)`), Flag.withDefault(false))

/** A text that may be absent. */
export const text = (name: string, metavar: string, about: string) =>
  Flag.String(name).pipe(
    Flag.withMetavar(metavar),
    Flag.withDescription(about),
    Flag.optional,
    Flag.map(Option.getOrUndefined),
  )

/** A flag that may be given several times. */
export const several = (name: string, metavar: string, about: string) =>
  Flag.String(name).pipe(Flag.withMetavar(metavar), Flag.withDescription(about), Flag.atLeast(0))

const MAX_PORT = 65_535

export const page = whole("page", "Port of the page; another one if it is taken", 0, MAX_PORT, 4001)
export const latency = (fallback: number) =>
  whole("latency", "How long each call of local AWS takes, in milliseconds", 0, 60_000, fallback)
export const quota = Flag.Int("quota").pipe(
  Flag.withDescription(
    "How many requests a second local Parameter Store answers; it throttles the others, as AWS does from 40 (default none)",
  ),
  Flag.withSchema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 100_000 }))),
  Flag.optional,
  Flag.map(Option.getOrUndefined),
)
export const preload = onOrOff(
  "preload",
  "Load everything in config.yaml at start-up (CACHE_EXTENSION_INIT_STARTUP)",
)
export const freeze = onOrOff("freeze", "Stop extension and function between invokes, as Lambda does")

export const memory = whole(
  "memory",
  "Memory of the function, in MB; it bounds the extension's cache",
  128,
  10_240,
  1_769,
)

/** The port of the extension: undefined leaves it to CACHE_EXTENSION_PORT and config.yaml. */
export const port = Flag.Int("port").pipe(
  Flag.withDescription(
    "Port of the extension (default: CACHE_EXTENSION_PORT, else server.port of config.yaml, else 4000)",
  ),
  Flag.withSchema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: MAX_PORT }))),
  Flag.optional,
  Flag.map(Option.getOrUndefined),
)

/** Which AWS, and how. */
export const aws = {
  aws: Flag.Literals("aws", ["local", "real"]).pipe(
    Flag.withDescription(
      "local: filled from a seed file; real: yours, with your credentials (default local)",
    ),
    Flag.withDefault("local" as const),
  ),
  seed: text(
    "seed",
    "file",
    "Seed file of local AWS (default: seed.yaml beside the function or config.yaml; else made-up values)",
  ),
  region: region(
    "Region of function and extension (default: that of the seed, or with --aws real AWS_REGION, else the profile's)",
  ).pipe(Flag.map(Option.getOrUndefined)),
  profile: text("profile", "name", "Profile of --aws real (default: AWS_PROFILE, else default)"),
} as const
export type AwsFlags = {
  readonly aws: "local" | "real"
  readonly seed: string | undefined
  readonly region: string | undefined
  readonly profile: string | undefined
}
