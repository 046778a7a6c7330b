/**
 * What a process that handles strangers' files may know of this one's environment: how to find libraries,
 * certificates and the temporary directory. Everything else, above all secrets, stays here.
 */
const PASSED_ON: readonly string[] = [
  "PATH",
  "HOME",
  "TMPDIR",
  "TMP",
  "TEMP",
  "TZ",
  "LANG",
  "LC_ALL",
  "LD_LIBRARY_PATH",
  "DYLD_LIBRARY_PATH",
  "NODE_EXTRA_CA_CERTS",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "UV_THREADPOOL_SIZE",
  "SYSTEMROOT",
];

/** The environment of a talk child, made from that of this process. */
export function childEnvironment(own: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const kept = PASSED_ON.map((name) => [name, own[name]] as const);
  // Two pools for the C library's allocator, where it is glibc's: by default there are many, each with freed memory.
  const entries = [["MALLOC_ARENA_MAX", "2"] as const, ...kept];
  return Object.fromEntries(
    entries.filter((entry): entry is readonly [string, string] => entry[1] !== undefined),
  );
}
