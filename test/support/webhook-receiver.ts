import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** One webhook as it arrived. */
export type ReceivedWebhook = { readonly headers: IncomingHttpHeaders; readonly body: Buffer };

/** A receiver of webhooks on this machine. */
export type WebhookReceiver = {
  readonly url: string;
  readonly received: ReceivedWebhook[];
  /** Connections that are open. */
  readonly open: () => number;
  close(): Promise<void>;
};

/** Starts a receiver; `answer` is called with how many came before, and may leave the sender waiting. */
export async function startReceiver(
  answer: (response: ServerResponse, before: number) => void = (response) => response.end("thanks"),
): Promise<WebhookReceiver> {
  const received: ReceivedWebhook[] = [];
  let open = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      received.push({ headers: request.headers, body: Buffer.concat(chunks) });
      answer(response, received.length - 1);
    });
  });
  server.on("connection", (socket) => {
    open++;
    socket.on("close", () => open--);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received,
    open: () => open,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
