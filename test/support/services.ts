/**
 * The services of AWS by their ids, for the tables of tests.
 */
import { STS } from "../../src/aws/AwsClients.ts"
import { APPCONFIGDATA } from "../../src/kinds/appconfig/service.ts"
import { DYNAMODB } from "../../src/kinds/dynamodb/service.ts"
import { S3 } from "../../src/kinds/s3/service.ts"
import { SSM } from "../../src/kinds/parameters/service.ts"
import { SECRETS_MANAGER } from "../../src/kinds/secrets/service.ts"
import { RDS_DATA } from "../../src/kinds/sql/service.ts"
import { KMS } from "../../src/shared/encryption/kmsKeys.ts"

export const SERVICES = { SSM, SECRETS_MANAGER, DYNAMODB, APPCONFIGDATA, STS, KMS, S3, RDS_DATA }
