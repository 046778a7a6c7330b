import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { createServer as createTlsServer, type Server as TlsServer } from "node:tls";
import { getRequestListener, type HttpBindings } from "@hono/node-server";
import type { Logger } from "pino";
import { BadRequestError, ParlanteError } from "../../shared/errors.js";
import { toErrorAnswer, toErrorResponse } from "../http-errors.js";
import { endSoon, endWithError, explainClientError } from "./bare-answer.js";
import { takeByFirstByte } from "./first-byte.js";
import type { Front } from "./front.js";
import { refuseTunnel } from "./tunnel.js";

/** How long callers may take, and how many there may be. Times are in seconds. */
export type ListenLimits = {
  /** Until the first byte of a connection, for the TLS handshake, and for the headers of a request, each. */
  readonly headers: number;
  /** For which a connection may stay open between requests. Longer than the usual minute of load balancers. */
  readonly idle: number;
  /** For which a caller may take nothing of an answer that waits for it. */
  readonly stalledReader: number;
  /** Open connections; more are turned away. */
  readonly connections: number;
};

const LIMITS: ListenLimits = { headers: 10, idle: 75, stalledReader: 120, connections: 10_000 };
const MAX_HEADER_BYTES = 16 * 1024;

/** Where and how to listen. */
export type ListenOptions = {
  /** Address or name; IPv6 with or without brackets. */
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Certificate and key as PEM; null: no TLS. */
  readonly tls: { readonly cert: string; readonly key: string } | null;
  readonly fetch: Front["fetch"];
  readonly logger: Logger;
  readonly limits?: Partial<ListenLimits>;
};

/** A server that listens. */
export type Listener = {
  readonly address: {
    readonly host: string;
    readonly port: number /** Without a slash at the end. */;
    readonly url: string;
  };
  /**
   * Stops: takes no more connections, tells streams of events to end, and waits for the answers under way.
   *
   * @param graceMs - after so many milliseconds what is left is cut off
   */
  close(graceMs: number): Promise<void>;
};

/**
 * Serves HTTP and TLS on one port, and `CONNECT` to fal's names, which leads back to ourselves.
 *
 * @throws {@link ParlanteError} when the address cannot be used
 */
export async function listen(options: ListenOptions): Promise<Listener> {
  const { fetch, logger, tls } = options;
  const limits = { ...LIMITS, ...options.limits };
  const draining = new AbortController();
  const answers = new AnswersUnderWay();
  const sockets = new Set<Socket>();

  const respond = getRequestListener(
    (request, bindings) => fetch(request, { ...(bindings as HttpBindings), draining: draining.signal }),
    { hostname: options.host, errorHandler: answerUnreadable },
  );
  const onRequest = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    answers.add(incoming.socket, outgoing);
    if (draining.signal.aborted) outgoing.shouldKeepAlive = false;
    void respond(incoming, outgoing);
  };
  const server = createHttpServer(limits, onRequest);
  watchReaders(server, limits.stalledReader * 1000, answers);

  const [serveHttp] = server.listeners("connection") as ((socket: Socket) => void)[];
  const takeHttp = (socket: Socket) => serveHttp!.call(server, socket);
  const tlsServer = tls === null ? null : createTlsDoor(tls, limits, takeHttp, logger);
  const take = (socket: Socket) =>
    takeByFirstByte(socket, limits.headers * 1000, {
      http: takeHttp,
      tls: (encrypted) =>
        tlsServer === null ? refuseTls(encrypted, logger) : tlsServer.emit("connection", encrypted),
    });
  server.removeAllListeners("connection");
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    // Whoever reads from it hears of errors; between two readers, and after the last, nobody would.
    socket.on("error", () => socket.destroy());
    socket.once("close", () => sockets.delete(socket));
    take(socket);
  });
  server.on("connect", (incoming: IncomingMessage, socket: Socket, head: Buffer) => {
    const refusal = refuseTunnel(incoming.url ?? "", tlsServer !== null);
    logger[refusal === null ? "debug" : "info"](
      { target: incoming.url?.slice(0, 200) },
      "asked for a tunnel",
    );
    if (refusal !== null) return endWithError(socket, refusal);
    socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
    if (head.length > 0) socket.unshift(head);
    take(socket);
  });
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    // In the middle of an answer, or after the caller has gone, there is nothing to say.
    if (error.code === "ECONNRESET" || !socket.writable || answers.isBusy(socket)) {
      socket.destroy();
      return;
    }
    logger.debug({ code: error.code }, "not a request");
    endWithError(socket, explainClientError(error.code));
  });

  await open(server, options);
  return {
    address: addressOf(server),
    close: (graceMs) => close({ server, sockets, answers, draining }, graceMs),
  };
}

function createHttpServer(
  limits: ListenLimits,
  onRequest: (incoming: IncomingMessage, outgoing: ServerResponse) => void,
): Server {
  const server = createServer({
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: limits.headers * 1000,
    // Uploads may be long; their pace is watched where they are read.
    requestTimeout: 0,
    keepAliveTimeout: limits.idle * 1000,
    connectionsCheckingInterval: Math.min(1000, limits.headers * 250),
    keepAlive: true,
    keepAliveInitialDelay: 60_000,
    noDelay: true,
    requireHostHeader: false,
  });
  server.maxConnections = limits.connections;
  // Without listeners of their own, Node answers the last two by itself.
  for (const event of ["request", "checkContinue", "checkExpectation"]) server.on(event, onRequest);
  // Too many connections: those that only wait make room.
  server.on("drop", () => server.closeIdleConnections());
  return server;
}

/** Answers of which something is still to be sent. */
class AnswersUnderWay {
  private readonly bySocket = new Map<Socket, Set<ServerResponse>>();

  add(socket: Socket, outgoing: ServerResponse): void {
    const known = this.bySocket.get(socket) ?? new Set();
    this.bySocket.set(socket, known.add(outgoing));
    outgoing.once("close", () => {
      known.delete(outgoing);
      if (known.size === 0) this.bySocket.delete(socket);
    });
  }

  isBusy(socket: Socket): boolean {
    return this.bySocket.has(socket);
  }

  all(): ServerResponse[] {
    return [...this.bySocket.values()].flatMap((set) => [...set]);
  }
}

function createTlsDoor(
  tls: { cert: string; key: string },
  limits: ListenLimits,
  takeHttp: (socket: Socket) => void,
  logger: Logger,
): TlsServer {
  const door = createTlsServer({
    ...tls,
    ALPNProtocols: ["http/1.1"],
    handshakeTimeout: limits.headers * 1000,
  });
  door.on("secureConnection", (socket) => {
    socket.on("error", () => socket.destroy());
    takeHttp(socket);
  });
  door.on("tlsClientError", (error, socket) => {
    logger.debug({ reason: error.message }, "TLS did not come about");
    // Node leaves it open, also when the handshake took too long.
    socket.destroy();
  });
  return door;
}

/** A fatal alert, handshake_failure, so that the client says more than "connection reset". */
const TLS_ALERT = Buffer.from([0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x28]);

function refuseTls(socket: Socket, logger: Logger): void {
  logger.debug('a client spoke TLS, but there is no certificate; "parlante tls init" makes one');
  endSoon(socket, TLS_ALERT);
}

/** Ends connections between requests after the idle time, and those whose caller does not take its answer. */
function watchReaders(server: Server, stallMs: number, answers: AnswersUnderWay): void {
  server.setTimeout(stallMs, (socket) => {
    const waitsForUs = answers.isBusy(socket) && socket.writableLength === 0;
    if (waitsForUs) socket.setTimeout(stallMs);
    else socket.destroy();
  });
}

/** A request whose address makes no sense never reaches the front. */
function answerUnreadable(error: unknown): Response {
  const isAddress = error instanceof Error && error.name === "RequestError";
  return toErrorResponse(toErrorAnswer(isAddress ? new BadRequestError(`${error.message}.`) : error), {
    "x-fal-request-id": crypto.randomUUID(),
  });
}

async function open(server: Server, { host, port }: ListenOptions): Promise<void> {
  const bare = host.replace(/^\[(.*)\]$/, "$1");
  await new Promise<void>((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => reject(explainListenError(error, bare, port));
    server.once("error", onError);
    server.listen({ host: bare, port }, () => {
      server.off("error", onError);
      resolve();
    });
  });
}

function explainListenError(error: NodeJS.ErrnoException, host: string, port: number): ParlanteError {
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: `Port ${port} of ${host} is taken by another program. Set PORT to another one, or to 0 for any that is free.`,
    EACCES: `This user may not listen on port ${port}. Set PORT to one from 1024 on.`,
    EADDRNOTAVAIL: `This machine does not have the address ${host}. Set HOST to one that it has, e.g. 127.0.0.1.`,
    ENOTFOUND: `There is no address for the name ${host}. Set HOST to an address of this machine, e.g. 127.0.0.1.`,
  };
  const reason = reasons[error.code ?? ""] ?? `Cannot listen on port ${port} of ${host}: ${error.message}.`;
  return new ParlanteError("cannot_listen", reason, 500, false, { cause: error });
}

function addressOf(server: Server): Listener["address"] {
  const { address, family, port } = server.address() as AddressInfo;
  return { host: address, port, url: `http://${family === "IPv6" ? `[${address}]` : address}:${port}` };
}

type Running = {
  readonly server: Server;
  readonly sockets: ReadonlySet<Socket>;
  readonly answers: AnswersUnderWay;
  readonly draining: AbortController;
};

async function close({ server, sockets, answers, draining }: Running, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  for (const outgoing of answers.all()) outgoing.shouldKeepAlive = false;
  draining.abort();
  // Connections that fall idle from now on.
  const sweep = setInterval(() => server.closeIdleConnections(), 100);
  const cut = setTimeout(() => {
    for (const socket of sockets) socket.destroy();
  }, graceMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(cut);
}
