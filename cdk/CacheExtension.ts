/**
 * The CDK construct: chooses the layer that fits a function, attaches it with the extension's settings, and grants the role what
 * a config.yaml lists. `lambda-cache-extension/cdk` exports it; docs/deploy-cdk.md shows it.
 *
 * A stack that has functions gets a version of the layer of its own, because CloudFormation could not replace one that other
 * stacks import.
 */
import { type Grant, type IGrantable } from "aws-cdk-lib/aws-iam"
import * as lambda from "aws-cdk-lib/aws-lambda"
import { Annotations, Aspects, Names, Stack, Token } from "aws-cdk-lib"
import { Construct, type IConstruct } from "constructs"
import { type Artifact, fittingArtifact, type FunctionFacts } from "./fit.ts"
import { grantListed, type GrantOptions } from "./grant.ts"
import { givenIn, layerIn, type LayerSources, readSources } from "./layers.ts"
import { type CacheExtensionSettings, variablesOf } from "./settings.ts"

export interface CacheExtensionProps {
  /**
   * The layers to choose from: a folder with the archives of `lambda-cache-extension layer`, or for each layer an archive, the ARN
   * of a published version, or a layer of CDK. Default: the Node layer in this package, for functions on nodejs22.x and newer.
   */
  readonly layers?: string | LayerSources
  /** The settings of every function that this is attached to, unless it has its own. */
  readonly settings?: CacheExtensionSettings
}

export interface AttachOptions {
  /** The function's settings; each replaces the one of the construct, and a variable of the same name. */
  readonly settings?: CacheExtensionSettings
  /** The path of the function's config.yaml on this machine: it is checked, and its role may read what it lists. */
  readonly config?: string
  /** The variables that this file names (`${STAGE}`): they replace them, and become the function's. */
  readonly variables?: Readonly<Record<string, string>>
  /** The layer to use, if several fit. Default: that of the function's architecture, else the Node layer. */
  readonly layer?: Artifact
}

export interface AttachToAllOptions {
  /** The functions to leave out, besides those that CDK makes for itself and those that are attached to already. */
  readonly except?: (fn: lambda.Function) => boolean
  /** The settings of these functions; each replaces the one of the construct. */
  readonly settings?: CacheExtensionSettings
}

/** Functions that CDK makes for its own resources have such an id: no config.yaml is in their packages. */
const CDKS_OWN = /^(?:framework-|Custom::)|[\da-f]{32}$/i

/** What decides which layer fits. */
const factsOf = (fn: lambda.Function): FunctionFacts => ({
  path: fn.node.path,
  runtime: Token.isUnresolved(fn.runtime.name) ? undefined : fn.runtime.name,
  isNode: fn.runtime.family === lambda.RuntimeFamily.NODEJS,
  isImage: fn.runtime.name === lambda.Runtime.FROM_IMAGE.name,
  architecture: fn.architecture.name,
})

/** The cache extension, for any number of functions. */
export class CacheExtension extends Construct {
  private readonly sources: LayerSources
  private readonly settings: CacheExtensionSettings
  private readonly attached: WeakSet<lambda.Function> = new WeakSet()

  constructor(scope: Construct, id: string, props: CacheExtensionProps = {}) {
    super(scope, id)
    this.sources = readSources(props.layers)
    this.settings = props.settings ?? {}
    variablesOf(this.settings)
  }

  /** The layer that fits a function, as `attachTo` uses it. Throws if none fits. */
  layerFor(fn: lambda.Function, layer?: Artifact): lambda.ILayerVersion {
    const artifact = fittingArtifact(givenIn(this.sources), factsOf(fn), layer)
    const source = this.sources[artifact]
    if (source === undefined) throw new Error(`there is no layer ${artifact}`)
    const stack = Stack.of(fn)
    const isOwnStack = Construct.isConstruct(this.node.scope) && this.node.scopes.includes(stack)
    const scope = isOwnStack ? this : stack
    const id = isOwnStack ? artifact : `${Names.uniqueId(this)}-${artifact}`
    return layerIn(scope, id, artifact, source)
  }

  /** Attaches the extension to a function, whose package must have a config.yaml in its root. */
  attachTo(fn: lambda.Function, options: AttachOptions = {}): this {
    const variables = variablesOf({ ...this.settings, ...options.settings })
    const layer = this.layerFor(fn, options.layer)
    if (!this.attached.has(fn)) fn.addLayers(layer)
    this.attached.add(fn)
    for (const [name, value] of Object.entries({ ...options.variables, ...variables }))
      fn.addEnvironment(name, value)
    if (options.config !== undefined)
      this.grantRead(fn, options.config, options.variables && { variables: options.variables })
    return this
  }

  /**
   * Attaches the extension to every function below a scope, also to those that are added later: a stack, a stage or the app.
   * Where no layer fits a function, the synthesis fails and names it.
   */
  attachToAll(scope: IConstruct, { except = () => false, settings = {} }: AttachToAllOptions = {}): this {
    variablesOf({ ...this.settings, ...settings })
    const visit = (node: IConstruct): void => {
      if (!(node instanceof lambda.Function) || this.attached.has(node)) return
      if (CDKS_OWN.test(node.node.id) || except(node)) return
      try {
        this.attachTo(node, { settings })
      } catch (error) {
        Annotations.of(node).addError(error instanceof Error ? error.message : String(error))
      }
    }
    Aspects.of(scope).add({ visit })
    return this
  }

  /**
   * Allows a role or a function's role exactly the calls that the extension makes for a config.yaml. Throws an error with all faults of
   * the file, if it has any.
   */
  grantRead(grantee: IGrantable, configPath: string, options?: GrantOptions): Grant {
    return grantListed(this, grantee, configPath, options)
  }
}
