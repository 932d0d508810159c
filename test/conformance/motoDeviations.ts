/**
 * Where moto 5.2 is known to differ from AWS: the name of each case that it does not pass, and what it does instead.
 *
 * conformance.test.ts asserts that moto indeed fails these, so that a line here cannot outlive its reason.
 */
export const MOTO_DEVIATIONS: Readonly<Record<string, string>> = {
  // Parameter Store
  "a Standard value is at most 4096 characters: ValidationException": "accepts values of any length",
  "a value that its AllowedPattern does not match is refused: ParameterPatternMismatchException":
    "does not test the pattern",
  "a deeper name begins with a slash: ValidationException": "accepts such names",
  "a malformed KMS key is refused: InvalidKeyId": "accepts any key id",
  "a SecureString without decryption does not show its value": "answers kms:<key>:<the value>",
  "several SecureStrings without decryption do not show their values": "answers kms:<key>:<the value>",
  "SecureStrings below a path are read in clear only with decryption": "answers kms:<key>:<the value>",
  "the reply to a selector repeats it in Selector": "sends no Selector",
  "a label that does not exist is ParameterVersionNotFound": "answers ParameterNotFound",
  "a name of one level is the same with and without its slash, and is answered as asked":
    "answers the stored name",
  "a malformed path is refused: ValidationException": "answers ParameterNotFound",
  "a token that AWS did not give is refused: InvalidNextToken": "fails with a 500 that is no JSON",
  "AWS's own parameters belong to no account, and are below no other path":
    "writes the account into their ARNs",
  "a path begins with a slash: ValidationException": "answers an empty page",
  "the name of a secret reference is its whole path, and its SourceResult tells of the secret":
    "answers the bare name of the secret",
  "a missing secret reference does not spoil the call for the others": "refuses the whole call",
  // Secrets Manager
  "what does not exist is a status 400": "answers 404",
  "a name with other characters is refused: ValidationException": "accepts any name",
  "text and bytes at once are refused: InvalidParameterException": "accepts both",
  "finishing a rotation moves AWSCURRENT, and AWSPREVIOUS follows it": "goes on reading the old version",
  "AWSCURRENT cannot be taken away without giving it to another version: InvalidParameterException":
    "takes it away",
  "twenty-one secrets are refused": "accepts any number",
  "the name of a secret marked for deletion is taken: InvalidRequestException":
    "answers ResourceExistsException",
  // DynamoDB
  "numbers come back without needless zeros": "keeps numbers as they were written",
  "a key of the wrong type is refused: ValidationException": "answers that there is no such item",
  "begins_with of a number is refused: ValidationException": "compares the digits",
  "a projection has single elements of lists, without the others":
    "does not know a placeholder with an index",
  "paths of a projection that overlap are refused: ValidationException": "accepts them",
  "a query of an index that does not exist is refused: ValidationException":
    "answers ResourceNotFoundException",
  "a query by a value of another type is refused: ValidationException": "answers that there are no items",
  // KMS
  "Decrypt refuses a data key of another KMS key than the one that is asked for":
    "answers AccessDeniedException",
  // STS
  "the credentials of a session without its token are refused: UnrecognizedClientException":
    "does not look at the token",
  "a session of a few seconds is refused: ValidationError": "gives it",
  "what is no role is refused: ValidationError": "takes the text for a role",
  "a session name with other characters is refused: ValidationError": "accepts any name",
  "each version is readable, and a deletion hides the object: NoSuchKey":
    "it has no version that marks a deletion",
  "a bucket of another region is a 301 that names its region: PermanentRedirect":
    "it reads a bucket from any region",
}
