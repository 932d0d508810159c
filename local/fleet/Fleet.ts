/**
 * A fleet: execution environments of local Lambda that share one AWS, as many instances of one function do. Each runs the
 * extension as a process of its own, and no function.
 *
 * The demo's storm and the tests of the shared tier start them at the same moment (Storm.ts).
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { createServer } from "node:net"
import process from "node:process"
import { type EmulatorError } from "../lambda/errors.ts"
import { LambdaEmulator, type LambdaEmulatorShape } from "../lambda/LambdaEmulator.ts"
import type { LambdaEmulatorOptions } from "../lambda/options.ts"

/** Twenty environments that start at once leave no CPU to local AWS and the shared tier, which have their own in the cloud. */
const YIELDING = 10

const LOOPBACK = "127.0.0.1"

export interface FleetOptions {
  readonly environments: number
  /** The variables of an environment, by its number from 0. */
  readonly variables: (number: number) => Readonly<Record<string, string>>
  /** The rest of the configuration of an environment, with the folder in place of /opt/extensions. */
  readonly lambda: (number: number) => Partial<LambdaEmulatorOptions>
}

/** One environment, which has yet to be started. */
export interface Member {
  readonly lambda: LambdaEmulatorShape
  /** Where its extension serves. */
  readonly port: number
}

// Below the ports that systems give to outgoing connections: one of these could take a port before an environment opens it.
// Above 10080, the last port that fetch refuses: https://fetch.spec.whatwg.org/#bad-port
const LOWEST_PORT = 10_081
const HIGHEST_PORT = 19_999
let candidate = LOWEST_PORT + ((process.pid * 97) % (HIGHEST_PORT - LOWEST_PORT))

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer().once("error", () => resolve(false))
    server.listen(port, LOOPBACK, () => server.close(() => resolve(true)))
  })

/** Ports that are free at the moment. */
const freePorts = (count: number): Effect.Effect<ReadonlyArray<number>> =>
  Effect.promise(async () => {
    const ports: Array<number> = []
    while (ports.length < count) {
      candidate = candidate >= HIGHEST_PORT ? LOWEST_PORT : candidate + 1
      if (await isFree(candidate)) ports.push(candidate)
    }
    return ports
  })

/** The environments of a fleet. Closing the scope kills all processes. */
export const makeFleet = ({
  environments,
  lambda,
  variables,
}: FleetOptions): Effect.Effect<ReadonlyArray<Member>, EmulatorError, Scope.Scope> =>
  Effect.flatMap(freePorts(environments), (ports) =>
    Effect.forEach(ports, (port, number) =>
      LambdaEmulator.make({
        function: { kind: "none" },
        // Frozen, it could not be asked.
        freeze: false,
        nice: YIELDING,
        ...lambda(number),
        environment: {
          CACHE_EXTENSION_PORT: String(port),
          CACHE_EXTENSION_INIT_STARTUP: "true",
          ...variables(number),
        },
      }).pipe(Effect.map((started): Member => ({ lambda: started, port }))),
    ),
  )
