export { type AnalysePortraitOptions, analysePortrait, RIG_VERSION } from "./analyse-portrait.js";
export { createDiskRigCache } from "./disk-rig-cache.js";
export { loadPortraitModels, type PortraitModels } from "./portrait-models.js";
export {
  type DepthField,
  type Eye,
  LID_SAMPLES,
  LIP_SAMPLES,
  type Mask,
  type Matte,
  type Mouth,
  type Rgb,
  type Rig,
  type Tones,
} from "./rig.js";
export { analyseWithCache, type RigCache } from "./rig-cache.js";
