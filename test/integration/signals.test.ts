/**
 * Signals that others of the same user may send to the built extension: it goes on, opens nothing (Node's inspector would show
 * every value to whoever connects) and writes no dump.
 */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { readdirSync, readFileSync, readlinkSync } from "node:fs"
import { EXTENSION, onEachArtifact, startEnvironment } from "../support/extension.ts"

const SIGNALS = ["SIGUSR1", "SIGUSR2", "SIGHUP", "SIGQUIT", "SIGPIPE"] as const

const LISTENING = "0A"

/** The sockets on which a process listens: its file descriptors that the kernel lists as listening. */
const listenersOf = (pid: number): ReadonlyArray<string> => {
  const open = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return [readlinkSync(`/proc/${pid}/fd/${fd}`)]
      } catch {
        return [] // Closed meanwhile.
      }
    }),
  )
  return ["tcp", "tcp6"].flatMap((protocol) =>
    readFileSync(`/proc/${pid}/net/${protocol}`, "utf8")
      .split("\n")
      .map((line) => line.trim().split(/\s+/))
      .flatMap(([, address = "", , state, , , , , , inode = ""]) =>
        state === LISTENING && open.has(`socket:[${inode}]`) ? [address] : [],
      ),
  )
}

onEachArtifact("the extension", (artifact) => {
  it.live.skipIf(process.platform !== "linux")(
    `goes on after ${SIGNALS.join(", ")}, and listens nowhere else than before`,
    () =>
      Effect.gen(function* () {
        const { lambda, lines, read } = yield* startEnvironment({
          artifact,
          config: "parameters:\n  - names: [A]\n",
          seed: { parameters: [{ name: "A", value: "value" }] },
        })
        const [pid] = (yield* lambda.processes).flatMap(({ name, pid }) => (name === EXTENSION ? [pid] : []))
        assert.isDefined(pid)
        if (pid === undefined) return
        const before = listenersOf(pid)
        assert.isNotEmpty(before)
        for (const signal of SIGNALS) {
          yield* lambda.signal(EXTENSION, signal)
          // An inspector would be opened by a thread of its own: what follows gives it time.
          for (let times = 0; times < 20; times += 1) {
            assert.strictEqual((yield* read("parameters", "A")).text, "value", signal)
          }
          assert.deepStrictEqual(listenersOf(pid), before, signal)
        }
        assert.notInclude(lines().join("\n"), "Debugger")
        assert.deepStrictEqual(
          lambda.events.all().filter(({ type }) => type === "exited"),
          [],
        )
      }),
  )
})
