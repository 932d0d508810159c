/**
 * A key of config.yaml as plain data: a scalar with the texts for messages and editors, a word, a list or a mapping; and the
 * type of the values that it decodes to. In the file every scalar is the text as written.
 *
 * `fields.ts` makes fields, `decode.ts` reads values by them, `schema.ts` derives Schemas from them. Only types.
 */

/** The texts of a field. */
interface Texts {
  /** What editors show. */
  readonly description: string
  /** What is allowed, in messages. */
  readonly allowed: string
}

export interface Scalar<A> extends Texts {
  readonly type: "scalar"
  /** Whether a text is allowed; a returned text is the reason why not. */
  readonly isAllowed: (text: string) => boolean | string
  /** The value of an allowed text. */
  readonly parse: (text: string) => A
  /** The YAML types that an editor may see: an editor resolves `007` to a number before it validates. */
  readonly editorTypes: ReadonlyArray<string>
  /** The part of the rule that an editor can check. */
  readonly jsonSchema: Record<string, unknown>
}

/** One of a few words. */
export interface Word<A extends string> extends Texts {
  readonly type: "word"
  readonly words: ReadonlyArray<A>
}

export interface List<Item extends Field> extends Texts {
  readonly type: "list"
  readonly item: Item
}

/** A mapping with these keys and no others. */
export interface Mapping<K extends Keys> extends Texts {
  readonly type: "mapping"
  readonly keys: K
  /** Whether a text in its place is not repeated in a fault: somebody may have written the secret itself. */
  readonly isTextHidden?: boolean
}

/** A word, or a mapping that says it in detail. */
export interface Either<W extends Word<string>, M extends Mapping<Keys>> extends Texts {
  readonly type: "either"
  readonly word: W
  readonly mapping: M
}

/** Any value. */
export interface Anything {
  readonly type: "anything"
}

/** A key that may be absent. */
export interface Optional<F extends Field> {
  readonly type: "optional"
  readonly field: F
}

export type Keys = Readonly<Record<string, Field | Optional<Field>>>
export type Field =
  | Scalar<unknown>
  | Word<string>
  | List<Field>
  | Mapping<Keys>
  | Either<Word<string>, Mapping<Keys>>
  | Anything

type OptionalKeys<K> = { [Key in keyof K]: K[Key] extends Optional<Field> ? Key : never }[keyof K]

/** The type of the values of a field. */
export type Decoded<F> =
  F extends Scalar<infer A>
    ? A
    : F extends Word<infer A>
      ? A
      : F extends List<infer Item>
        ? ReadonlyArray<Decoded<Item>>
        : F extends Mapping<infer K>
          ? DecodedKeys<K>
          : F extends Either<infer W, infer M>
            ? Decoded<W> | Decoded<M>
            : unknown

/** The type of a mapping with these keys. */
export type DecodedKeys<K> = {
  readonly [Key in Exclude<keyof K, OptionalKeys<K>>]: Decoded<K[Key]>
} & {
  readonly [Key in OptionalKeys<K>]?: K[Key] extends Optional<infer F> ? Decoded<F> : never
}
