/**
 * `policy`: prints the IAM policy that a function needs for its config.yaml, and no more. Warnings on stderr name
 * what the file does not show.
 */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { configArgument, readValidConfig, UNKNOWN_REGION } from "../config/ConfigSource.ts"
import { wrongUsage } from "../failures.ts"
import * as shared from "../flags.ts"
import { type FormatName, FORMATS, type Placeholders } from "../policy/formats.ts"
import { notesOf } from "../policy/notes.ts"
import { makePolicies, partitionOf } from "../policy/policy.ts"

const FORMAT_NAMES = ["json", "sam", "cdk", "terraform"] as const satisfies ReadonlyArray<FormatName>

const matching = (pattern: RegExp, message: string) =>
  Schema.String.check(Schema.isPattern(pattern, { message }))

const flags = {
  config: configArgument,
  format: Flag.Literals("format", FORMAT_NAMES).pipe(
    Flag.withDescription("A JSON document, or a snippet for SAM, CDK or Terraform (default json)"),
    Flag.withDefault("json"),
  ),
  role: Flag.String("role").pipe(
    Flag.withDescription("Print the policy of this role_arn of config.yaml, not that of the function"),
    Flag.optional,
  ),
  account: Flag.String("account").pipe(
    Flag.withDescription("The function's account (default a placeholder)"),
    Flag.withSchema(matching(/^\d{12}$/, "an account's twelve digits")),
    Flag.optional,
  ),
  region: shared.region("The function's region (default a placeholder)"),
  partition: Flag.String("partition").pipe(
    Flag.withDescription("aws, aws-cn, aws-us-gov, ... (default that of the region)"),
    Flag.withSchema(matching(/^aws(-[a-z]+)*$/, "a partition such as aws, aws-cn or aws-us-gov")),
    Flag.optional,
  ),
  ids: Flag.KeyValuePair("id").pipe(
    Flag.withDescription(
      "The id of an AppConfig resource by its name in config.yaml: shop=abc1234; repeatable",
    ),
    Flag.withDefault({}),
  ),
  kmsKeys: Flag.String("kms-key").pipe(
    Flag.withDescription("The ARN of a key of your own that encrypts values; repeatable"),
    Flag.withSchema(matching(/^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+$/, "the ARN of a key")),
    Flag.atLeast(0),
  ),
}

/** Placeholders and flags, the latter first. */
const placeOf = (
  format: FormatName,
  { account, partition, region }: Readonly<Record<"account" | "partition" | "region", Option.Option<string>>>,
) => {
  const placeholders: Placeholders = FORMATS[format].placeholders
  const ofRegion = Option.map(region, partitionOf)
  return {
    account: Option.getOrElse(account, () => placeholders.account),
    region: Option.getOrElse(region, () => placeholders.region),
    partition: Option.getOrElse(
      Option.orElse(partition, () => ofRegion),
      () => placeholders.partition ?? "aws",
    ),
  }
}

/** The command. */
export const policy = Command.make("policy", flags, ({ config, format, ids, kmsKeys, role, ...place }) =>
  Effect.gen(function* () {
    const { file, plan } = yield* readValidConfig(config, { region: UNKNOWN_REGION, ttl: undefined })
    const context = { ...placeOf(format, place), ids: new Map(Object.entries(ids)), kmsKeys }
    const policies = yield* makePolicies(plan, context)
    const statements = Option.isNone(role) ? policies.own : policies.roles.get(role.value)
    if (statements === undefined) {
      const allowed = [...policies.roles.keys()].join(", ") || "none, as no section has a role_arn"
      return yield* wrongUsage(
        `--role: found ${JSON.stringify(Option.getOrUndefined(role))}, which ${file} does not name; allowed: ${allowed}`,
      )
    }
    const text = FORMATS[format].write(statements)
    yield* Console.log(text)
    for (const note of notesOf({
      plan,
      policies,
      text,
      role: Option.getOrUndefined(role),
      context,
    }))
      yield* Console.error(`note: ${note}`)
  }),
).pipe(
  Command.withDescription("Prints the least-privilege IAM policy for what config.yaml lists"),
  Command.withExamples([
    { command: "lambda-cache-extension policy", description: "For the config.yaml in this folder, as JSON" },
    {
      command: "lambda-cache-extension policy my-function --format sam",
      description: "For a function's folder, as Policies of a SAM template",
    },
    {
      command: "lambda-cache-extension policy --account 123456789012 --region eu-west-1 > policy.json",
      description: "Ready for `aws iam put-role-policy --policy-document file://policy.json`",
    },
  ]),
)
