/**
 * Bodies that are no valid reply of any operation, for the fault `body`: JSON that is not an object, and an object whose
 * members have the wrong types for every operation.
 */

/** Has the members of all operations with wrong types. */
export const WRONG_MEMBERS = JSON.stringify({
  Parameter: "wrong",
  Parameters: "wrong",
  InvalidParameters: { A: "wrong" },
  NextToken: 3,
  Name: 3,
  ARN: [],
  SecretString: { wrong: true },
  SecretValues: "wrong",
  Errors: 3,
  VersionStages: "AWSCURRENT",
  Item: "wrong",
  Responses: "wrong",
  UnprocessedKeys: 3,
  InitialConfigurationToken: 3,
})

/** JSON that is not an object, and no body at all. */
export const NO_OBJECTS = ["null", "[]", '"wrong"', "3", "true", ""] as const
