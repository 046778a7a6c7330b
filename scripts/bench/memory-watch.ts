import { readFileSync } from "node:fs";

/** Largest resident memory, bytes. */
export type MemoryPeaks = {
  /** The program itself. */
  readonly program: number;
  /** The process that draws and encodes. */
  readonly media: number;
  /** Largest sum of both at one instant; pages that they share count twice. */
  readonly together: number;
};

/** Milliseconds between two looks. The kernel keeps the peaks of each process; only the sum depends on this. */
const INTERVAL_MS = 20;
const MEDIA_ENTRY = "media-child";

/** Watches the memory of a program that runs talks, from outside. Linux only: elsewhere it sees nothing. */
export class MemoryWatch {
  #program = 0;
  #media = 0;
  #together = 0;
  readonly #timer: NodeJS.Timeout;

  constructor(private readonly pid: number) {
    this.#timer = setInterval(() => this.look(), INTERVAL_MS);
  }

  /** What has been seen since the start; null where it cannot be seen. */
  peaks(): MemoryPeaks | null {
    this.look();
    if (this.#program === 0 || this.#media === 0) return null;
    return { program: this.#program, media: this.#media, together: this.#together };
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  private look(): void {
    const program = memoryOf(this.pid);
    if (program === null) return;
    this.#program = Math.max(this.#program, program.peak);
    let sum = program.now;
    for (const child of childrenOf(this.pid)) {
      // The compiler that runs beside a program started from its sources is not counted: a built one has none.
      if (!commandOf(child).includes(MEDIA_ENTRY)) continue;
      const media = memoryOf(child);
      if (media === null) continue;
      this.#media = Math.max(this.#media, media.peak);
      sum += media.now;
    }
    this.#together = Math.max(this.#together, sum);
  }
}

function memoryOf(pid: number): { now: number; peak: number } | null {
  const status = read(`/proc/${pid}/status`);
  const kibibytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1]);
  const now = kibibytes("VmRSS") * 1024;
  const peak = kibibytes("VmHWM") * 1024;
  return Number.isNaN(now) || Number.isNaN(peak) ? null : { now, peak };
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
