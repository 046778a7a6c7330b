import { describe, expect, it, vi } from "vitest";
import { eventStream, formatEvent } from "./event-stream.js";

async function* count(made: number[]): AsyncGenerator<string> {
  for (let i = 0; i < 5; i++) {
    made.push(i);
    yield formatEvent({ i });
  }
}

function streamOf(
  write: (signal: AbortSignal) => AsyncGenerator<string>,
  signal = new AbortController().signal,
) {
  const onEnd = vi.fn();
  return { response: eventStream({ write, signal, headers: { "x-fal-request-id": "r" }, onEnd }), onEnd };
}

describe("a stream of events", () => {
  it("is sent unnamed, uncompressed and uncached", async () => {
    const { response, onEnd } = streamOf(() => count([]));
    expect(Object.fromEntries(response.headers)).toEqual({
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-cache, no-transform",
      "x-accel-buffering": "no",
      "x-fal-request-id": "r",
    });
    expect(await response.text()).toBe(
      'data: {"i":0}\n\ndata: {"i":1}\n\ndata: {"i":2}\n\ndata: {"i":3}\n\ndata: {"i":4}\n\n',
    );
    expect(onEnd).toHaveBeenCalledTimes(1);
  });

  it("makes an event only when the last one was taken", async () => {
    const made: number[] = [];
    const { response } = streamOf(() => count(made));
    const reader = response.body!.getReader();
    expect(made).toEqual([]);
    await reader.read();
    await new Promise((resolve) => setImmediate(resolve));
    expect(made).toEqual([0]);
    await reader.cancel();
  });

  it("ends when the reader goes, even while it waits", async () => {
    async function* wait(signal: AbortSignal): AsyncGenerator<string> {
      yield "data: 1\n\n";
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    }
    const { response, onEnd } = streamOf(wait);
    const reader = response.body!.getReader();
    await reader.read();
    const pending = reader.read();
    await reader.cancel();
    expect((await pending).done).toBe(true);
    expect(onEnd).toHaveBeenCalledTimes(1);
  });

  it("ends when the caller goes before it was read", async () => {
    const caller = new AbortController();
    const { onEnd } = streamOf(() => count([]), caller.signal);
    caller.abort();
    expect(onEnd).toHaveBeenCalledTimes(1);
    const { onEnd: atOnce } = streamOf(() => count([]), caller.signal);
    expect(atOnce).toHaveBeenCalledTimes(1);
  });

  it("breaks when making an event fails", async () => {
    async function* fail(): AsyncGenerator<string> {
      yield "data: 1\n\n";
      throw new Error("gone");
    }
    const { response, onEnd } = streamOf(fail);
    await expect(response.text()).rejects.toThrow("gone");
    expect(onEnd).toHaveBeenCalledTimes(1);
  });
});
