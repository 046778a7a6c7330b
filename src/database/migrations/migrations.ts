import { FIRST_TABLES } from "./0001-first-tables.js";
import { LIVE_VIDEOS } from "./0002-live-videos.js";

/** One step that the tables go through, once. */
export type Migration = {
  readonly name: string;
  /** SQL without `begin` and `commit`, in schema `parlante`. */
  readonly statements: string;
};

/** All steps in order. Released ones are never changed; new ones are added at the end. */
export const MIGRATIONS: readonly Migration[] = [
  { name: "first-tables", statements: FIRST_TABLES },
  { name: "live-videos", statements: LIVE_VIDEOS },
];
