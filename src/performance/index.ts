export { EXPRESSION_NAMES } from "./expressions.js";
export { type PerformOptions, perform } from "./perform.js";
export {
  CURVES,
  type CurveName,
  type FacePose,
  FRAME_RATE,
  type Performance,
  VISEMES,
  type Viseme,
  type VisemeName,
} from "./performance.js";
