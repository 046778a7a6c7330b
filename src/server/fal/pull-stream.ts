/** Bytes on their way to a caller, made as they are wanted. */
export type PulledBytes = {
  /** Makes the pieces; its signal fires when the reader goes. What it throws breaks the connection. */
  readonly write: (signal: AbortSignal) => AsyncGenerator<Uint8Array>;
  /** Fires when the caller goes away. */
  readonly signal: AbortSignal;
  /** Called once, however the stream ends, even when nobody began to read it. */
  readonly onEnd?: () => void;
};

/** A stream whose next piece is asked for when the last one was taken, so that nothing piles up behind a slow reader. */
export function pullStream({ write, signal, onEnd }: PulledBytes): ReadableStream<Uint8Array> {
  const gone = new AbortController();
  const pieces = write(gone.signal);
  let hasEnded = false;
  const end = (): void => {
    if (hasEnded) return;
    hasEnded = true;
    signal.removeEventListener("abort", end);
    gone.abort();
    onEnd?.();
  };
  signal.addEventListener("abort", end);
  if (signal.aborted) end();

  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const piece = await pieces.next();
          if (piece.done) {
            end();
            controller.close();
          } else {
            controller.enqueue(piece.value);
          }
        } catch (error) {
          end();
          throw error;
        }
      },
      async cancel() {
        end();
        await pieces.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
}
