import { readFileSync } from "node:fs";

/** Largest memory, bytes. */
export type MemoryPeaks = {
  /** Resident memory of the program itself. */
  readonly program: number;
  /** Resident memory of the process that draws and encodes. */
  readonly media: number;
  /** Largest sum of both resident memories at one instant; pages that they share count twice. */
  readonly resident: number;
  /** Largest proportional memory of both at one instant: each page that several processes share counts once. */
  readonly together: number;
};

/** Milliseconds between two looks. The kernel keeps the peaks of each process; only the sums depend on this. */
const INTERVAL_MS = 100;
const MEDIA_ENTRY = "media-child";

/** Watches the memory of a program that runs talks, from outside. Linux only: elsewhere it sees nothing. */
export class MemoryWatch {
  #program = 0;
  #media = 0;
  #resident = 0;
  #together = 0;
  readonly #timer: NodeJS.Timeout;

  constructor(private readonly pid: number) {
    this.#timer = setInterval(() => this.look(), INTERVAL_MS);
  }

  /** What has been seen since the start; null where it cannot be seen. */
  peaks(): MemoryPeaks | null {
    this.look();
    if (this.#program === 0 || this.#media === 0) return null;
    return { program: this.#program, media: this.#media, resident: this.#resident, together: this.#together };
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  private look(): void {
    const program = memoryOf(this.pid);
    if (program === null) return;
    this.#program = Math.max(this.#program, program.peak);
    let resident = program.resident;
    let proportional = program.proportional;
    for (const child of childrenOf(this.pid)) {
      // The compiler that runs beside a program started from its sources is not counted: a built one has none.
      if (!commandOf(child).includes(MEDIA_ENTRY)) continue;
      const media = memoryOf(child);
      if (media === null) continue;
      this.#media = Math.max(this.#media, media.peak);
      resident += media.resident;
      proportional += media.proportional;
    }
    this.#resident = Math.max(this.#resident, resident);
    this.#together = Math.max(this.#together, proportional);
  }
}

/** A page that n processes share counts as an nth of a page in the proportional memory of each. */
function memoryOf(pid: number): { resident: number; proportional: number; peak: number } | null {
  const facts = read(`/proc/${pid}/status`) + read(`/proc/${pid}/smaps_rollup`);
  const bytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(facts)?.[1]) * 1024;
  const memory = { resident: bytes("VmRSS"), proportional: bytes("Pss"), peak: bytes("VmHWM") };
  return Object.values(memory).some(Number.isNaN) ? null : memory;
}

function childrenOf(pid: number): number[] {
  const list = read(`/proc/${pid}/task/${pid}/children`).trim();
  return list === "" ? [] : list.split(" ").map(Number);
}

function commandOf(pid: number): string {
  return read(`/proc/${pid}/cmdline`);
}

/** Empty when the process is gone, or the system has no such files. */
function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
