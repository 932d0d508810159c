/** `lambda-cache-extension/cdk`: what the package exports for CDK apps. */
export {
  CacheExtension,
  type AttachOptions,
  type AttachToAllOptions,
  type CacheExtensionProps,
} from "./CacheExtension.ts"
export { type LayerSource, type LayerSources } from "./layers.ts"
export { type Artifact } from "./fit.ts"
export { type CacheExtensionSettings } from "./settings.ts"
export { type GrantOptions } from "./grant.ts"
