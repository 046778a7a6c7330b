/**
 * How many rows at the bottom were made up by the decoder of a cut JPEG.
 *
 * After the end of the data every block repeats the last brightness, so that each row is the same as the one
 * above it. A real photo never is; a drawing may be, and then it is refused although it could be read.
 */
export function missingRows(picture: {
  data: Uint8Array;
  width: number;
  height: number;
  channels: number;
}): number {
  const rowBytes = picture.width * picture.channels;
  const row = (y: number) =>
    Buffer.from(picture.data.buffer, picture.data.byteOffset + y * rowBytes, rowBytes);
  let count = 0;
  for (let y = picture.height - 1; y > 0 && row(y).equals(row(y - 1)); y--) count++;
  return count;
}
