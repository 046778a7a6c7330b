/**
 * A WASI host that lives in memory: it gives a command-line module its arguments, catches what it
 * prints, and offers exactly the files named here. The module sees no disk, no clock, no network and no
 * environment, whatever text it is given.
 *
 * Only the thirteen calls that Flite imports exist (WASI preview 1).
 */

const ERRNO = { success: 0, badFile: 8, noEntry: 44, notSeekable: 70 } as const;
const FILE_TYPE = { characterDevice: 2, directory: 3, regularFile: 4 } as const;
const ROOT_FD = 3;
const WHENCE = { set: 0, current: 1, end: 2 } as const;
const OPEN_CREATE = 1;
const OPEN_TRUNCATE = 8;

type HostCalls = Record<string, (...values: never[]) => number>;

/** A file that grows by doubling. */
class MemoryFile {
  #bytes: Uint8Array;
  size: number;

  constructor(content: Uint8Array = new Uint8Array(0)) {
    this.#bytes = content;
    this.size = content.length;
  }

  read(at: number, length: number): Uint8Array {
    return this.#bytes.subarray(Math.min(at, this.size), Math.min(at + length, this.size));
  }

  write(at: number, data: Uint8Array): void {
    const end = at + data.length;
    if (end > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(end, this.#bytes.length * 2, 65_536));
      grown.set(this.#bytes.subarray(0, this.size));
      this.#bytes = grown;
    }
    this.#bytes.set(data, at);
    this.size = Math.max(this.size, end);
  }

  content(): Uint8Array {
    return this.#bytes.subarray(0, this.size);
  }
}

/** Thrown through the module's stack to end it; never leaves {@link runWasi}. */
class ProgramExit extends Error {
  constructor(readonly code: number) {
    super(`exit ${code}`);
  }
}

export type WasiRun = {
  /** Program name first, as in `argv`. */
  readonly args: readonly string[];
  /** Readable files by absolute path. */
  readonly inputs: ReadonlyMap<string, Uint8Array>;
  /** The one path that may be written. */
  readonly output: string;
  /**
   * Called at each opening of the output, with the module's memory as it is at that moment and its size
   * in bytes at the start of the program.
   */
  readonly onOutputOpen?: (memory: WebAssembly.Memory, initialBytes: number) => void;
};

export type WasiResult = { readonly exitCode: number; readonly printed: string; readonly output: Uint8Array };

/**
 * Runs a WASI command module to its end on this thread.
 *
 * @throws WebAssembly.RuntimeError when the module traps.
 */
export async function runWasi(module: WebAssembly.Module, run: WasiRun): Promise<WasiResult> {
  const host = new WasiHost(run);
  const instance = await WebAssembly.instantiate(module, { wasi_snapshot_preview1: host.imports() });
  host.attach(instance.exports.memory as WebAssembly.Memory);
  let exitCode = 0;
  try {
    (instance.exports._start as () => void)();
  } catch (error) {
    if (!(error instanceof ProgramExit)) throw error;
    exitCode = error.code;
  }
  return { exitCode, printed: host.printed(), output: host.output.content() };
}

class WasiHost {
  output = new MemoryFile();
  #memory: WebAssembly.Memory | undefined;
  #initialBytes = 0;
  readonly #run: WasiRun;
  readonly #args: readonly Uint8Array[];
  readonly #printed = new MemoryFile();
  readonly #open = new Map<number, { file: MemoryFile; position: number; writable: boolean }>();
  #nextFd = ROOT_FD + 1;

  constructor(run: WasiRun) {
    this.#run = run;
    const encoder = new TextEncoder();
    // A NUL would end an argument early, so none gets in.
    this.#args = run.args.map((arg) => encoder.encode(`${arg.replaceAll("\0", " ")}\0`));
  }

  attach(memory: WebAssembly.Memory): void {
    this.#memory = memory;
    this.#initialBytes = memory.buffer.byteLength;
  }

  printed(): string {
    return new TextDecoder().decode(this.#printed.content());
  }

  imports(): HostCalls {
    return { ...this.#processCalls(), ...this.#fileCalls(), ...this.#descriptorCalls() };
  }

  #buffer(): ArrayBuffer {
    if (this.#memory === undefined) throw new Error("the module is not attached");
    return this.#memory.buffer;
  }

  // Views are made anew each time: the buffer is replaced whenever the memory grows.
  #view(): DataView {
    return new DataView(this.#buffer());
  }

  #bytes(at: number, length: number): Uint8Array {
    return new Uint8Array(this.#buffer(), at, length);
  }

  #processCalls(): HostCalls {
    return {
      args_sizes_get: (count: number, size: number) => {
        this.#view().setUint32(count, this.#args.length, true);
        const total = this.#args.reduce((sum, arg) => sum + arg.length, 0);
        this.#view().setUint32(size, total, true);
        return ERRNO.success;
      },
      args_get: (pointers: number, buffer: number) => {
        let at = buffer;
        this.#args.forEach((arg, i) => {
          this.#view().setUint32(pointers + 4 * i, at, true);
          this.#bytes(at, arg.length).set(arg);
          at += arg.length;
        });
        return ERRNO.success;
      },
      // A clock that stands still: no result may depend on the time.
      clock_time_get: (_id: number, _precision: bigint, out: number) => {
        this.#view().setBigUint64(out, 0n, true);
        return ERRNO.success;
      },
      proc_exit: (code: number) => {
        throw new ProgramExit(code);
      },
    };
  }

  #descriptorCalls(): HostCalls {
    return {
      fd_fdstat_get: (fd: number, out: number) => {
        const known = fd <= ROOT_FD || this.#open.has(fd);
        if (!known) return ERRNO.badFile;
        this.#bytes(out, 24).fill(0);
        const type =
          fd < ROOT_FD
            ? FILE_TYPE.characterDevice
            : fd === ROOT_FD
              ? FILE_TYPE.directory
              : FILE_TYPE.regularFile;
        this.#view().setUint8(out, type);
        this.#bytes(out + 8, 16).fill(0xff);
        return ERRNO.success;
      },
      fd_fdstat_set_flags: () => ERRNO.success,
      fd_prestat_get: (fd: number, out: number) => {
        if (fd !== ROOT_FD) return ERRNO.badFile;
        this.#view().setUint32(out, 0, true);
        this.#view().setUint32(out + 4, 1, true);
        return ERRNO.success;
      },
      fd_prestat_dir_name: (fd: number, path: number) => {
        if (fd !== ROOT_FD) return ERRNO.badFile;
        this.#view().setUint8(path, "/".charCodeAt(0));
        return ERRNO.success;
      },
      fd_close: (fd: number) => (this.#open.delete(fd) ? ERRNO.success : ERRNO.badFile),
      fd_seek: (fd: number, offset: bigint, whence: number, out: number) => {
        const file = this.#open.get(fd);
        if (file === undefined) return fd < ROOT_FD ? ERRNO.notSeekable : ERRNO.badFile;
        const base = whence === WHENCE.set ? 0 : whence === WHENCE.end ? file.file.size : file.position;
        file.position = Math.max(0, base + Number(offset));
        this.#view().setBigUint64(out, BigInt(file.position), true);
        return ERRNO.success;
      },
    };
  }

  #fileCalls(): HostCalls {
    return {
      path_open: (
        _dir: number,
        _lookup: number,
        path: number,
        length: number,
        flags: number,
        _rights: bigint,
        _inherited: bigint,
        _fdFlags: number,
        out: number,
      ) => {
        const name = `/${new TextDecoder().decode(this.#bytes(path, length)).replace(/^\/+/, "")}`;
        const fd = this.#openPath(name, flags);
        if (fd === undefined) return ERRNO.noEntry;
        this.#view().setUint32(out, fd, true);
        return ERRNO.success;
      },
      fd_read: (fd: number, vectors: number, count: number, out: number) => {
        const file = this.#open.get(fd);
        if (file === undefined && fd !== 0) return ERRNO.badFile;
        let total = 0;
        for (let i = 0; i < count && file !== undefined; i++) {
          const { at, length } = this.#vector(vectors, i);
          const data = file.file.read(file.position, length);
          this.#bytes(at, data.length).set(data);
          file.position += data.length;
          total += data.length;
        }
        this.#view().setUint32(out, total, true);
        return ERRNO.success;
      },
      fd_write: (fd: number, vectors: number, count: number, out: number) => {
        const file =
          fd === 1 || fd === 2
            ? { file: this.#printed, position: this.#printed.size, writable: true }
            : this.#open.get(fd);
        if (file === undefined || !file.writable) return ERRNO.badFile;
        let total = 0;
        for (let i = 0; i < count; i++) {
          const { at, length } = this.#vector(vectors, i);
          file.file.write(file.position, this.#bytes(at, length));
          file.position += length;
          total += length;
        }
        this.#view().setUint32(out, total, true);
        return ERRNO.success;
      },
    };
  }

  #openPath(name: string, flags: number): number | undefined {
    const input = this.#run.inputs.get(name);
    const isOutput = name === this.#run.output;
    if (!isOutput && (input === undefined || (flags & (OPEN_CREATE | OPEN_TRUNCATE)) !== 0)) return undefined;
    if (isOutput) {
      if (this.#memory !== undefined) this.#run.onOutputOpen?.(this.#memory, this.#initialBytes);
      if ((flags & OPEN_TRUNCATE) !== 0) this.output = new MemoryFile();
    }
    const file = isOutput ? this.output : new MemoryFile(input);
    this.#open.set(this.#nextFd, { file, position: 0, writable: isOutput });
    return this.#nextFd++;
  }

  #vector(vectors: number, i: number): { at: number; length: number } {
    const view = this.#view();
    return { at: view.getUint32(vectors + 8 * i, true), length: view.getUint32(vectors + 8 * i + 4, true) };
  }
}
