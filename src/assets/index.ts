export type { Asset } from "./asset.js";
export { type DecodePhotoOptions, decodePhoto } from "./decode-photo.js";
export type { DecodeHevc, HevcJob } from "./heif/decode-heif.js";
export { type LoadAssetOptions, loadAsset } from "./load-asset.js";
export type { Photo } from "./photo.js";
