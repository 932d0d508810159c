/**
 * The cases of the cold bench: how AWS is reached, what is in memory, how many CPUs there are, what is loaded.
 */
import type { Certificate } from "./certificates.ts"
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
  readonly workload: Workload
  /** `CACHE_EXTENSION_INIT_STARTUP`: whether everything is loaded before the first `next`, or at its first read. */
  readonly preload: boolean
}

const HTTP: Transport = { name: "plain HTTP", certificate: undefined, variables: {} }

/** As in Lambda, our root certificate is added to the about 150 of each runtime. */
const tls = (certificate: Certificate): Transport => ({
  name: "TLS, the runtime's roots",
  certificate,
  variables: { CACHE_EXTENSION_EXTRA_CA_CERTS: certificate.authority },
})

const transports = (certificate: Certificate | undefined): ReadonlyArray<Transport> =>
  certificate === undefined ? [HTTP] : [HTTP, tls(certificate)]

const caseOf = (given: Omit<Case, "title">): Case => ({
  ...given,
  title: [
    given.transport.name,
    `${given.dropped ? "dropped" : "warm"} page cache`,
    given.oneCpu ? "one CPU" : "all CPUs",
    given.workload.name,
    given.preload ? "preload" : "lazy",
  ].join("; "),
})

/** What this machine supports. */
interface Possible {
  /** Undefined without TLS. */
  readonly certificate: Certificate | undefined
  readonly dropping: boolean
  readonly pinning: boolean
}

/** Every combination for the small workload, lazy only over TLS; the large one over TLS with a warm page cache. */
export const casesFor = ({ certificate, dropping, pinning }: Possible): ReadonlyArray<Case> => {
  const cpus = pinning ? [false, true] : [false]
  const caches = dropping ? [false, true] : [false]
  const all = transports(certificate)
  const slowest = all.at(-1) ?? HTTP
  const small = all.flatMap((transport) =>
    (transport === slowest ? [true, false] : [true]).flatMap((preload) =>
      caches.flatMap((dropped) =>
        cpus.map((oneCpu) => caseOf({ transport, dropped, oneCpu, workload: SMALL, preload })),
      ),
    ),
  )
  const large = cpus.map((oneCpu) =>
    caseOf({ transport: slowest, dropped: false, oneCpu, workload: LARGE, preload: true }),
  )
  return [...small, ...large]
}
