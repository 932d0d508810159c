// Writes `read-ahead`, which the launcher executes before the program: it asks the kernel to read the parts of the executable
// that every start needs, all at once, and then executes it. Otherwise a start with a cold page cache waits for the disk at some
// 500 pages, one after the other. If samples of these parts are in memory already, it asks for nothing, because the kernel takes
// 0.7 ms to find each of their 11,000 pages there.
//
// Only machine code can ask for that before the program runs. It has some forty instructions, the ranges and a message, so it is
// written here, each instruction with its assembly. readAhead.test.ts runs it, and compares it with what an assembler makes.
import { readFileSync } from "node:fs"
import path from "node:path"
import { type Architecture, lockedVersion } from "./bun.ts"
import { ROOT } from "./root.ts"

/** Bytes of a file: offset and length. */
export type Range = readonly [offset: number, length: number]

/** An instruction in hexadecimal, and in the syntax of LLVM's assembler. A label stands before what it names. */
type Line = readonly [hex: string, assembly: string]

const ERROR =
  "[read-ahead] ERROR the program cannot be executed; it needs glibc, whose loader may be missing here\n"
const MESSAGE: Line = [Buffer.from(ERROR).toString("hex"), `message: .ascii ${JSON.stringify(ERROR)}`]

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
      ["488d4424e8", "lea rax, [rsp - 24] // a buffer of one byte"],
      ["48894424f0", "mov [rsp - 16], rax"],
      ["48c74424f801000000", "mov qword ptr [rsp - 8], 1"],
      ["488d1df4000000", "lea rbx, [rip + ranges]"],
      [
        "48837b0800",
        "held: cmp qword ptr [rbx + 8], 0 // preadv2(file, buffer, 1, offset, RWF_NOWAIT) while the byte is in memory",
      ],
      ["744b", "je run"],
      ["89ef", "mov edi, ebp"],
      ["488d7424f0", "lea rsi, [rsp - 16]"],
      ["ba01000000", "mov edx, 1"],
      ["4c8b13", "mov r10, [rbx]"],
      ["4531c0", "xor r8d, r8d"],
      ["41b908000000", "mov r9d, 8"],
      ["b847010000", "mov eax, 327"],
      ["0f05", "syscall"],
      ["ffc8", "dec eax"],
      ["7506", "jne ask"],
      ["4883c340", "add rbx, 64 // every fourth range"],
      ["ebd0", "jmp held"],
      ["488d1dbd000000", "ask: lea rbx, [rip + ranges]"],
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
      ["bf02000000", "mov edi, 2 // write(2, message, its length)"],
      ["488d3518000000", "lea rsi, [rip + message]"],
      ["ba64000000", "mov edx, 100"],
      ["b801000000", "mov eax, 1"],
      ["0f05", "syscall"],
      ["bf7e000000", "mov edi, 126 // exit(126)"],
      ["b83c000000", "mov eax, 60"],
      ["0f05", "syscall"],
      MESSAGE,
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
      ["f54300d1", "sub x21, sp, #16 // a buffer of one byte"],
      ["e16300d1", "sub x1, sp, #24"],
      ["220080d2", "mov x2, #1"],
      ["a10a00a9", "stp x1, x2, [x21]"],
      ["94070010", "adr x20, ranges"],
      [
        "830a40a9",
        "held: ldp x3, x2, [x20] // preadv2(file, buffer, 1, offset, RWF_NOWAIT) while the byte is in memory",
      ],
      ["620200b4", "cbz x2, run"],
      ["e00313aa", "mov x0, x19"],
      ["e10315aa", "mov x1, x21"],
      ["220080d2", "mov x2, #1"],
      ["040080d2", "mov x4, #0"],
      ["050180d2", "mov x5, #8"],
      ["c82380d2", "mov x8, #286"],
      ["010000d4", "svc #0"],
      ["1f0400f1", "cmp x0, #1"],
      ["61000054", "b.ne ask"],
      ["94020191", "add x20, x20, #64 // every fourth range"],
      ["f4ffff17", "b held"],
      ["d4050010", "ask: adr x20, ranges"],
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
      ["400080d2", "mov x0, #2 // write(2, message, its length)"],
      ["e1000010", "adr x1, message"],
      ["820c80d2", "mov x2, #100"],
      ["080880d2", "mov x8, #64"],
      ["010000d4", "svc #0"],
      ["c00f80d2", "mov x0, #126 // exit(126)"],
      ["a80b80d2", "mov x8, #93"],
      ["010000d4", "svc #0"],
      MESSAGE,
    ],
  },
}

const ADDRESS = 0x400000n
const HEADERS = 64 + 56

/** The kernel reads at most this much for one call, so a longer range is asked for in parts. */
const PART = 131_072

/** One part in so many is looked for in memory (the 64 in the code), so as many empty ones end the table. */
const SAMPLE = 4

const parts = ([offset, length]: Range): ReadonlyArray<Range> =>
  Array.from({ length: Math.ceil(length / PART) }, (_, index) => {
    const from = index * PART
    return [offset + from, Math.min(PART, length - from)]
  })

/** The executable that reads ranges of its first argument ahead, and executes it with the other arguments. */
export const readAhead = (architecture: Architecture, ranges: ReadonlyArray<Range>): Buffer => {
  const { lines, machine } = CODE[architecture]
  const code = Buffer.from(lines.map(([hex]) => hex).join(""), "hex")
  const end: ReadonlyArray<Range> = Array.from({ length: SAMPLE }, () => [0, 0])
  const table = [...ranges.flatMap(parts), ...end].flat()
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
