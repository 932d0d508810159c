/**
 * The grammar of `shared.store`, which names the engine of the shared tier: `dynamodb://<table>`, `valkey://<host>:<port>` and
 * the like. Pure.
 *
 * A URL with a user or a password is refused, because the text is in logs and in the output of commands.
 */
import * as Result from "effect/Result"
import { firstFault, type Grammar, textFault, variableFault } from "../fields/grammar.ts"
import { parsePort } from "../fields/port.ts"
import { isArn } from "../../kinds/arn.ts"
import { tableFault } from "../../kinds/dynamodb/table.ts"

/** Where the store is. */
export type StoreUrl =
  | { readonly _tag: "DynamoDb"; readonly table: string }
  | { readonly _tag: "Redis"; readonly host: string; readonly port: number; readonly isTls: boolean }

export const STORE_ALLOWED =
  "dynamodb://<table>, or valkey://<host>:<port> or redis://<host>:<port>, with TLS valkeys:// or rediss://"

/** https://www.iana.org/assignments/uri-schemes/prov/redis */
const DEFAULT_REDIS_PORT = 6_379

/** Whether each scheme of Valkey and Redis means TLS. */
const IS_TLS: Readonly<Record<string, boolean>> = {
  valkey: false,
  redis: false,
  valkeys: true,
  rediss: true,
}

const URL_PARTS = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/is
const HOST = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9](?:[a-z0-9._-]*[a-z0-9])?))(?::(\d+))?$/i

const parseHost = (scheme: string, rest: string): Result.Result<StoreUrl, string> => {
  if (rest.includes("@"))
    return Result.fail("there is a user or password in it; username and password are keys of their own")
  if (/[/?#]/.test(rest)) return Result.fail("nothing may follow the port")
  const [, v6, name, digits] = HOST.exec(rest) ?? []
  const host = v6 ?? name
  if (host === undefined) return Result.fail("it has no valid host")
  const port = digits === undefined ? DEFAULT_REDIS_PORT : parsePort(digits)
  if (port === undefined || port === 0) return Result.fail("the port is not from 1 to 65535")
  return Result.succeed({ _tag: "Redis", host, port, isTls: IS_TLS[scheme] === true })
}

const tableNameFault: Grammar = (text) =>
  isArn(text) ? "write the table's name, and its region in the key region" : tableFault(text)

/** The parts of a store, or why a text is none. */
export const parseStoreUrl = (text: string): Result.Result<StoreUrl, string> => {
  const fault = firstFault(text, [textFault, variableFault])
  if (fault !== undefined) return Result.fail(fault)
  const [, written = "", rest = ""] = URL_PARTS.exec(text) ?? []
  const scheme = written.toLowerCase()
  if (scheme === "") return Result.fail("it has no scheme")
  if (Object.hasOwn(IS_TLS, scheme)) return parseHost(scheme, rest)
  if (scheme !== "dynamodb") return Result.fail(`there is no engine for the scheme ${scheme}`)
  const wrong = tableNameFault(rest)
  return wrong === undefined ? Result.succeed({ _tag: "DynamoDb", table: rest }) : Result.fail(wrong)
}
