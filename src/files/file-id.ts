import { createHash, randomBytes } from "node:crypto";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const LENGTH = 21;

/** 126 random bits as 21 characters that stand in URLs and file names as they are. */
export function makeFileId(): string {
  return Array.from(randomBytes(LENGTH), (byte) => ALPHABET[byte & 63]).join("");
}

/** Eight hexadecimal digits that belong to an id, to spread files over directories. */
export function shardOf(id: string): string {
  return createHash("sha256").update(id).digest("hex").slice(0, 8);
}

/** A new name for an object: every attempt to write has one of its own, so that no object is ever changed. */
export function makeObjectKey(folder: "uploads" | "parts" | "inputs" | "outputs", id: string): string {
  return `${folder}/${shardOf(id).slice(0, 2)}/${id}.${randomBytes(6).toString("hex")}`;
}
