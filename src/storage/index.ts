export { createLocalDiskStorage } from "./local-disk.js";
export type { Storage } from "./storage.js";
