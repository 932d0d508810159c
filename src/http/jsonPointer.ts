/**
 * JSON Pointer (RFC 6901) in its string form, as `&json=/a/b` has it in a query: the tokens that lead from the
 * document to a field. `jsonField.ts` follows them.
 */
import * as Result from "effect/Result"

/** A `~` that is no escape: `~0` stands for `~`, `~1` for `/`. */
const BAD_ESCAPE = /~(?![01])/

/** RFC 6901, section 4: first `~1`, then `~0`, so that `~01` is `~1`. */
const unescape = (token: string): string => token.replaceAll("~1", "/").replaceAll("~0", "~")

/** The tokens of a pointer, or what is wrong with it. None: the whole document. */
export const tokensOf = (pointer: string): Result.Result<ReadonlyArray<string>, string> => {
  if (pointer === "") return Result.succeed([])
  if (pointer.startsWith("#"))
    return Result.fail("the form of a URI fragment is not allowed; write the pointer as /field or /list/0")
  if (!pointer.startsWith("/"))
    return Result.fail("a JSON pointer begins with /, as in /field or /list/0 (RFC 6901)")
  if (BAD_ESCAPE.test(pointer))
    return Result.fail("in a JSON pointer, ~ is written ~0 and / in a key is written ~1 (RFC 6901)")
  return Result.succeed(pointer.slice(1).split("/").map(unescape))
}
