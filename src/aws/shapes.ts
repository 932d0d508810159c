/**
 * Type guards for the parts of a reply, combined into one per operation. "Shape" is the term of AWS's own API models.
 *
 * Not Schemas: the preload would wait for them to load, and a guard checks a reply of 16 MB in one pass without a copy.
 * Members that a shape does not name are ignored.
 */

/** A type guard for a part of a reply. */
export type Shape<A> = (input: unknown) => input is A

/** A member that may be left out. Some services write null instead. */
export type Optional<A> = A | null | undefined

type Shapes = Readonly<Record<string, Shape<unknown>>>
/** The type that a shape checks for. */
export type Shaped<S> = S extends Shape<infer A> ? A : never
type Members<R extends Shapes, O extends Shapes> = { readonly [K in keyof R]: Shaped<R[K]> } & {
  readonly [K in keyof O]?: Optional<Shaped<O[K]>>
}

type JsonObject = Readonly<Record<string, unknown>>

/** A JSON object: neither null nor an array. */
export const isObject = (input: unknown): input is JsonObject =>
  typeof input === "object" && input !== null && !Array.isArray(input)

export const text: Shape<string> = (input) => typeof input === "string"

/** A finite number: `1e999` is valid JSON. */
export const number: Shape<number> = (input): input is number => Number.isFinite(input)

export const boolean: Shape<boolean> = (input) => typeof input === "boolean"

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/

/** Binary data as JSON carries it. */
export const base64: Shape<string> = (input): input is string =>
  typeof input === "string" && input.length % 4 === 0 && BASE64.test(input)

export const listOf =
  <A>(member: Shape<A>): Shape<ReadonlyArray<A>> =>
  (input): input is ReadonlyArray<A> =>
    Array.isArray(input) && input.every(member)

/** An object with any names, whose members all have one shape. */
export const mapOf =
  <A>(member: Shape<A>): Shape<Readonly<Record<string, A>>> =>
  (input): input is Readonly<Record<string, A>> =>
    isObject(input) && Object.values(input).every(member)

/** A member that may be left out but must not be null. */
export const absentOr =
  <A>(shape: Shape<A>): Shape<A | undefined> =>
  (input): input is A | undefined =>
    input === undefined || shape(input)

const own = (object: JsonObject, name: string): unknown =>
  Object.hasOwn(object, name) ? object[name] : undefined

/** An object with required and optional members. An optional member may be null. */
export const object =
  <R extends Shapes, O extends Shapes>(required: R, optional: O): Shape<Members<R, O>> =>
  (input): input is Members<R, O> =>
    isObject(input) &&
    Object.entries(required).every(([name, shape]) => shape(own(input, name))) &&
    Object.entries(optional).every(([name, shape]) => {
      const member = own(input, name)
      return member === undefined || member === null || shape(member)
    })

/** A token or a key. */
export const token: Shape<string> = (input): input is string => text(input) && input !== ""

/** An object that must have one of two members, or both. An emulator of AWS may leave out one empty list. */
export const withEither =
  <A>([one, other]: readonly [keyof A, keyof A], shape: Shape<A>): Shape<A> =>
  (input): input is A =>
    shape(input) && (input[one] ?? input[other] ?? undefined) !== undefined
