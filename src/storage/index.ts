export { createDiskObjectStore } from "./disk-object-store.js";
export { createLocalDiskStorage } from "./local-disk.js";
export type { ByteRange, ObjectFacts, ObjectStore } from "./object-store.js";
export { createS3ObjectStore, type S3Settings } from "./s3-object-store.js";
export type { Storage } from "./storage.js";
