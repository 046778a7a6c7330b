export type { Asset, AssetFile } from "./asset.js";
export { type DecodePhotoOptions, decodePhoto, type PhotoPurpose } from "./decode-photo.js";
export type { DecodeHevc, HevcJob } from "./heif/decode-heif.js";
export { type LoadAssetOptions, loadAsset, loadAssetFile } from "./load-asset.js";
export type { Photo } from "./photo.js";
