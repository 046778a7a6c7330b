/**
 * Names of the hosted service's machines, which callers may point at this server: by a hosts file, a proxy, or their
 * own DNS. `falrun.com` is where the newest clients turn to when `fal.run` does not answer.
 */
export const FAL_NAMES = [
  "fal.run",
  "falrun.com",
  "queue.fal.run",
  "queue.falrun.com",
  "rest.fal.ai",
  "rest.alpha.fal.ai",
  "v3.fal.media",
  "v3b.fal.media",
  "api.fal.ai",
  "fal.ai",
] as const;

/** One of the {@link FAL_NAMES}. */
export type FalName = (typeof FAL_NAMES)[number];

/** Whether a host name, in lower case and without a port, is one of the hosted service. */
export function isFalName(name: string): name is FalName {
  return (FAL_NAMES as readonly string[]).includes(name);
}
