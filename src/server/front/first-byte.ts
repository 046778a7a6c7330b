import type { Socket } from "node:net";

/** The first byte of a TLS handshake; no HTTP request begins so. */
const TLS_HANDSHAKE = 0x16;

/** Who takes a connection over once it is known what it speaks. */
export type Takers = {
  readonly http: (socket: Socket) => void;
  readonly tls: (socket: Socket) => void;
};

/**
 * Waits for the first byte of a connection and gives it, unread, to who understands it.
 *
 * Ends the connection when nothing comes for so long.
 */
export function takeByFirstByte(socket: Socket, timeoutMs: number, takers: Takers): void {
  const giveUp = () => socket.destroy();
  const timer = setTimeout(giveUp, timeoutMs);
  const onReadable = () => {
    const bytes = socket.read() as Buffer | null;
    if (bytes === null) return;
    release();
    socket.unshift(bytes);
    takers[bytes[0] === TLS_HANDSHAKE ? "tls" : "http"](socket);
  };
  const release = () => {
    clearTimeout(timer);
    socket.off("readable", onReadable);
    socket.off("error", giveUp);
    socket.off("end", giveUp);
    socket.off("close", release);
  };
  socket.on("readable", onReadable);
  socket.on("error", giveUp);
  socket.on("end", giveUp);
  socket.on("close", release);
}
