/** What happens to the body of an answer while it is sent. */
export type StreamGuard = {
  /** The stream ends properly when this fires. */
  readonly endsOn: AbortSignal | null;
  /** The stream broke: what was sent is not whole, and the connection has to show it. */
  readonly onBreak: (error: unknown) => void;
};

/** Passes a stream on, piece by piece as they are wanted. */
export function guardStream(
  source: ReadableStream<Uint8Array>,
  { endsOn, onBreak }: StreamGuard,
): ReadableStream<Uint8Array> {
  const reader = source.getReader();
  let isOver = false;
  let end = () => {};
  const release = () => {
    isOver = true;
    endsOn?.removeEventListener("abort", end);
  };
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        end = () => {
          if (isOver) return;
          release();
          controller.close();
          reader.cancel().catch(() => {});
        };
        if (endsOn?.aborted) end();
        else endsOn?.addEventListener("abort", end);
      },
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          if (isOver) return;
          if (!done) return controller.enqueue(value);
          release();
          controller.close();
        } catch (error) {
          if (isOver) return;
          release();
          // The stream stays open: it is cancelled when the connection, which is ended now, has gone.
          onBreak(error);
        }
      },
      cancel(reason) {
        release();
        return reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}
