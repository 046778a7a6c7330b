export { type FaceFeatures, measureFace } from "./measure-face.js";
