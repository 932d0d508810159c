// Writes `read-ahead`, which the launcher executes before the program: it asks the kernel to read the parts of the executable
// that every start needs, all at once, and then executes it. Otherwise a start with a cold page cache waits for the disk at some
// 500 pages, one after the other.
//
// Only machine code can ask for that before the program runs. It has some twenty instructions and no data but the ranges, so it
// is written here, each instruction with its assembly. readAhead.test.ts runs it, and compares it with what an assembler makes.
import { readFileSync } from "node:fs"
import path from "node:path"
import { type Architecture, lockedVersion } from "./bun.ts"
import { ROOT } from "./bundle.ts"

/** Bytes of a file: offset and length. */
export type Range = readonly [offset: number, length: number]

/** An instruction in hexadecimal, and in the syntax of LLVM's assembler. A label stands before what it names. */
type Line = readonly [hex: string, assembly: string]

// At the start, the stack has argc, the arguments, a zero, and the variables.
export const CODE: Readonly<
  Record<Architecture, { readonly machine: number; readonly lines: ReadonlyArray<Line> }>
> = {
  x86_64: {
    machine: 62,
    lines: [
      ["488b7c2410", "mov rdi, [rsp + 16] // open(arguments[1], O_CLOEXEC)"],
      ["be00000800", "mov esi, 0x80000"],
      ["b802000000", "mov eax, 2"],
      ["0f05", "syscall"],
      ["89c5", "mov ebp, eax"],
      ["488d1d41000000", "lea rbx, [rip + ranges]"],
      ["488b33", "next: mov rsi, [rbx] // readahead(file, offset, length) until a length of 0"],
      ["488b5308", "mov rdx, [rbx + 8]"],
      ["4885d2", "test rdx, rdx"],
      ["740f", "je run"],
      ["89ef", "mov edi, ebp"],
      ["b8bb000000", "mov eax, 187"],
      ["0f05", "syscall"],
      ["4883c310", "add rbx, 16"],
      ["ebe5", "jmp next"],
      ["488b7c2410", "run: mov rdi, [rsp + 16] // execve(arguments[1], &arguments[1], variables)"],
      ["488d742410", "lea rsi, [rsp + 16]"],
      ["488b1424", "mov rdx, [rsp]"],
      ["488d54d410", "lea rdx, [rsp + rdx * 8 + 16]"],
      ["b83b000000", "mov eax, 59"],
      ["0f05", "syscall"],
      ["bf7e000000", "mov edi, 126 // exit(126)"],
      ["b83c000000", "mov eax, 60"],
      ["0f05", "syscall"],
    ],
  },
  arm64: {
    machine: 183,
    lines: [
      ["600c8092", "mov x0, #-100 // openat(AT_FDCWD, arguments[1], O_CLOEXEC)"],
      ["e10b40f9", "ldr x1, [sp, #16]"],
      ["0201a0d2", "mov x2, #0x80000"],
      ["080780d2", "mov x8, #56"],
      ["010000d4", "svc #0"],
      ["f30300aa", "mov x19, x0"],
      ["14020010", "adr x20, ranges"],
      ["810ac1a8", "next: ldp x1, x2, [x20], #16 // readahead(file, offset, length) until a length of 0"],
      ["a20000b4", "cbz x2, run"],
      ["e00313aa", "mov x0, x19"],
      ["a81a80d2", "mov x8, #213"],
      ["010000d4", "svc #0"],
      ["fbffff17", "b next"],
      ["e00b40f9", "run: ldr x0, [sp, #16] // execve(arguments[1], &arguments[1], variables)"],
      ["e1430091", "add x1, sp, #16"],
      ["e20340f9", "ldr x2, [sp]"],
      ["220c028b", "add x2, x1, x2, lsl #3"],
      ["a81b80d2", "mov x8, #221"],
      ["010000d4", "svc #0"],
      ["c00f80d2", "mov x0, #126 // exit(126)"],
      ["a80b80d2", "mov x8, #93"],
      ["010000d4", "svc #0"],
    ],
  },
}

const ADDRESS = 0x400000n
const HEADERS = 64 + 56

/** The kernel reads at most this much for one call, so a longer range is asked for in parts. */
const PART = 131_072

const parts = ([offset, length]: Range): ReadonlyArray<Range> =>
  Array.from({ length: Math.ceil(length / PART) }, (_, index) => {
    const from = index * PART
    return [offset + from, Math.min(PART, length - from)]
  })

/** The executable that reads ranges of its first argument ahead, and executes it with the other arguments. */
export const readAhead = (architecture: Architecture, ranges: ReadonlyArray<Range>): Buffer => {
  const { lines, machine } = CODE[architecture]
  const code = Buffer.from(lines.map(([hex]) => hex).join(""), "hex")
  const table = [...ranges.flatMap(parts), [0, 0]].flat()
  const size = BigInt(HEADERS + code.length + table.length * 8)
  // System V ABI, chapters 4 (ELF header) and 5 (program header).
  const header = Buffer.alloc(HEADERS)
  header.write("\u007FELF\u0002\u0001\u0001", "latin1") // 64 bits, little endian
  header.writeUInt16LE(2, 16) // an executable
  header.writeUInt16LE(machine, 18)
  header.writeUInt32LE(1, 20)
  header.writeBigUInt64LE(ADDRESS + BigInt(HEADERS), 24) // its entry
  header.writeBigUInt64LE(64n, 32) // where the program headers are
  header.writeUInt16LE(64, 52)
  header.writeUInt16LE(56, 54)
  header.writeUInt16LE(1, 56) // one program header: the file as a whole, readable and executable
  header.writeUInt32LE(1, 64)
  header.writeUInt32LE(5, 68)
  header.writeBigUInt64LE(ADDRESS, 80)
  header.writeBigUInt64LE(ADDRESS, 88)
  header.writeBigUInt64LE(size, 96)
  header.writeBigUInt64LE(size, 104)
  header.writeBigUInt64LE(0x10000n, 112)
  const words = Buffer.alloc(table.length * 8)
  table.forEach((word, index) => words.writeBigUInt64LE(BigInt(word), index * 8))
  return Buffer.concat([header, code, words])
}

export const rangesFile = (architecture: Architecture): string =>
  path.join(ROOT, `scripts/readAhead/${architecture}.txt`)

/** The ranges that `npm run bench:pages` recorded; none for another Bun, whose code lies elsewhere. */
export const recordedRanges = (architecture: Architecture): ReadonlyArray<Range> => {
  const [version, ...lines] = readFileSync(rangesFile(architecture), "utf8").trim().split("\n")
  if (version !== `Bun ${lockedVersion(architecture)}`) return []
  return lines.map((line) => {
    const [offset = Number.NaN, length = Number.NaN] = line.split(" ").map(Number)
    return [offset, length]
  })
}
