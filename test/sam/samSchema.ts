/**
 * The properties of SAM's own resource types, as far as the template uses them: the validators pass over those.
 *
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html,
 * .../sam-resource-layerversion.html, and AWS::CloudFormation::CustomResource for the custom one.
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { Resource } from "./template.ts"

const Text = Schema.Union([Schema.String, Schema.Record(Schema.String, Schema.Unknown)])
const Metadata = Schema.Struct({
  BuildMethod: Schema.optionalKey(Schema.Literal("makefile")),
  BuildArchitecture: Schema.optionalKey(Schema.Literals(["arm64", "x86_64"])),
  SkipBuild: Schema.optionalKey(Schema.Boolean),
})

const ServerlessFunction = Schema.Struct({
  Type: Schema.Literal("AWS::Serverless::Function"),
  Metadata: Schema.optionalKey(Metadata),
  Properties: Schema.Struct({
    Description: Schema.String,
    CodeUri: Schema.String,
    Handler: Schema.String,
    // The current ones: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
    Runtime: Schema.Literals(["nodejs24.x", "python3.14"]),
    Role: Text,
    Layers: Schema.optionalKey(Schema.Array(Text)),
    Timeout: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 900 }))),
    Environment: Schema.optionalKey(Schema.Struct({ Variables: Schema.Record(Schema.String, Text) })),
    LoggingConfig: Schema.Struct({ LogGroup: Text }),
  }),
})

const LayerVersion = Schema.Struct({
  Type: Schema.Literal("AWS::Serverless::LayerVersion"),
  Condition: Schema.String,
  Metadata,
  Properties: Schema.Struct({
    LayerName: Text,
    Description: Schema.String,
    ContentUri: Schema.String,
    CompatibleArchitectures: Schema.Array(Schema.Literals(["arm64", "x86_64"])),
    LicenseInfo: Schema.String,
    RetentionPolicy: Schema.Literals(["Retain", "Delete"]),
  }),
})

const SampleItem = Schema.Struct({
  Type: Schema.Literal("Custom::SampleItem"),
  Properties: Schema.Struct({
    ServiceToken: Text,
    ServiceTimeout: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 3_600 })),
    // These two go to the function behind it.
    TableName: Text,
    Key: Schema.Record(Schema.String, Schema.String),
    Attributes: Schema.Record(Schema.String, Schema.String),
  }),
})

const decode = Schema.decodeUnknownResult(Schema.Union([ServerlessFunction, LayerVersion, SampleItem]), {
  onExcessProperty: "error",
  errors: "all",
})

/** What is wrong with a resource of one of SAM's types or a custom one; undefined where nothing is. */
export const faultOf = (resource: Resource): string | undefined =>
  Result.match(decode(resource), { onSuccess: () => undefined, onFailure: String })
