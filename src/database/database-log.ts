/** Where the database's news go; a pino logger is one. */
export interface DatabaseLog {
  /** Something worth knowing happened. */
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  /** Something is wrong and is being mended. */
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  /** Something is wrong and needs an operator. */
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}

/** A log that nobody reads. */
export const SILENT_LOG: DatabaseLog = { info() {}, warn() {}, error() {} };
