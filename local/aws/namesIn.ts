/**
 * What a call is about: the names and ids in its input, for the record of calls (Calls.ts) and for fault rules. Pure.
 */
import * as Predicate from "effect/Predicate"
import type { Service } from "./protocol.ts"

const strings = (value: unknown): ReadonlyArray<string> =>
  Array.isArray(value) ? value.filter(Predicate.isString) : Predicate.isString(value) ? [value] : []

const keyValues = (key: unknown): ReadonlyArray<string> =>
  Predicate.isObject(key)
    ? Object.values(key).flatMap((attribute) =>
        Predicate.isObject(attribute) ? strings(Object.values(attribute)) : [],
      )
    : []

const tableAndItems = (table: string, keys: ReadonlyArray<unknown>): ReadonlyArray<string> =>
  [table].concat(keys.map((key) => [table].concat(keyValues(key)).join("-")))

const keysOf = (request: unknown): ReadonlyArray<unknown> =>
  Predicate.hasProperty(request, "Keys") && Array.isArray(request.Keys) ? request.Keys : []

/**
 * The names and ids in the input of a call: parameter names and paths, secret ids, roles, keys. For DynamoDB the table and
 * its items as `<table>-<key value>[-<key value>]`, with the key values in the order of the request. For S3 `<bucket>/<key>`.
 */
export const namesIn = (service: Service, input: Record<string, unknown>): ReadonlyArray<string> => {
  if (service === "s3") return [[input["bucket"], input["key"]].filter((part) => part !== "").join("/")]
  if (service !== "dynamodb") {
    return ["Name", "Names", "Path", "SecretId", "SecretIdList", "RoleArn", "KeyId"].flatMap((key) =>
      strings(input[key]),
    )
  }
  const key = input["Key"]
  const single = strings(input["TableName"]).flatMap((table) =>
    tableAndItems(table, key === undefined ? [] : [key]),
  )
  const items = input["RequestItems"]
  const batch = Predicate.isObject(items) ? Object.entries(items) : []
  return [...single, ...batch.flatMap(([table, request]) => tableAndItems(table, keysOf(request)))]
}
