/**
 * A fleet: execution environments of local Lambda that share one AWS, as many instances of one function do. Each runs the
 * extension as a process of its own, and no function.
 *
 * The demo's storm and the tests of the shared tier start them at the same moment (Storm.ts).
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { createServer, type AddressInfo } from "node:net"
import { type EmulatorError } from "../lambda/errors.ts"
import { LambdaEmulator, type LambdaEmulatorShape } from "../lambda/LambdaEmulator.ts"
import type { LambdaEmulatorOptions } from "../lambda/options.ts"

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

/** Ports that are free at the moment: held together, so that they differ. */
const freePorts = (count: number): Effect.Effect<ReadonlyArray<number>> =>
  Effect.promise(async () => {
    const servers = await Promise.all(
      Array.from(
        { length: count },
        () =>
          new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
            const server = createServer().once("error", reject)
            server.listen(0, LOOPBACK, () => resolve(server))
          }),
      ),
    )
    const ports = servers.map((server) => (server.address() as AddressInfo).port)
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
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
        ...lambda(number),
        environment: {
          CACHE_EXTENSION_PORT: String(port),
          CACHE_EXTENSION_INIT_STARTUP: "true",
          ...variables(number),
        },
      }).pipe(Effect.map((started): Member => ({ lambda: started, port }))),
    ),
  )
