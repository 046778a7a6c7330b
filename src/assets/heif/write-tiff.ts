/** Types of TIFF fields, and their sizes in bytes. */
const SHORT = 3;
const LONG = 4;
const UNDEFINED = 7;

/**
 * Wraps pixels into an uncompressed TIFF (revision 6.0), so that their colour profile travels with them.
 *
 * @param rgb - `height * width * 3` bytes
 */
export function writeTiff(
  rgb: Uint8Array,
  width: number,
  height: number,
  icc: Uint8Array | null,
): Uint8Array {
  const pixelOffset = 8;
  const extraOffset = pixelOffset + rgb.length + (rgb.length % 2);
  const fields: [tag: number, type: number, count: number, value: number][] = [
    [256, LONG, 1, width],
    [257, LONG, 1, height],
    [258, SHORT, 3, extraOffset],
    [259, SHORT, 1, 1],
    [262, SHORT, 1, 2],
    [273, LONG, 1, pixelOffset],
    [277, SHORT, 1, 3],
    [278, LONG, 1, height],
    [279, LONG, 1, rgb.length],
    [284, SHORT, 1, 1],
  ];
  const iccBytes = icc?.length ?? 0;
  if (iccBytes > 0) fields.push([34675, UNDEFINED, iccBytes, extraOffset + 6]);
  const directory = extraOffset + 6 + iccBytes + (iccBytes % 2);
  const file = new Uint8Array(directory + 2 + fields.length * 12 + 4);
  const view = new DataView(file.buffer);
  file.set([0x49, 0x49, 42, 0]);
  view.setUint32(4, directory, true);
  file.set(rgb, pixelOffset);
  for (let channel = 0; channel < 3; channel++) view.setUint16(extraOffset + channel * 2, 8, true);
  if (icc !== null) file.set(icc, extraOffset + 6);
  view.setUint16(directory, fields.length, true);
  for (const [index, [tag, type, count, value]] of fields.entries()) {
    const at = directory + 2 + index * 12;
    view.setUint16(at, tag, true);
    view.setUint16(at + 2, type, true);
    view.setUint32(at + 4, count, true);
    if (type === SHORT && count === 1) view.setUint16(at + 8, value, true);
    else view.setUint32(at + 8, value, true);
  }
  return file;
}
