import { isIP } from "node:net";
import ipaddr from "ipaddr.js";
import { ParlanteError } from "../shared/errors.js";

/** Whether only programs of this machine can reach what listens on an address. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, "$1");
  if (isIP(bare) !== 0) return ipaddr.process(bare).range() === "loopback";
  return bare.toLowerCase() === "localhost";
}

/**
 * Refuses to serve other machines without keys: anybody there could make videos and read files.
 *
 * @param host - address to listen on, as in `HOST`
 * @param hasKeys - whether any key works
 * @throws {@link ParlanteError} `keys_required`, saying how to make a key
 */
export function assertSafeToListen(host: string, hasKeys: boolean): void {
  if (hasKeys || isLoopback(host)) return;
  throw new ParlanteError(
    "keys_required",
    `Listening on ${host} would let other machines in, and there is no key yet. Make one with "parlante keys create --name me", or listen on this machine only with HOST=127.0.0.1.`,
    500,
    false,
  );
}
