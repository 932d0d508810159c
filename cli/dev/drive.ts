/**
 * Drives a session: starts it, invokes the function (by events in turn, by Enter, by HTTP, once a second), restarts when files
 * change, and ends in order: what is under way is interrupted, the environment gets its SHUTDOWN event.
 */
import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import type { InvokeResult } from "../../local/lambda/events.ts"
import type { InvokeOptions } from "../../local/lambda/invoke.ts"
import type { ListenError } from "../../local/serve.ts"
import { poll } from "../../local/page/poll.ts"
import { CommandFailed, FaultsFound } from "../failures.ts"
import { serveInvocations } from "./endpoint.ts"
import { type Event, type makeEvents, parseEvent } from "./events.ts"
import type { Session, StartFailed } from "./Session.ts"
import { counted, NOTHING_YET, summaryLine } from "./summary.ts"
import { shown } from "./target.ts"
import { complain, refuse, say, tell } from "./terminal.ts"
import { fileChanges } from "./watchFiles.ts"

export interface DriveOptions {
  readonly session: Session
  readonly events: ReturnType<typeof makeEvents>
  /** The files of `--event`. */
  readonly eventFiles: ReadonlyArray<string>
  /** What restarts the environment when it changes. */
  readonly watched: ReadonlyArray<string>
  /** How many invokes before it ends. Undefined: until Ctrl-C. */
  readonly invocations: number | undefined
  /** Invoke once a second. */
  readonly watch: boolean
  readonly freeze: boolean
  /** The port for invocations over HTTP; undefined: 9000, or any other if that is taken. */
  readonly invokePort: number | undefined
  /** Completes when a restart is due. */
  readonly expired: Effect.Effect<void>
  readonly onResult?: (result: InvokeResult) => Effect.Effect<void>
}

const DEFAULT_INVOKE_PORT = 9000
/** In watch mode, a summary follows this many invocations. */
const SUMMARY_EVERY = 10
/** A longer response is cut in the output. */
const MAX_SHOWN = 300

const cut = (text: string): string => (text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}…`)

const outcomeOf = ({ durations, functionError, payload }: InvokeResult): string => {
  const took = `${durations.total.toFixed(1)} ms`
  return functionError === undefined
    ? `${took}, ${cut(payload ?? "no response")}`
    : `failed after ${took}: ${functionError.type}: ${cut(functionError.message)}`
}

/** Opens the preferred port, or any other if none was asked for and it is taken. */
const openEndpoint = (
  port: number | undefined,
  invoke: Parameters<typeof serveInvocations>[0]["invoke"],
): Effect.Effect<number, ListenError | CommandFailed, Scope.Scope> =>
  port === undefined
    ? Effect.catch(serveInvocations({ port: DEFAULT_INVOKE_PORT, invoke }), () =>
        serveInvocations({ port: 0, invoke }),
      )
    : serveInvocations({ port, invoke }).pipe(
        Effect.mapError(
          ({ message }) => new CommandFailed({ reason: `${message}; --invoke-port chooses another port` }),
        ),
      )

/** Runs until it has invoked as often as asked, or until it is interrupted. Fails if the environment cannot start. */
export const drive = Effect.fnUntraced(function* (options: DriveOptions) {
  const { events, session } = options
  const isCounted = options.invocations !== undefined
  const tally = yield* Ref.make(NOTHING_YET)

  // A frozen extension does not answer.
  const samples = options.freeze
    ? Effect.succeed(undefined)
    : Effect.suspend(() => poll({ origin: session.origin(), token: session.token })).pipe(
        Effect.map(({ samples }) => samples),
        Effect.orElseSucceed(() => undefined),
      )
  const summarize = (last?: number) =>
    Effect.gen(function* () {
      const now = yield* Ref.get(tally)
      if (now.count > 0) yield* tell("summary", summaryLine(now, yield* samples, last))
    })

  /** Invokes and counts; says how it ended, in watch mode only if it failed. */
  const invoke = Effect.fnUntraced(function* (name: string, event: unknown, invokeOptions?: InvokeOptions) {
    const result = yield* session.invoke(event, invokeOptions)
    // The lines of the invocation come first.
    yield* Effect.yieldNow
    const { count } = yield* Ref.updateAndGet(tally, (before) => counted(before, result))
    if (!options.watch || result.functionError !== undefined) {
      yield* tell("dev", `invocation ${count} with ${name}: ${outcomeOf(result)}`)
    }
    if (options.onResult !== undefined) yield* options.onResult(result)
    if (options.watch && count % SUMMARY_EVERY === 0) yield* summarize(SUMMARY_EVERY)
    return result
  })
  const invokeEvent = (event: Event) => Effect.flatMap(event.read, (payload) => invoke(event.name, payload))
  /** An invocation that a person asked for: what is wrong is said, and the session goes on. */
  const attempt = <E extends { readonly message: string }, R>(effect: Effect.Effect<unknown, E, R>) =>
    Effect.catch(effect, ({ message }) => complain(message))
  const runEvents =
    options.eventFiles.length === 0
      ? Effect.void
      : Effect.forEach(events.all, (event) => attempt(invokeEvent(event)), { discard: true })

  const onChange = Effect.fnUntraced(function* (files: ReadonlyArray<string>) {
    const changed = files.filter((file) => !options.eventFiles.includes(file))
    if (changed.length === 0) return options.watch ? undefined : yield* runEvents
    const [first = "", ...others] = changed.map(shown)
    yield* say(`Changed: ${first}${others.length === 0 ? "" : ` and ${others.length} more`}. Restarting.`)
    yield* session.restart.pipe(
      Effect.andThen(say("Restarted.")),
      Effect.andThen(options.watch ? Effect.void : runEvents),
      Effect.catch(({ message }) => Effect.andThen(complain(message), say("Waiting for a change."))),
    )
  })

  const byHttp = Effect.fnUntraced(function* (event: unknown, invokeOptions: InvokeOptions) {
    const { logs } = session.lambda
    const before = logs.size()
    const result = yield* invoke("a request", event, invokeOptions)
    const lines = logs.size() - before
    return {
      result,
      log:
        lines === 0
          ? []
          : logs
              .all()
              .slice(-lines)
              .map(({ line }) => line),
    }
  })

  const byEnter = Effect.gen(function* () {
    const { stdin } = yield* Stdio.Stdio
    yield* stdin.pipe(
      Stream.decodeText,
      Stream.splitLines,
      Stream.runForEach((line) =>
        attempt(
          line.trim() === ""
            ? Effect.flatMap(events.next, invokeEvent)
            : Effect.flatMap(parseEvent("the line", line), (event) => invoke("the line", event)),
        ),
      ),
    )
  })

  const pause = options.watch ? Effect.sleep("1 second") : Effect.void
  const untilDone = Effect.fnUntraced(function* (count: number) {
    for (let turn = 0; turn < count; turn += 1) {
      if (turn > 0) yield* pause
      yield* invokeEvent(yield* events.next)
    }
  })

  const start: Effect.Effect<void, StartFailed | FaultsFound> = Effect.catch(session.start, (failed) =>
    failed.isFixable && !isCounted
      ? Effect.andThen(complain(failed.message), say("Waiting for a change."))
      : refuse(failed),
  )

  const work = Effect.gen(function* () {
    if (options.invocations !== undefined) {
      yield* start
      yield* untilDone(options.invocations)
      return
    }
    const port = yield* openEndpoint(options.invokePort, byHttp)
    yield* fileChanges([...options.watched, ...options.eventFiles]).pipe(
      Stream.runForEach(onChange),
      Effect.forkScoped,
    )
    yield* Effect.andThen(options.expired, session.restart).pipe(
      Effect.andThen(say("The credentials were about to end. Restarted with new ones.")),
      Effect.catch(({ message }) => complain(message)),
      Effect.forever,
      Effect.forkScoped,
    )
    yield* start
    yield* say(
      `Invoke it: ${options.watch ? "once a second, by itself" : "Enter (with the next event) or a line of JSON"}, or\n` +
        `  curl -d '{}' http://127.0.0.1:${port}/2015-03-31/functions/function/invocations\n` +
        `  aws lambda invoke --endpoint-url http://127.0.0.1:${port} --function-name function out.json`,
    )
    if (!options.watch) {
      yield* runEvents
      return yield* Effect.andThen(byEnter, Effect.never)
    }
    return yield* Effect.flatMap(events.next, (event) => attempt(invokeEvent(event))).pipe(
      Effect.repeat(Schedule.spaced("1 second")),
      Effect.andThen(Effect.never),
    )
  })

  const isAnyFailed = Effect.map(Ref.get(tally), ({ failed }) => failed > 0)
  yield* Effect.scoped(work).pipe(
    Effect.catchTag("ListenError", refuse),
    Effect.ensuring(Effect.andThen(summarize(), session.shutdown)),
  )
  if (isCounted && (yield* isAnyFailed)) return yield* new FaultsFound()
})
