/**
 * Loaded before a program with `--import`: leads connections to fal's names to a server of this machine, as a hosts file
 * and a server on port 443 would, which tests may not have. The program itself stays as it is.
 */
import { createRequire } from "node:module";
import type { TLSSocket } from "node:tls";
import { isFalName } from "../../src/shared/fal-names.js";

type Connect = (options: { host?: string; port?: number | string }, ...rest: unknown[]) => TLSSocket;

const port = Number(process.env.PORT_OF_FAL_NAMES);
// The object that Node's own fetch uses; a namespace import would be a copy.
const tls = createRequire(import.meta.url)("node:tls") as { connect: Connect };
const connect = tls.connect;
tls.connect = (options, ...rest) => {
  const name = options.host ?? "";
  if (!isFalName(name) || Number(options.port) !== 443) return connect(options, ...rest);
  return connect({ servername: name, ...options, host: "127.0.0.1", port } as typeof options, ...rest);
};
