/**
 * Requests that the local Lambda APIs refuse while INIT waits for the extension `outer`, with the expected status and
 * error type.
 */
import { type RawRequest } from "../../support/lambda.ts"
import { EXTENSION, identified, RUNTIME, UNKNOWN_ID } from "./rawApi.ts"

export interface Case {
  readonly promise: string
  readonly method?: string
  readonly target: string
  readonly request?: RawRequest
  readonly status: number
  readonly errorType: string | undefined
}

const named = (name: string, body: string): RawRequest => ({
  headers: { "Lambda-Extension-Name": name },
  body,
})
const MISSING_ID = { status: 403, errorType: "Extension.MissingExtensionIdentifier" }
const INVALID_ID = { status: 403, errorType: "Extension.InvalidExtensionIdentifier" }
const UNKNOWN = { status: 403, errorType: "Extension.UnknownExtensionIdentifier" }
const NEXT = `${EXTENSION}/event/next`
const REGISTER = `${EXTENSION}/register`
const JSON_FAULT = { status: 403, errorType: "InvalidRequestFormat" }
const EVENT_FAULT = { status: 403, errorType: "Extension.InvalidEventType" }

export const CASES: ReadonlyArray<Case> = [
  {
    promise: "a registration without a name",
    target: REGISTER,
    request: { body: "{}" },
    status: 403,
    errorType: "Extension.InvalidExtensionName",
  },
  {
    promise: "a nameless registration before it looks at the body",
    target: REGISTER,
    request: { body: "no json" },
    status: 403,
    errorType: "Extension.InvalidExtensionName",
  },
  {
    promise: "a registration that is no JSON",
    target: REGISTER,
    request: named("outer", "events: INVOKE"),
    ...JSON_FAULT,
  },
  {
    promise: "a registration whose body is an array",
    target: REGISTER,
    request: named("outer", "[]"),
    ...JSON_FAULT,
  },
  {
    promise: "a registration whose events are no list",
    target: REGISTER,
    request: named("outer", '{"events":"INVOKE"}'),
    ...JSON_FAULT,
  },
  {
    promise: "the old configurationKeys",
    target: REGISTER,
    request: named("outer", '{"events":[],"configurationKeys":["a"]}'),
    ...JSON_FAULT,
  },
  {
    promise: "an event it does not know",
    target: REGISTER,
    request: named("outer", '{"events":["INVOKE","TICK"]}'),
    ...EVENT_FAULT,
  },
  {
    promise: "an event in lower case",
    target: REGISTER,
    request: named("outer", '{"events":["invoke"]}'),
    ...EVENT_FAULT,
  },
  {
    promise: "SHUTDOWN for a name that was not launched from the folder",
    target: REGISTER,
    request: named("inner", '{"events":["SHUTDOWN"]}'),
    ...EVENT_FAULT,
  },
  { promise: "a poll without an identifier", method: "GET", target: NEXT, ...MISSING_ID },
  {
    promise: "a poll whose identifier is no UUID",
    method: "GET",
    target: NEXT,
    request: identified("outer"),
    ...INVALID_ID,
  },
  {
    promise: "a poll with an identifier it never gave",
    method: "GET",
    target: NEXT,
    request: identified(UNKNOWN_ID),
    ...UNKNOWN,
  },
  { promise: "an init error without an identifier", target: `${EXTENSION}/init/error`, ...MISSING_ID },
  {
    promise: "an init error whose identifier is no UUID",
    target: `${EXTENSION}/init/error`,
    request: identified("x"),
    ...INVALID_ID,
  },
  {
    promise: "an init error without a type before it looks for the extension",
    target: `${EXTENSION}/init/error`,
    request: identified(UNKNOWN_ID),
    status: 403,
    errorType: "Extension.MissingHeader",
  },
  { promise: "an exit error without an identifier", target: `${EXTENSION}/exit/error`, ...MISSING_ID },
  {
    promise: "an exit error without a type",
    target: `${EXTENSION}/exit/error`,
    request: identified(UNKNOWN_ID),
    status: 403,
    errorType: "Extension.MissingHeader",
  },
  {
    promise: "an exit error of an unknown extension",
    target: `${EXTENSION}/exit/error`,
    request: {
      headers: { ...identified(UNKNOWN_ID).headers, "Lambda-Extension-Function-Error-Type": "A.B" },
    },
    ...UNKNOWN,
  },
  {
    promise: "a telemetry subscription without an identifier",
    method: "PUT",
    target: "/2022-07-01/telemetry",
    ...MISSING_ID,
  },
  {
    promise: "a logs subscription of an unknown extension",
    method: "PUT",
    target: "/2020-08-15/logs",
    request: identified(UNKNOWN_ID),
    ...UNKNOWN,
  },
  {
    promise: "an unknown path",
    method: "GET",
    target: `${EXTENSION}/event/last`,
    status: 404,
    errorType: undefined,
  },
  {
    promise: "another version of the API",
    target: "/2019-01-01/extension/register",
    status: 404,
    errorType: undefined,
  },
  { promise: "a registration by GET", method: "GET", target: REGISTER, status: 405, errorType: undefined },
  { promise: "a poll by POST", target: NEXT, status: 405, errorType: undefined },
  {
    promise: "a runtime's poll by DELETE",
    method: "DELETE",
    target: `${RUNTIME}/invocation/next`,
    status: 405,
    errorType: undefined,
  },
  {
    promise: "a response to no invocation",
    target: `${RUNTIME}/invocation/${UNKNOWN_ID}/response`,
    status: 400,
    errorType: "InvalidRequestID",
  },
  {
    promise: "an error to no invocation",
    target: `${RUNTIME}/invocation/${UNKNOWN_ID}/error`,
    status: 400,
    errorType: "InvalidRequestID",
  },
]
