/**
 * Errors of the database behind the Data API: what each SQLSTATE means, and that no message repeats what was read.
 */
import { assert, describe, it } from "@effect/vitest"
import { databaseError } from "../../../../src/kinds/sql/fetch/databaseErrors.ts"

const errorOf = (message: string, name = "DatabaseErrorException") =>
  databaseError(Object.assign(new Error(message), { name, $fault: "client" }))

describe("an error of the database", () => {
  it.each([
    ["42501", "AccessDenied"],
    ["28P01", "AccessDenied"],
    ["53300", "Throttled"],
    ["57014", "TimedOut"],
    ["57P03", "Unavailable"],
    ["08006", "Unavailable"],
    ["40001", "Unavailable"],
    ["25006", "InvalidRequest"],
    ["42P01", "InvalidRequest"],
    ["22012", "InvalidRequest"],
    ["XX000", "InvalidRequest"],
  ])("with the SQLSTATE %s is %s", (state, reason) => {
    assert.strictEqual(errorOf(`ERROR: why; SQLState: ${state}`)?.reason._tag, reason)
  })

  it("says that statements are read-only if one writes", () => {
    assert.strictEqual(
      errorOf("ERROR: cannot execute INSERT in a read-only transaction; SQLState: 25006")?.message,
      "DatabaseErrorException: ERROR: cannot execute INSERT in a read-only transaction; SQLState: 25006: " +
        "statements under sql run in a read-only transaction",
    )
  })

  it("repeats what is wrong with the statement, without details of rows", () => {
    const message = 'ERROR: relation "ordres" does not exist\n  Position: 15; SQLState: 42P01'
    assert.strictEqual(
      errorOf(message)?.message,
      'DatabaseErrorException: ERROR: relation "ordres" does not exist',
    )
  })

  it.each([
    'ERROR: invalid input syntax for type integer: "canary"; SQLState: 22P02',
    "Incorrect DATE value: 'canary'; Error code: 1525; SQLState: HY000",
    'ERROR: invalid input syntax for type integer: "canary"',
    'ERROR: value "canary',
    "ERROR: customer canary has no credit; SQLState: P0001",
    "ERROR: duplicate key\n  Detail: Key (a)=(canary) already exists.; SQLState: 23505",
  ])("never repeats a value: %s", (message) => {
    const error = errorOf(message)
    assert.notInclude(String(error?.message), "canary")
    assert.include(String(error?.message), "DatabaseErrorException: ")
  })

  it.each([
    ["BadRequestException", "Database returned more than the allowed response size limit"],
    ["UnsupportedResultException", "The result is too large"],
  ])("about the size of a result is TooLarge: %s", (name, message) => {
    const error = errorOf(message, name)
    assert.strictEqual(error?.reason._tag, "TooLarge")
    assert.include(String(error?.message), "select fewer rows or columns")
  })

  it("about the time of a statement is TimedOut", () => {
    assert.strictEqual(errorOf("45 s", "StatementTimeoutException")?.reason._tag, "TimedOut")
  })

  it("is cut if it is very long", () => {
    const error = errorOf(`ERROR: ${"x".repeat(5_000)}; SQLState: 42601`)
    assert.isBelow(String(error?.message).length, 600)
  })

  it.each(["DatabaseResumingException", "AccessDeniedException", "ThrottlingException"])(
    "is none if AWS says %s",
    (name) => {
      assert.isUndefined(errorOf("why", name))
    },
  )

  it("is none if it is not AWS that answered", () => {
    assert.isUndefined(databaseError(Object.assign(new Error("x"), { name: "BadRequestException" })))
    assert.isUndefined(databaseError(undefined))
  })
})
