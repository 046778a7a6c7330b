/**
 * Point numbers of the 478-point face mesh, in the order in which the curves are walked: from the
 * picture's left to its right as seen in an unmirrored, upright face.
 */

/** Number of points of the mesh, with both irises. */
export const MESH_POINTS = 478;
/** Number of points without the irises. */
export const SURFACE_POINTS = 468;

/** Face outline, clockwise from the middle of the forehead. */
export const OVAL = [
  10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149,
  150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
] as const;

export const UPPER_INNER_LIP = [78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308] as const;
export const LOWER_INNER_LIP = [78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308] as const;
export const UPPER_OUTER_LIP = [61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291] as const;
export const LOWER_OUTER_LIP = [61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291] as const;

export const NOSE_BASE = 2;
export const CHIN = 152;
/** Bridge of the nose, from between the eyes downwards. */
export const BRIDGE = [168, 6] as const;

/** The points of one eye; `upper` and `lower` run from the picture's left corner to the right one. */
export type EyePoints = {
  readonly upper: readonly number[];
  readonly lower: readonly number[];
  readonly irisCenter: number;
  readonly irisRing: readonly number[];
  readonly browLower: readonly number[];
};

/** Picture's left eye, then right eye. */
export const EYES: readonly [EyePoints, EyePoints] = [
  {
    upper: [33, 246, 161, 160, 159, 158, 157, 173, 133],
    lower: [33, 7, 163, 144, 145, 153, 154, 155, 133],
    irisCenter: 468,
    irisRing: [469, 470, 471, 472],
    browLower: [46, 53, 52, 65, 55],
  },
  {
    upper: [362, 398, 384, 385, 386, 387, 388, 466, 263],
    lower: [362, 382, 381, 380, 374, 373, 390, 249, 263],
    irisCenter: 473,
    irisRing: [474, 475, 476, 477],
    browLower: [285, 295, 282, 283, 276],
  },
];

/** Points on the cheek that neither beards nor spectacle rims usually cover; picture's left, then right. */
export const CHEEKS: readonly [readonly number[], readonly number[]] = [
  [50, 101, 118, 205],
  [280, 330, 347, 425],
];
