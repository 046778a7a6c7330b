export type { Downloads, FetchableFile } from "./downloads.js";
export type { Asker } from "./file-access.js";
export { createFileLibrary, type FileLibrary, type FileLibraryOptions, type Swept } from "./file-library.js";
export type { FileAccess, FileLifecycle } from "./file-lifecycle.js";
export type { Inputs } from "./inputs.js";
export type { Outputs, RemovedOutput, StoredOutput } from "./outputs.js";
export type { ListedPart, PartUploads } from "./part-uploads.js";
export type { UploadTokens } from "./upload-tokens.js";
export type { BegunUpload, UploadPlan, Uploads } from "./uploads.js";
