import { assert, describe, it } from "@effect/vitest"
import { pickDetails } from "../../src/aws/details.ts"

describe("the details of a reply", () => {
  it("are the named parts that are there, and nothing else", () => {
    const reply = { Name: "A", Version: 0, Type: "", ARN: undefined, DataType: null, Value: "a secret" }
    assert.deepStrictEqual(pickDetails(reply, ["Name", "Version", "Type", "ARN", "DataType"]), {
      Name: "A",
      Version: 0,
      Type: "",
    })
    assert.deepStrictEqual(pickDetails(reply, []), {})
  })

  it("have times as text, to the millisecond", () => {
    const reply = { CreatedDate: 1_700_000_000.123_6, LastModifiedDate: 0 }
    assert.deepStrictEqual(pickDetails(reply, ["CreatedDate", "LastModifiedDate"]), {
      CreatedDate: "2023-11-14T22:13:20.124Z",
      LastModifiedDate: "1970-01-01T00:00:00.000Z",
    })
  })

  it("have what is called a date and is none as it is, and numbers that are no dates, too", () => {
    const reply = { CreatedDate: "yesterday", LastModifiedDate: Infinity, DateOfBirth: 1, Version: 1 }
    assert.deepStrictEqual(
      pickDetails(reply, ["CreatedDate", "LastModifiedDate", "DateOfBirth", "Version"]),
      reply,
    )
  })
})
