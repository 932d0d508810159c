/**
 * What parsed JSON must look like before it is used: small type guards, put together by `replies.ts` into one
 * description per operation.
 *
 * Written by hand rather than as Schemas: a load of the listed entries waits for what the sources import, and a reply
 * of 16 MB is walked through once, without a copy. What a description does not name may be anything.
 */

/** Whether a part of a reply is what it should be. */
export type Shape<A> = (input: unknown) => input is A

/** A member that may be left out. Some services write null instead. */
export type Optional<A> = A | null | undefined

type Shapes = Readonly<Record<string, Shape<unknown>>>
type Shaped<S> = S extends Shape<infer A> ? A : never
type Members<R extends Shapes, O extends Shapes> = { readonly [K in keyof R]: Shaped<R[K]> } & {
  readonly [K in keyof O]?: Optional<Shaped<O[K]>>
}

export type JsonObject = Readonly<Record<string, unknown>>

/** A JSON object: neither null nor an array. */
export const isObject = (input: unknown): input is JsonObject =>
  typeof input === "object" && input !== null && !Array.isArray(input)

export const text: Shape<string> = (input) => typeof input === "string"

/** Never infinite: JSON has `1e999`. */
export const number: Shape<number> = (input): input is number => Number.isFinite(input)

export const boolean: Shape<boolean> = (input) => typeof input === "boolean"

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/

/** Bytes on the wire. */
export const base64: Shape<string> = (input): input is string =>
  typeof input === "string" && input.length % 4 === 0 && BASE64.test(input)

export const listOf =
  <A>(member: Shape<A>): Shape<ReadonlyArray<A>> =>
  (input): input is ReadonlyArray<A> =>
    Array.isArray(input) && input.every(member)

/** An object whose members all have the same shape, under any names. */
export const mapOf =
  <A>(member: Shape<A>): Shape<Readonly<Record<string, A>>> =>
  (input): input is Readonly<Record<string, A>> =>
    isObject(input) && Object.values(input).every(member)

/** A member that may be left out, and is not null. */
export const absentOr =
  <A>(shape: Shape<A>): Shape<A | undefined> =>
  (input): input is A | undefined =>
    input === undefined || shape(input)

const own = (object: JsonObject, name: string): unknown =>
  Object.hasOwn(object, name) ? object[name] : undefined

/** An object with certain members: those that must be there, and those that may be. */
export const object =
  <R extends Shapes, O extends Shapes>(required: R, optional: O): Shape<Members<R, O>> =>
  (input): input is Members<R, O> =>
    isObject(input) &&
    Object.entries(required).every(([name, shape]) => shape(own(input, name))) &&
    Object.entries(optional).every(([name, shape]) => {
      const member = own(input, name)
      return member === undefined || member === null || shape(member)
    })
