import type { CallerAddress } from "./front/caller-address.js";

/**
 * The address under which a caller reached us. All URLs in answers are made from it, so that they work for the caller:
 * directly, behind a reverse proxy, through `/api/fal/proxy`, or under fal's own host names.
 */
export type PublicBase = {
  /** E.g. `http://127.0.0.1:8080/queue` or `https://queue.fal.run`; without a slash at the end. */
  readonly queue: string;
  /** E.g. `http://127.0.0.1:8080/rest` or `https://rest.fal.ai`. */
  readonly rest: string;
  /** What `/files/…` is appended to, e.g. `http://127.0.0.1:8080` or `https://v3.fal.media`. */
  readonly files: string;
  /** The main address, for documents, e.g. `http://127.0.0.1:8080`. */
  readonly site: string;
};

/**
 * The base for one caller.
 *
 * Who uses fal's names gets fal's names: those are what leads such a caller here, and what its certificates are for.
 * Everybody else gets the public address of the operator, or the one that was used.
 */
export function publicBaseFor(address: CallerAddress, publicUrl: string | null): PublicBase {
  if (address.falName !== null) {
    const under = (name: string) => `${address.scheme}://${name}${address.port}`;
    const isBackup = address.falName.endsWith("falrun.com");
    return {
      queue: under(isBackup ? "queue.falrun.com" : "queue.fal.run"),
      rest: under("rest.fal.ai"),
      files: under("v3.fal.media"),
      site: under("fal.ai"),
    };
  }
  const site = publicUrl ?? `${address.scheme}://${address.name}${address.port}${address.prefix}`;
  return { queue: `${site}/queue`, rest: `${site}/rest`, files: site, site };
}
