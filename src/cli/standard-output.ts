/** Whether standard output is a terminal, which can show text only. */
export function isTerminal(): boolean {
  return process.stdout.isTTY === true;
}

/**
 * Writes bytes to standard output.
 *
 * @returns resolves when they have left the program
 * @throws Error `EPIPE` when the reader has gone
 */
export function printBytes(bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
}
