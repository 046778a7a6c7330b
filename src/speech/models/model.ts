/** One file of a model, as it has to be. */
export type ModelFile = {
  /** Name in the model's directory: letters, digits, `.`, `_`, `-`, `+`; no folders. */
  readonly name: string;
  readonly url: string;
  readonly sizeBytes: number;
  /** Hexadecimal. Without any hash the file is taken by its size, and the pull says so. */
  readonly sha256?: string;
  readonly md5?: string;
};

/** A model that can be installed. */
export type ModelEntry = {
  readonly id: string;
  readonly kind: "piper" | "kokoro" | "ctc";
  /** BCP 47; `mul` for many. */
  readonly language: string;
  /** Under which its maker gives it away, with the licence of the data where that is known. */
  readonly licence: string;
  /** Page of who made it. */
  readonly source: string;
  readonly speakers: readonly ModelSpeaker[];
  readonly files: readonly ModelFile[];
};

/** One speaker of a model, under the name that its engine knows. */
export type ModelSpeaker = { readonly name: string; readonly gender: "female" | "male" | "unknown" };

/** A model whose files are all there. */
export type InstalledModel = { readonly entry: ModelEntry; readonly directory: string };

/** How far a pull is, over all files of the model. */
export type PullProgress = {
  /** The file being fetched or read. */
  readonly file: string;
  readonly doneBytes: number;
  readonly totalBytes: number;
};

/** How to pull a model. */
export type PullOptions = {
  /** Take the files from this directory instead of the network; they are verified all the same. */
  readonly from?: string;
  readonly onProgress?: (progress: PullProgress) => void;
  /** Told of a file for which no hash is known, with the hash that it has. */
  readonly onUnverified?: (file: string, sha256: string) => void;
  readonly signal?: AbortSignal;
};

/** What is the matter with one model: `damaged` is installed but cannot be used. */
export type ModelState = {
  readonly entry: ModelEntry;
  readonly state: "installed" | "absent" | "damaged";
  /** What is wrong with a damaged one. */
  readonly reason?: string;
};

/** Models in a directory. */
export type ModelStore = {
  /** What can be used. Damaged ones are left out; {@link ModelStore.states} tells of them. */
  installed(): Promise<readonly InstalledModel[]>;
  /** The model of that id; null when it is not installed or damaged. */
  find(id: string): Promise<InstalledModel | null>;
  /** Every model of the catalogue and every one in the directory. */
  states(): Promise<readonly ModelState[]>;
  /**
   * Installs a model of the catalogue. One that is already there is left as it is. What was fetched before it
   * failed is kept and used by the next pull.
   *
   * @throws NotFoundError when the catalogue does not have it
   * @throws AssetError `model_source_error` when `from` lacks a file
   * @throws EngineError `model_download_error`, `model_damaged` or `model_storage_error`, with the cure
   * @throws CancelledError when the signal fires
   */
  pull(id: string, options?: PullOptions): Promise<InstalledModel>;
  /**
   * Removes a model, and what is left of a broken-off pull.
   *
   * @returns whether there was something
   * @throws EngineError `model_storage_error` while another program pulls it
   */
  remove(id: string): Promise<boolean>;
};
