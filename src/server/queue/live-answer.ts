import type {
  LivePlace,
  LiveVideo,
  LiveVideos,
  RequestResult,
  RequestSnapshot,
  TalkQueue,
} from "../../queue/index.js";
import { BadRequestError, CapacityError } from "../../shared/errors.js";
import { answerResult, type FileLinks } from "../fal/answers.js";
import { type FollowedRequest, followRequest } from "../fal/follow-request.js";
import { pullStream } from "../fal/pull-stream.js";
import type { PublicBase } from "../public-base.js";
import type { RequestContext } from "../surface.js";

/** What is needed to show a video while it is made. */
export type LiveParts = {
  readonly queue: TalkQueue;
  readonly files: FileLinks;
  readonly liveVideos: LiveVideos;
  /** How long the beginning of a video is waited for. @defaultValue 50 s */
  readonly livePatienceMs?: number;
};

/** How long a video is waited for when nothing else is said: less than the minute after which proxies give up. */
const PATIENCE_MS = 50_000;
/** Waiting is told of every change; this only bounds how long a lost one could go unnoticed. */
const RECHECK_MS = 5_000;

/** A live answer has no length, no parts, and is never the same twice. */
const HEADERS = {
  "cache-control": "no-store, no-transform",
  "accept-ranges": "none",
  "x-accel-buffering": "no",
  "content-security-policy": "sandbox",
  "cross-origin-resource-policy": "cross-origin",
};

/** A video that has begun, with its first bytes. */
type Begun = { readonly video: LiveVideo; readonly place: LivePlace; readonly first: Uint8Array };

/**
 * Answers with the video of a request while it is made: from its beginning, as it grows, to its end. When the attempt
 * fails in the middle the connection breaks; whoever asks again gets the next attempt from its beginning.
 *
 * A request that has ended is answered with where its video is, or with its error.
 *
 * @throws {@link BadRequestError} when it did not ask for `progressive`;
 *   {@link CapacityError} `live_not_ready` when the video has not begun in time: ask again
 */
export async function answerLive(
  parts: LiveParts,
  { snapshot: asked, keyId }: { readonly snapshot: RequestSnapshot; readonly keyId: string },
  { base, signal, draining }: RequestContext,
): Promise<Response> {
  const { id } = asked;
  const format = asked.liveFormat;
  if (format === null)
    throw new BadRequestError(
      "This request did not ask for `progressive: true`, so its video cannot be played before it is finished.",
    );
  const gone = new AbortController();
  const followed = followRequest(parts.queue, { id, keyId }, AbortSignal.any([signal, gone.signal]));
  let begun: Begun | null = null;
  try {
    const reached = await untilBegun(parts, followed, AbortSignal.any([signal, draining]));
    if (!("first" in reached)) return await answerEnded(parts.files, reached, await followed.result(), base);
    begun = reached;
  } finally {
    if (begun === null) followed.close();
  }
  const { video } = begun;
  const body = pullStream({
    write: (streamSignal) => grow(begun, followed, streamSignal),
    signal,
    onEnd: () => {
      gone.abort();
      followed.close();
      // What was read is read; a handle that cannot be closed is gone.
      video.close().catch(() => {});
    },
  });
  const headers = {
    ...HEADERS,
    "content-type": `video/${format}`,
    "content-disposition": `inline; filename="live.${format}"`,
    "x-fal-request-id": id,
  };
  return new Response(body, { headers });
}

/** Waits for the first bytes, or for the end of the request. */
async function untilBegun(
  { liveVideos, livePatienceMs = PATIENCE_MS }: LiveParts,
  followed: FollowedRequest,
  leaving: AbortSignal,
): Promise<Begun | RequestSnapshot> {
  const end = Date.now() + livePatienceMs;
  let current: { readonly place: LivePlace; readonly video: LiveVideo } | null = null;
  let isHandedOn = false;
  leaving.addEventListener("abort", followed.wake);
  try {
    for (;;) {
      const snapshot = await followed.snapshot();
      if (snapshot.state === "COMPLETED") return snapshot;
      const place = placeOf(snapshot);
      if (current !== null && !isSame(current.place, place)) {
        await current.video.close();
        current = null;
      }
      if (place !== null) {
        current ??= { place, video: liveVideos.follow(place, followed.wake) };
        const first = await current.video.read(0);
        isHandedOn = first.length > 0;
        if (isHandedOn) return { ...current, first };
      }
      const left = end - Date.now();
      if (left <= 0 || leaving.aborted) throw notReady();
      await followed.change(Math.min(left, RECHECK_MS));
    }
  } finally {
    leaving.removeEventListener("abort", followed.wake);
    if (!isHandedOn) await current?.video.close();
  }
}

/** The bytes, from the first to the last. */
async function* grow(
  { video, place, first }: Begun,
  followed: FollowedRequest,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  yield first;
  let position = first.length;
  let isWhole = false;
  while (!signal.aborted) {
    const piece = await video.read(position);
    if (piece.length > 0) {
      position += piece.length;
      yield piece;
      continue;
    }
    // What was written before the request ended has been read since.
    if (isWhole) return;
    const snapshot = await followed.snapshot();
    if (snapshot.attempt !== place.attempt) throw new BrokenVideo();
    if (snapshot.state === "COMPLETED" && snapshot.outcome === "ok") isWhole = true;
    else if (!isSame(place, placeOf(snapshot))) throw new BrokenVideo();
    else await followed.change(RECHECK_MS);
  }
}

/** Where the video of a running attempt grows. */
function placeOf({ id, state, runnerId, attempt }: RequestSnapshot): LivePlace | null {
  return state === "IN_PROGRESS" && runnerId !== null ? { workerId: runnerId, requestId: id, attempt } : null;
}

function isSame(one: LivePlace, other: LivePlace | null): boolean {
  return one.workerId === other?.workerId && one.attempt === other.attempt;
}

async function answerEnded(
  files: FileLinks,
  snapshot: RequestSnapshot,
  result: RequestResult,
  base: PublicBase,
): Promise<Response> {
  if (result.outcome !== "ok") return answerResult(snapshot, result, files, base);
  const { video } = await files.withUrls(result.output, base.files);
  const headers = { location: video.url, "cache-control": "no-store", "x-fal-request-id": snapshot.id };
  return new Response(null, { status: 302, headers });
}

function notReady(): CapacityError {
  return new CapacityError("live_not_ready", "The video has not begun yet. Ask again.", 503, {
    context: { retry_after: 1 },
  });
}

/** Breaks the connection; what became of the request is told by its status, so there is nothing to trace. */
class BrokenVideo extends Error {
  constructor() {
    super("a video broke off while somebody played it");
    this.stack = this.message;
  }
}
