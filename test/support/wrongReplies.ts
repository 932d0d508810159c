/**
 * Bodies that no operation replies with: JSON of another form than an object, and an object whose members, for each
 * operation, are of wrong types. What AWS is made to say by the fault `body`.
 */

/** What every operation's members are of the wrong type in. */
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

/** JSON that is no object, and no body at all. */
export const NO_OBJECTS = ["null", "[]", '"wrong"', "3", "true", ""] as const
