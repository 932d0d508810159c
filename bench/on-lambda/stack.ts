/**
 * What the bench creates in the account, and how it removes it: a parameter, a role, layers, functions. Whatever was created is
 * removed at the end, also after a failure, in the opposite order.
 */
import { type AwsCli, textIn } from "./cli.ts"
import { type Architecture, type Layer, RUNTIMES, type Subject } from "./plan.ts"

export interface Stack {
  readonly create: (subject: Subject) => void
  /** Removes everything, and returns what could not be removed. */
  readonly remove: () => ReadonlyArray<string>
}

export interface StackOptions {
  readonly prefix: string
  readonly architecture: Architecture
  /** The archive of the functions. */
  readonly archive: string
  /** The archive of each layer. */
  readonly layerArchives: Readonly<Record<Exclude<Layer, "none">, string>>
  readonly preload: boolean
}

const TRUST = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" }],
})
const POLICY = JSON.stringify({
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Action: "ssm:GetParameter",
      Resource: "arn:*:ssm:*:*:parameter/cache-extension-bench-*",
    },
    {
      Effect: "Allow",
      Action: ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
      Resource: "*",
    },
  ],
})

/** The seconds that IAM may take until Lambda can assume a new role. `create-function` fails until then. */
const ROLE_ATTEMPTS = 12

/** The variables of a function. `change` makes Lambda start a new environment. */
export const variablesOf = (prefix: string, { layer }: Subject, preload: boolean, change: number): string =>
  JSON.stringify({
    Variables: {
      BENCH_PARAMETER: prefix,
      BENCH_CHANGE: String(change),
      ...(layer === "none" ? {} : { BENCH_READS: "yes", CACHE_EXTENSION_INIT_STARTUP: String(preload) }),
    },
  })

export const makeStack = (aws: AwsCli, options: StackOptions, pause: () => void): Stack => {
  const { archive, architecture, layerArchives, prefix, preload } = options
  const created: Array<readonly [what: string, words: string, args: ReadonlyArray<string>]> = []
  const undo = (what: string, words: string, ...args: ReadonlyArray<string>) =>
    created.push([what, words, args])
  const layers = new Map<Layer, string>()
  let role: string | undefined

  const prepare = (): string => {
    aws.call("ssm put-parameter", ["--name", prefix, "--type", "String", "--value", "a value of the bench"])
    undo(`the parameter ${prefix}`, "ssm delete-parameter", "--name", prefix)
    const reply = aws.call("iam create-role", ["--role-name", prefix, "--assume-role-policy-document", TRUST])
    undo(`the role ${prefix}`, "iam delete-role", "--role-name", prefix)
    const policy = ["--role-name", prefix, "--policy-name", "bench"]
    aws.call("iam put-role-policy", [...policy, "--policy-document", POLICY])
    undo(`the policy of ${prefix}`, "iam delete-role-policy", ...policy)
    return textIn(aws, reply, "Role", "Arn")
  }

  const layerArn = (layer: Exclude<Layer, "none">): string => {
    const known = layers.get(layer)
    if (known !== undefined) return known
    const name = ["--layer-name", `${prefix}-${layer}`]
    const reply = aws.call("lambda publish-layer-version", [
      ...name,
      "--zip-file",
      `fileb://${layerArchives[layer]}`,
    ])
    undo(
      `the layer ${prefix}-${layer}`,
      "lambda delete-layer-version",
      ...name,
      "--version-number",
      textIn(aws, reply, "Version"),
    )
    const arn = textIn(aws, reply, "LayerVersionArn")
    layers.set(layer, arn)
    return arn
  }

  const create = (subject: Subject): void => {
    role ??= prepare()
    const name = ["--function-name", subject.name]
    const args = [
      ...name,
      "--runtime",
      subject.runtime,
      "--handler",
      RUNTIMES[subject.runtime],
      "--role",
      role,
      "--architectures",
      architecture,
      "--memory-size",
      String(subject.memory),
      "--timeout",
      "30",
      "--environment",
      variablesOf(prefix, subject, preload, 0),
      "--zip-file",
      `fileb://${archive}`,
      ...(subject.layer === "none" ? [] : ["--layers", layerArn(subject.layer)]),
    ]
    for (let attempt = 1; ; attempt += 1) {
      try {
        aws.call("lambda create-function", args)
        break
      } catch (error) {
        const isTooEarly = error instanceof Error && error.message.includes("cannot be assumed")
        if (!isTooEarly || attempt === ROLE_ATTEMPTS) throw error
        pause()
      }
    }
    undo(
      `the log of ${subject.name}`,
      "logs delete-log-group",
      "--log-group-name",
      `/aws/lambda/${subject.name}`,
    )
    undo(`the function ${subject.name}`, "lambda delete-function", ...name)
    aws.call("lambda wait function-active-v2", name)
  }

  const remove = (): ReadonlyArray<string> => {
    const left: Array<string> = []
    for (const [what, words, args] of created.splice(0).toReversed()) {
      try {
        aws.call(words, args)
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error)
        // A function that never ran has no log.
        if (!(words.startsWith("logs ") && message.includes("ResourceNotFound")))
          left.push(`${what}: ${message}`)
      }
    }
    return left
  }

  return { create, remove }
}
