/**
 * Parameter Store: the reads (GetParameter, GetParameters, GetParametersByPath) and the table of all operations.
 *
 * `answer.ts` looks up an operation by its name. Each region has its own parameters. References to secrets
 * (`/aws/reference/secretsmanager/NAME[:version-or-stage]`) are read through `readSecret` of Secrets Manager.
 * Rules and error types: https://docs.aws.amazon.com/systems-manager/latest/APIReference
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import {
  compareText,
  type Parameter,
  type ParameterMap,
  type ParameterView,
  selectVersion,
  viewOf,
} from "./parameterModel.ts"
import { withPublicParameters } from "./publicParameters.ts"
import { isBelow, isValidPath, type ParameterName, parseName } from "./parameterNames.ts"
import { parameterWrites } from "./parameterWrites.ts"
import { type AwsError, awsError, constraintViolation, type Operation, operation } from "./protocol.ts"
import { type ReadSecret } from "./secretModel.ts"

const MAX_NAMES = 10
const MAX_PAGE = 10

/** Errors that put a name of GetParameters into InvalidParameters. Any other fails the whole call. */
const ABSENT: ReadonlySet<string> = new Set(["ParameterNotFound", "ParameterVersionNotFound"])

const Filter = Schema.Struct({
  Key: Schema.String,
  Option: Schema.optionalKey(Schema.String),
  Values: Schema.optionalKey(Schema.Array(Schema.String)),
})
type Filter = typeof Filter.Type

const GetParameter = Schema.Struct({
  Name: Schema.String,
  WithDecryption: Schema.optionalKey(Schema.Boolean),
})
const GetParameters = Schema.Struct({
  Names: Schema.Array(Schema.String),
  WithDecryption: Schema.optionalKey(Schema.Boolean),
})
const GetParametersByPath = Schema.Struct({
  Path: Schema.String,
  Recursive: Schema.optionalKey(Schema.Boolean),
  WithDecryption: Schema.optionalKey(Schema.Boolean),
  MaxResults: Schema.optionalKey(Schema.Number),
  NextToken: Schema.optionalKey(Schema.String),
  ParameterFilters: Schema.optionalKey(Schema.Array(Filter)),
})

/** Validates a GetParametersByPath request. */
const checkPathRequest = (input: typeof GetParametersByPath.Type): Result.Result<void, AwsError> => {
  const size = input.MaxResults ?? MAX_PAGE
  if (size < 1 || size > MAX_PAGE) {
    const bound = size < 1 ? "greater than or equal to 1" : `less than or equal to ${MAX_PAGE}`
    return Result.fail(constraintViolation("maxResults", String(size), `Member must have value ${bound}`))
  }
  if (!isValidPath(input.Path)) {
    return Result.fail(
      awsError(
        "ValidationException",
        `The parameter doesn't meet the parameter name requirements. The parameter name must begin with a forward ` +
          `slash "/". It can't be prefixed with "aws" or "ssm" (case-insensitive). It must use only letters, ` +
          "numbers, or the following symbols: . (period), - (hyphen), _ (underscore).",
      ),
    )
  }
  const unknown = input.ParameterFilters?.find(({ Key }) => !["Type", "KeyId", "Label"].includes(Key))
  return unknown === undefined
    ? Result.succeed(undefined)
    : Result.fail(awsError("InvalidFilterKey", `${unknown.Key} is not a supported filter key.`))
}

/** The version of a parameter that passes all filters. A Label filter chooses the version, the others test it. */
const filteredVersion = (parameter: Parameter, filters: ReadonlyArray<Filter>) => {
  const labels = filters.find(({ Key }) => Key === "Label")?.Values ?? []
  const selector = labels.find((label) => parameter.labels.has(label))
  if (labels.length > 0 && selector === undefined) return undefined
  const version = Result.getOrUndefined(selectVersion(parameter, selector))
  const accepts = ({ Key, Values = [] }: Filter) =>
    Key === "Label" || Values.includes((Key === "Type" ? version?.type : version?.keyId) ?? "")
  return version !== undefined && filters.every(accepts) ? version : undefined
}

/** A page of a list, with the token of the next page. A token is the start index of its page. */
const paginate = <A>(
  items: ReadonlyArray<A>,
  size: number,
  token: string | undefined,
): Result.Result<{ readonly page: ReadonlyArray<A>; readonly next: string | undefined }, AwsError> => {
  const start = token === undefined ? 0 : Number(Buffer.from(token, "base64").toString())
  if (!Number.isInteger(start) || start < 0 || (token !== undefined && start === 0)) {
    return Result.fail(awsError("InvalidNextToken", "The specified token isn't valid."))
  }
  const end = start + size
  return Result.succeed({
    page: items.slice(start, end),
    next: end < items.length ? Buffer.from(String(end)).toString("base64") : undefined,
  })
}

/** The operations of a new, empty Parameter Store, by name. */
export const makeParameterStore = (readSecret: ReadSecret): ReadonlyMap<string, Operation> => {
  const regions = new Map<string, ParameterMap>()
  const parametersIn = (region: string): ParameterMap => {
    const existing = regions.get(region)
    if (existing !== undefined) return existing
    const created = withPublicParameters()
    regions.set(region, created)
    return created
  }

  const readReference = Effect.fnUntraced(function* (
    region: string,
    name: Extract<ParameterName, { kind: "reference" }>,
    decrypt: boolean,
  ) {
    if (!decrypt) {
      return yield* awsError(
        "ValidationException",
        "WithDecryption flag must be True for retrieving a Secret Manager secret.",
      )
    }
    const secret = yield* readSecret(region, name.secretId, name.selector).pipe(
      Effect.mapError((error) =>
        error.type === "ResourceNotFoundException"
          ? awsError(
              "ParameterNotFound",
              `An error occurred (ParameterNotFound) when referencing Secrets Manager: Secret ${name.path} not found.`,
            )
          : awsError(
              error.type,
              `An error occurred (${error.type}) when referencing Secrets Manager: ${error.detail}`,
            ),
      ),
    )
    if (secret.secretString === undefined) {
      return yield* awsError(
        "ValidationException",
        `Secret ${name.path} holds binary data, which a parameter cannot.`,
      )
    }
    const view: ParameterView = {
      ARN: secret.ARN,
      DataType: "text",
      LastModifiedDate: secret.createdDate,
      Name: name.path,
      ...(name.selector === undefined ? {} : { Selector: `:${name.selector}` }),
      SourceResult: JSON.stringify(secret),
      Type: "SecureString",
      Value: secret.secretString,
      Version: 0,
    }
    return view
  })

  const read = Effect.fnUntraced(function* (region: string, raw: string, decrypt: boolean) {
    const name = yield* Effect.fromResult(parseName(raw))
    if (name.kind === "reference") return yield* readReference(region, name, decrypt)
    const parameter = parametersIn(region).get(name.key)
    if (parameter === undefined) return yield* awsError("ParameterNotFound")
    const version = yield* Effect.fromResult(selectVersion(parameter, name.selector))
    return viewOf(region, parameter, version, { decrypt, asked: name.asked, selector: name.selector })
  })

  const getParameter = operation(GetParameter, ({ Name, WithDecryption = false }, { region }) =>
    read(region, Name, WithDecryption).pipe(Effect.map((view) => ({ Parameter: view }))),
  )

  const getParameters = operation(
    GetParameters,
    Effect.fnUntraced(function* ({ Names, WithDecryption = false }, { region }) {
      if (Names.length === 0 || Names.length > MAX_NAMES) {
        const bound = Names.length === 0 ? "greater than or equal to 1" : `less than or equal to ${MAX_NAMES}`
        return yield* constraintViolation(
          "names",
          `[${Names.join(", ")}]`,
          `Member must have length ${bound}`,
        )
      }
      const found: Array<ParameterView> = []
      const invalid: Array<string> = []
      // AWS answers a repeated name once.
      for (const name of new Set(Names)) {
        yield* read(region, name, WithDecryption).pipe(
          Effect.map((view) => found.push(view)),
          Effect.catchIf(
            ({ type }) => ABSENT.has(type),
            () => Effect.sync(() => invalid.push(name)),
          ),
        )
      }
      // AWS promises no order. Sorting makes sure that callers do not rely on the order of the request.
      found.sort((a, b) => compareText(a.Name, b.Name))
      return { InvalidParameters: invalid, Parameters: found }
    }),
  )

  const getParametersByPath = operation(
    GetParametersByPath,
    Effect.fnUntraced(function* (input, { region }) {
      yield* Effect.fromResult(checkPathRequest(input))
      const filters = input.ParameterFilters ?? []
      const matching = [...parametersIn(region).values()]
        .filter(({ name }) => isBelow(name, input.Path, input.Recursive ?? false))
        .toSorted((a, b) => compareText(a.name, b.name))
        .flatMap((parameter) => {
          const version = filteredVersion(parameter, filters)
          return version === undefined
            ? []
            : [viewOf(region, parameter, version, { decrypt: input.WithDecryption ?? false })]
        })
      const { page, next } = yield* Effect.fromResult(
        paginate(matching, input.MaxResults ?? MAX_PAGE, input.NextToken),
      )
      return { Parameters: page, ...(next === undefined ? {} : { NextToken: next }) }
    }),
  )

  return new Map([
    ["GetParameter", getParameter],
    ["GetParameters", getParameters],
    ["GetParametersByPath", getParametersByPath],
    ...parameterWrites(parametersIn),
  ])
}
