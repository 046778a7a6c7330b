/** What must be undone, registered where it was done. */
export class CleanupStack {
  readonly #cleanups: (() => void | Promise<void>)[] = [];

  /** Registers what undoes the step just taken. */
  defer(cleanup: () => void | Promise<void>): void {
    this.#cleanups.push(cleanup);
  }

  /** Undoes everything, the last step first. Never throws: a failed cleanup must not hide why we are cleaning up. */
  async run(): Promise<void> {
    for (const cleanup of this.#cleanups.splice(0).reverse()) {
      try {
        await cleanup();
      } catch {
        // See above; what can be left behind lies in the workspace, which the system clears.
      }
    }
  }
}
