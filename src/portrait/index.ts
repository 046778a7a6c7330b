export { type AnalysePortraitOptions, analysePortrait } from "./analyse-portrait.js";
export { type CutOutOptions, cutOutPerson } from "./cutout/cut-out-person.js";
export { createDiskRigCache } from "./disk-rig-cache.js";
export { loadPortraitModels, type PortraitModels } from "./portrait-models.js";
export type {
  DepthField,
  Eye,
  Mask,
  Matte,
  Mouth,
  Rgb,
  Rig,
  Tones,
} from "./rig.js";
export { analyseWithCache, type RigCache } from "./rig-cache.js";
