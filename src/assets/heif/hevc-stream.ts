import { BoxReader, DamagedHeifError } from "./box-reader.js";

const START_CODE = Uint8Array.of(0, 0, 0, 1);

/**
 * One picture as an HEVC byte stream that needs nothing else (ITU-T H.265 Annex B).
 *
 * @param configuration - body of the `hvcC` box (ISO/IEC 14496-15, 8.3.3.1): the parameter sets
 * @param data - the picture's units, each behind its length
 */
export function annexB(configuration: Uint8Array, data: Uint8Array): Uint8Array {
  const reader = new BoxReader(configuration);
  const header = reader.take(22);
  const lengthSize = (header[21]! & 3) + 1;
  if (lengthSize === 3) throw new DamagedHeifError("lengths of 3 bytes");
  const units: Uint8Array[] = [];
  for (let arrays = reader.uint(1); arrays > 0; arrays--) {
    reader.uint(1);
    for (let count = reader.uint(2); count > 0; count--) units.push(reader.take(reader.uint(2)));
  }
  const picture = new BoxReader(data);
  while (picture.remaining > 0) units.push(picture.take(picture.uint(lengthSize)));
  return Buffer.concat(units.flatMap((unit) => [START_CODE, unit]));
}
