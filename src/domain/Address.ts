/**
 * Where a value lives in AWS: one member of the union per kind of source.
 *
 * The configuration's sections make addresses, the source of the same kind reads them, everything between
 * passes them on unseen.
 */

/** In which region AWS is asked, and as whom. */
export interface Access {
  readonly region: string
  /** The role that is assumed; absent: the function's own. */
  readonly roleArn?: string
}

/** The same in words, different for every region and role. */
export const accessText = ({ region, roleArn }: Access): string =>
  roleArn === undefined ? region : `${region} as ${roleArn}`

/** How the names begin by which Parameter Store reads secrets of Secrets Manager. */
export const SECRET_REFERENCE = "/aws/reference/secretsmanager/"

/** A parameter of Parameter Store. */
export interface ParameterAddress extends Access {
  readonly kind: "parameters"
  /** Name, path, ARN or secret reference, with `:version` or `:label` where one is wanted. */
  readonly name: string
  /** Default true. Without it, a SecureString comes as its ciphertext. */
  readonly withDecryption?: boolean
}

/** Everything below a path of Parameter Store, at any depth, read with decryption. */
export interface ParameterPathAddress extends Access {
  readonly kind: "parameters"
  /** Begins with a slash; one at its end makes no difference. */
  readonly path: string
}

/** A secret of Secrets Manager. */
export interface SecretAddress extends Access {
  readonly kind: "secrets"
  /** Name or ARN. */
  readonly secretId: string
  /** The id of one version. */
  readonly versionId?: string
  /** Staging label, `AWSCURRENT` unless the section says otherwise; may be absent where `versionId` is given. */
  readonly versionStage?: string
}

/** The types that DynamoDB allows in a key: string, number, binary (base64). */
export type KeyType = "S" | "N" | "B"

/** One attribute of a primary key. The value is text as written; for `B` it is base64. */
export interface KeyAttribute {
  readonly name: string
  readonly type: KeyType
  readonly value: string
}

/** How the numbers of an item are written to JSON: raw tokens with all their digits, or strings as the original did. */
export type NumberForm = "number" | "string"

/** An item of a DynamoDB table. */
export interface ItemAddress extends Access {
  readonly kind: "dynamodb"
  readonly table: string
  readonly hash: KeyAttribute
  readonly sort?: KeyAttribute
  readonly consistentRead: boolean
  readonly numbers: NumberForm
}

/** A configuration of AppConfig: what is deployed of a profile to an environment. Each part is a name or an id. */
export interface ConfigurationAddress extends Access {
  readonly kind: "appconfig"
  readonly application: string
  readonly environment: string
  readonly profile: string
}

/** The kinds of sources, each with its address. */
export interface Addresses {
  readonly parameters: ParameterAddress | ParameterPathAddress
  readonly secrets: SecretAddress
  readonly dynamodb: ItemAddress
  readonly appconfig: ConfigurationAddress
}

export type Kind = keyof Addresses

/** The address that belongs to a kind. */
export type AddressOf<K extends Kind> = Addresses[K]

export type Address = AddressOf<Kind>

/** Whether two addresses are one place. Both made by the same section, so that their keys are in one order. */
export const isSameAddress = (left: Address, right: Address): boolean =>
  JSON.stringify(left) === JSON.stringify(right)
