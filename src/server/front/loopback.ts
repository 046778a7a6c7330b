import { isIP } from "node:net";
import ipaddr from "ipaddr.js";

/** Whether an address, as sockets tell it, is of this machine. */
export function isLoopbackAddress(address: string | undefined): boolean {
  return address !== undefined && isIP(address) !== 0 && ipaddr.process(address).range() === "loopback";
}

/**
 * Whether a host name can mean no other machine: browsers and resolvers keep `localhost` and all below it to
 * themselves, so nobody can point such a name somewhere else.
 *
 * @param name - as in a URL: lower case, IPv6 addresses in brackets
 */
export function isLoopbackName(name: string): boolean {
  return (
    name === "localhost" || name.endsWith(".localhost") || isLoopbackAddress(name.replace(/^\[(.*)\]$/, "$1"))
  );
}
