/** The child process in which native media code lives. */
export interface MediaProcess {
  /** Ends the process and removes its unfinished files. Never throws. */
  close(): Promise<void>;
}
