/**
 * The keys of a seed file, which says what local AWS holds at the start. docs/seed.md describes them for users.
 *
 * They are data, as those of config.yaml are (`src/config/fields`), so that faults have their lines and editors a JSON Schema
 * (`schema/seed.schema.json`). `seedFile.ts` reads seed files by them.
 */
import * as fields from "../../src/config/fields/fields.ts"
import { fileSchema } from "../../src/config/jsonSchema.ts"
import { regionField } from "../../src/kinds/access.ts"
import { bucketFault, keyFault } from "../../src/kinds/s3/objectName.ts"

const region = fields.optional(regionField("The region of this entry. Default: that of the seed."))

const keyField = fields.mapping(
  {
    name: fields.name("The attribute's name.", "the name of an attribute"),
    type: fields.optional(fields.word("Its type. Default S.", ["S", "N", "B"])),
  },
  "An attribute of the primary key.",
)

const json = fields.optional(fields.anything)
const binary = fields.optional(fields.value("Bytes in base64.", "bytes in base64"))

const parameter = fields.mapping(
  {
    name: fields.name("The parameter's name.", "a parameter's name, such as /shop/db-url"),
    value: fields.value("Its value, as written.", "a text that is not empty"),
    type: fields.optional(fields.word("Its type. Default String.", ["String", "StringList", "SecureString"])),
    labels: fields.optional(
      fields.list(
        fields.name("A label.", "a label such as prod"),
        "Labels of this version.",
        "a list of labels",
      ),
    ),
    region,
  },
  "A parameter of Parameter Store.",
)

const secret = fields.mapping(
  {
    name: fields.name("The secret's name.", "a secret's name, such as db/main"),
    value: fields.optional(fields.value("Its text, as written.", "a text that is not empty")),
    json,
    binary,
    region,
  },
  "A secret of Secrets Manager. It has one of value, json and binary.",
)

const index = fields.mapping(
  {
    name: fields.name("The index's name.", "an index's name"),
    hashKey: keyField,
    sortKey: fields.optional(keyField),
    local: fields.optional(
      fields.flag("Whether it is a local secondary index, which can be read consistently. Default false."),
    ),
  },
  "An index of the table, with all attributes of the items.",
)

const table = fields.mapping(
  {
    name: fields.name("The table's name.", "a table's name"),
    hashKey: keyField,
    sortKey: fields.optional(keyField),
    indexes: fields.optional(fields.list(index, "The table's indexes.", "a list of indexes")),
    items: fields.optional(fields.list(fields.anything, "The table's items.", "a list of items")),
    region,
  },
  "A table of DynamoDB.",
)

const configuration = fields.mapping(
  {
    application: fields.name("Name or id of the application.", "an application's name or id"),
    environment: fields.name("Name or id of the environment.", "an environment's name or id"),
    profile: fields.name("Name or id of the profile.", "a profile's name or id"),
    content: fields.optional(fields.value("The configuration, as written.", "a text that is not empty")),
    json,
    binary,
    type: fields.optional(
      fields.name("Its media type. Default application/json.", "a media type such as text/plain"),
    ),
    label: fields.optional(fields.name("The version's label.", "a label such as v1")),
    pollInterval: fields.optional(
      fields.count("The fewest seconds between two polls. Default: what the client asks for."),
    ),
    region,
  },
  "A deployed configuration of AppConfig. It has one of content, json and binary.",
)

const object = fields.mapping(
  {
    bucket: fields.named("The bucket's name.", "a bucket's name, such as shop-data", bucketFault),
    key: fields.named("The object's key.", "an object's key, such as rates.csv", keyFault),
    content: fields.optional(fields.value("The object, as written.", "a text that is not empty")),
    json,
    binary,
    type: fields.optional(
      fields.name(
        "Its media type. Default: application/json for json, else S3's.",
        "a media type such as text/csv",
      ),
    ),
    encoding: fields.optional(fields.name("Its content coding.", "a content coding such as gzip")),
    region,
  },
  "An object of S3. It has one of content, json and binary.",
)

const database = fields.mapping(
  {
    cluster: fields.name("The id of its cluster, as at the end of the ARN.", "the id of a cluster"),
    name: fields.name("The database's name.", "a database's name"),
    sql: fields.optional(fields.value("A script that fills it: SQL of PostgreSQL.", "SQL")),
    region,
  },
  "A database behind the RDS Data API.",
)

/** The keys of a seed file. */
export const SeedFile = fields.mapping(
  {
    region: fields.optional(
      regionField("The region of entries without one. Default: the function's region."),
    ),
    parameters: fields.optional(
      fields.list(parameter, "Parameters of Parameter Store.", "a list of parameters"),
    ),
    secrets: fields.optional(fields.list(secret, "Secrets of Secrets Manager.", "a list of secrets")),
    tables: fields.optional(fields.list(table, "Tables of DynamoDB.", "a list of tables")),
    appconfig: fields.optional(
      fields.list(configuration, "Configurations of AppConfig.", "a list of configurations"),
    ),
    objects: fields.optional(fields.list(object, "Objects of S3.", "a list of objects")),
    databases: fields.optional(
      fields.list(database, "Databases behind the RDS Data API.", "a list of databases"),
    ),
  },
  "What local AWS holds when the extension is tried out.",
)

/** The JSON Schema of a seed file, for editors. `npm run generate` writes it to `schema/seed.schema.json`. */
export const makeSeedSchema = (): Record<string, unknown> => fileSchema("seed.yaml", SeedFile)
