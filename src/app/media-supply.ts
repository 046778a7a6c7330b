import { type MediaProcess, startMediaProcess } from "../pipeline/index.js";

/** Where talks get their media processes from. Each is used for one talk, so that no talk sees another's traces. */
export type MediaSupply = {
  /** A process for one talk; who takes it closes it. */
  take(workspace: string): MediaProcess;
  /** Starts a process ahead, unless one waits already or none is to be kept. */
  refill(): void;
  /** Resolves when the process that waits has loaded its libraries, or has ended; at once when none waits. */
  ready(): Promise<void>;
  close(): Promise<void>;
};

/** @param keepsOneReady - whether a process is started before a talk asks for it */
export function createMediaSupply(keepsOneReady: boolean): MediaSupply {
  let spare: MediaProcess | null = null;
  return {
    take(workspace) {
      const media = spare;
      spare = null;
      if (!media?.isAlive) return startMediaProcess({ workspace });
      media.useWorkspace(workspace);
      return media;
    },
    refill() {
      if (keepsOneReady && !spare?.isAlive) spare = startMediaProcess();
    },
    async ready() {
      if (spare !== null) await Promise.race([spare.ready, spare.ended]);
    },
    async close() {
      await spare?.close();
      spare = null;
    },
  };
}
