export type { InteriorPose, InteriorTarget, LipOpening } from "./interior-types.js";
export { MARGIN_PIXELS, type MouthInterior, type MouthInteriorOptions } from "./interior-types.js";
export { createMouthInterior } from "./mouth-interior.js";
