import { spawn } from "node:child_process";
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/**
 * Ends PostgreSQL when its last owner has gone.
 *
 * Every owner holds the pipe open for writing; the system closes it for a process that is killed. So the keeper, which
 * reads it, hears the end of the last one, whatever happened. An owner that leaves in order says so, and PostgreSQL is
 * then ended at once.
 */
const KEEPER = `
pipe=$1 file=$2 lock=$3 grace=$4
trap '' HUP INT TERM
[ -p "$pipe" ] || mkfifo -m 600 "$pipe" || exit 1
exec 3<"$pipe" || exit 1
word= idle=0
while :; do
  while read -r line <&3; do word=$line idle=0; done
  [ "$word" = leave ] && break
  idle=$((idle + 1))
  [ "$idle" -gt "$grace" ] && break
  sleep 1
done
exec 3<&-
pid=$(head -n 1 "$file" 2>/dev/null)
[ "\${pid:-0}" -gt 1 ] || exit 0
name=$(cat "/proc/$pid/comm" 2>/dev/null || ps -p "$pid" -o comm= 2>/dev/null)
case $name in *postgres) ;; *) exit 0 ;; esac
kill -INT "$pid" 2>/dev/null
clean() {
  [ -e "$file" ] || [ -e "$lock" ] || case $pipe in
    */parlante-??????/owners) rm -f "$pipe" && rmdir "\${pipe%/owners}" ;;
  esac
  exit 0
}
tries=0
while [ "$tries" -lt 300 ]; do
  kill -0 "$pid" 2>/dev/null || clean
  [ "$(head -n 1 "$file" 2>/dev/null)" = "$pid" ] || clean
  tries=$((tries + 1))
  sleep 0.1 || sleep 1
done
kill -QUIT "$pid" 2>/dev/null
`;

/** What the keeper looks after. */
export type Guard = {
  /** Names the process to be ended. */
  readonly postmasterFile: string;
  /** While it is there, somebody is starting PostgreSQL again. */
  readonly lock: string;
  /** How long PostgreSQL outlives its last owner when that was killed. */
  readonly graceSeconds: number;
};

/** One registered owner of a running PostgreSQL. */
export type Ownership = {
  /** In order: PostgreSQL ends at once when this was the last. @returns false when no keeper hears it */
  leave(): Promise<boolean>;
  /** Silently, when there is a newer registration. */
  close(): Promise<void>;
};

const UNHEARD: Ownership = { leave: async () => false, close: async () => {} };

/**
 * Registers this process as an owner, and starts the keeper when there is none. The start lock must be held.
 *
 * PostgreSQL need not run yet. Registering first keeps it safe from the keeper of former owners that were killed.
 *
 * @param socketDirectory - where the keeper's pipe lies
 */
export async function registerOwner(socketDirectory: string, guard: Guard): Promise<Ownership> {
  const path = join(socketDirectory, "owners");
  const pipe = (await tryOpen(path)) ?? (await startKeeper(path, guard));
  if (pipe === null) return UNHEARD;
  await pipe.write("stay\n");
  return {
    async leave() {
      const isHeard = await pipe.write("leave\n").then(
        () => true,
        () => false,
      );
      await pipe.close();
      return isHeard;
    },
    close: () => pipe.close(),
  };
}

/** @returns null where there is no shell or no `mkfifo`, as in some containers, which end all their processes anyway */
async function startKeeper(path: string, guard: Guard): Promise<FileHandle | null> {
  const args = [path, guard.postmasterFile, guard.lock, String(guard.graceSeconds)];
  const keeper = spawn("sh", ["-s", ...args], {
    cwd: "/",
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  keeper.stdin.on("error", () => {});
  keeper.stdin.end(KEEPER);
  let hasEnded = false;
  for (const event of ["error", "exit"])
    keeper.once(event, () => {
      hasEnded = true;
    });
  keeper.unref();
  for (const deadline = performance.now() + 5_000; performance.now() < deadline && !hasEnded; ) {
    const pipe = await tryOpen(path);
    if (pipe) return pipe;
    await delay(5);
  }
  return null;
}

/** @returns null when nobody reads the pipe, or there is none */
async function tryOpen(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENXIO" || code === "ENOENT") return null;
    throw error;
  }
}
