import { Client } from "undici";
import type { Json } from "../../test/support/server-calls.js";

/** One stream of statuses, on a connection of its own. */
export type StatusStream = { readonly ended: Promise<void>; close(): Promise<void> };

/** Follows a request; calls back with each event as it arrives. Resolves when the server has answered. */
export async function followStatus(
  statusUrl: string,
  onStatus: (status: Json) => void,
): Promise<StatusStream> {
  const { origin, pathname } = new URL(statusUrl);
  const connection = new Client(origin, { bodyTimeout: 0 });
  const { body, statusCode } = await connection.request({
    method: "GET",
    path: `${pathname}/stream?logs=1`,
    headers: { accept: "text/event-stream" },
  });
  if (statusCode !== 200) throw new Error(`A stream was answered with ${statusCode}.`);
  let text = "";
  body.setEncoding("utf8").on("data", (part: string) => {
    text += part;
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const event = text.slice(0, end);
      text = text.slice(end + 2);
      if (event.startsWith("data: ")) onStatus(JSON.parse(event.slice("data: ".length)));
    }
  });
  const ended = new Promise<void>((resolve) => {
    body.once("close", () => resolve());
    body.on("error", () => resolve());
  });
  return {
    ended,
    async close() {
      await connection.destroy();
    },
  };
}
