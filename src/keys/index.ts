export { assertSafeToListen, isLoopback } from "./assert-safe-to-listen.js";
export type { Caller, CallerDirectory, Scope } from "./caller.js";
export { type CallerDirectoryOptions, createCallerDirectory, requireScope } from "./caller-directory.js";
export { createKeyStore, type KeyOptions, type KeyRecord, type KeyStore } from "./key-store.js";
