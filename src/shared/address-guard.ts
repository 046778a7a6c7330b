import { type LookupAddress, type LookupOptions, lookup } from "node:dns";
import type { LookupFunction } from "node:net";
import ipaddr from "ipaddr.js";

/** NAT64 (RFC 6052) and 6to4 (RFC 3056): IPv6 spellings of an IPv4 address, and where its four bytes lie. */
const EMBEDDED_IPV4 = [
  { range: ipaddr.IPv6.parseCIDR("64:ff9b::/96"), offset: 12 },
  { range: ipaddr.IPv6.parseCIDR("2002::/16"), offset: 2 },
] as const;

/** The only part of IPv6 from which public addresses are given out (IANA). */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR("2000::/3");

/** Whether an IP address, in any spelling, belongs to the public internet. */
export function isPublicAddress(address: string): boolean {
  const bare = address.replace(/^\[(.*)\]$/, "$1");
  if (!ipaddr.isValid(bare)) return false;
  // `process` turns ::ffff:a.b.c.d into a.b.c.d.
  const parsed = ipaddr.process(bare);
  if (parsed instanceof ipaddr.IPv4) return parsed.range() === "unicast";
  for (const { range, offset } of EMBEDDED_IPV4) {
    if (!parsed.match(range)) continue;
    const inner = new ipaddr.IPv4(parsed.toByteArray().slice(offset, offset + 4));
    return inner.range() === "unicast";
  }
  return parsed.range() === "unicast" && parsed.match(GLOBAL_UNICAST);
}

/** A link leads to an address that is not on the public internet. */
export class PrivateAddressError extends Error {
  override readonly name = "PrivateAddressError";
}

/**
 * Resolves names for connections, and refuses names with any private address.
 *
 * It is called by the socket itself, so that the address that was checked is the one that is dialled: a name
 * cannot point elsewhere between check and use.
 */
export const guardedLookup: LookupFunction = (hostname, options, callback) => {
  const all: LookupOptions & { all: true } = { ...options, all: true };
  lookup(hostname, all, (error, addresses: LookupAddress[]) => {
    if (error) return callback(error, "", 0);
    const first = addresses[0];
    if (first === undefined || addresses.some(({ address }) => !isPublicAddress(address)))
      return callback(new PrivateAddressError(hostname), "", 0);
    return options.all ? callback(null, addresses) : callback(null, first.address, first.family);
  });
};
