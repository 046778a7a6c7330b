export type { FileAccess, FileLifecycle } from "./file-lifecycle.js";
