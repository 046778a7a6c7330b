import { randomUUID } from "node:crypto";
import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { ParlanteError } from "../../shared/errors.js";
import { toErrorAnswer } from "../http-errors.js";

/** Answers on a connection for which there is no request that could be answered, and ends it. */
export function endWithError(socket: Duplex, error: ParlanteError): void {
  const { status, headers, body } = toErrorAnswer(error);
  const text = JSON.stringify(body);
  const lines = Object.entries({
    ...headers,
    "x-fal-request-id": randomUUID(),
    "content-type": "application/json",
    "content-length": String(Buffer.byteLength(text)),
    connection: "close",
  }).map(([name, value]) => `${name}: ${value}`);
  endSoon(
    socket,
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "Error"}\r\n${lines.join("\r\n")}\r\n\r\n${text}`,
  );
}

/** How long a caller has to take last words. */
const LAST_WORDS_MS = 2000;

/** Says a last thing and ends the connection, also when the caller keeps its end open. */
export function endSoon(socket: Duplex, text: string | Uint8Array): void {
  const timer = setTimeout(() => socket.destroy(), LAST_WORDS_MS);
  socket.once("close", () => clearTimeout(timer));
  // What still comes is not looked at; unread, it would turn the end into a reset that takes the answer with it.
  socket.resume();
  socket.end(text);
}

/** What was wrong with bytes that Node could not read as a request. */
export function explainClientError(code: string | undefined): ParlanteError {
  const refuse = (status: number, message: string) =>
    new ParlanteError("bad_request", message, status, false);
  switch (code) {
    case "HPE_HEADER_OVERFLOW":
      return refuse(431, "The headers of the request are too large.");
    case "HPE_CHUNK_EXTENSIONS_OVERFLOW":
      return refuse(413, "The chunk extensions of the request are too large.");
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return refuse(408, "The request came too slowly.");
    default:
      return refuse(400, "This is no HTTP request.");
  }
}
