/**
 * The cases of the cold bench: how AWS is reached, what is in memory, how many CPUs there are, what is loaded.
 */
import type { Certificate } from "./certificates.ts"
import { trustOfGo } from "./original.ts"
import { LARGE, SMALL, type Workload } from "./workloads.ts"

/** How calls reach AWS, and the variables that make an extension trust the server's certificate. */
interface Transport {
  readonly name: string
  readonly certificate: Certificate | undefined
  readonly variables: Readonly<Record<string, string>>
}

export interface Case {
  readonly title: string
  readonly transport: Transport
  /** Whether the page cache is dropped before each start. */
  readonly dropped: boolean
  /** Whether the subject is pinned to one CPU, which the other processes avoid. */
  readonly oneCpu: boolean
  /** The MB of the function whose part of a CPU the subject gets; undefined: no limit. */
  readonly memory?: number
  readonly workload: Workload
  readonly loading: Loading
  /** Whether there is a shared tier, which an earlier start has filled. */
  readonly hasTier?: true
}

/**
 * When values are loaded: before the first `next` (`CACHE_EXTENSION_INIT_STARTUP`), each at its first read, or that with a
 * first read during INIT, by code of the function outside its handler.
 */
export type Loading = "preload" | "lazy" | "lazy, a read in INIT"

const HTTP: Transport = { name: "plain HTTP", certificate: undefined, variables: {} }

/** As in Lambda, our root certificate is added to the about 150 of each runtime. */
const tls = (certificate: Certificate): Transport => ({
  name: "TLS, the runtime's roots",
  certificate,
  variables: { CACHE_EXTENSION_EXTRA_CA_CERTS: certificate.authority, ...trustOfGo(certificate) },
})

const transports = (certificate: Certificate | undefined): ReadonlyArray<Transport> =>
  certificate === undefined ? [HTTP] : [HTTP, tls(certificate)]

const caseOf = (given: Omit<Case, "title">): Case => ({
  ...given,
  title: [
    given.transport.name,
    `${given.dropped ? "dropped" : "warm"} page cache`,
    given.memory === undefined ? (given.oneCpu ? "one CPU" : "all CPUs") : `the CPU of ${given.memory} MB`,
    given.workload.name,
    given.loading,
    ...(given.hasTier === true ? ["a shared tier"] : []),
  ].join("; "),
})

/** What this machine supports. */
interface Possible {
  /** Undefined without TLS. */
  readonly certificate: Certificate | undefined
  readonly dropping: boolean
  readonly pinning: boolean
  /** Sizes of functions, in MB. */
  readonly memories: ReadonlyArray<number>
}

/**
 * Every combination for the small workload, but lazy starts only over TLS, and those with a read in INIT and the large workload
 * only with a warm page cache. So are those with the CPU of a function's size, which are there only if they are asked for.
 */
export const casesFor = ({ certificate, dropping, memories, pinning }: Possible): ReadonlyArray<Case> => {
  const cpus = pinning ? [false, true] : [false]
  const caches = dropping ? [false, true] : [false]
  const all = transports(certificate)
  const slowest = all.at(-1) ?? HTTP
  const small = (transport: Transport, loading: Loading, dropping: ReadonlyArray<boolean>) =>
    dropping.flatMap((dropped) =>
      cpus.map((oneCpu) => caseOf({ transport, dropped, oneCpu, workload: SMALL, loading })),
    )
  return [
    ...small(slowest, "preload", caches),
    ...small(slowest, "lazy", caches),
    ...small(slowest, "lazy, a read in INIT", [false]),
    ...(slowest === HTTP ? [] : small(HTTP, "preload", caches)),
    caseOf({
      transport: slowest,
      dropped: false,
      oneCpu: false,
      workload: SMALL,
      loading: "preload",
      hasTier: true,
    }),
    ...cpus.map((oneCpu) =>
      caseOf({ transport: slowest, dropped: false, oneCpu, workload: LARGE, loading: "preload" }),
    ),
    ...memories.flatMap((memory) =>
      (["preload", "lazy"] as const).map((loading) =>
        caseOf({ transport: slowest, dropped: false, oneCpu: false, memory, workload: SMALL, loading }),
      ),
    ),
  ]
}
