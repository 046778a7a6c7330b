import sharp from "sharp";

/**
 * A dark office in the evening, out of focus as behind a portrait: windows of other houses, shelves, a lamp, a screen.
 * Drawn, so that backgrounds can be tried and measured with nothing else at hand.
 *
 * @returns interleaved RGB
 */
export async function drawOffice(width: number, height: number): Promise<Uint8Array> {
  const { data } = await sharp(Buffer.from(officeSvg(width, height)))
    .removeAlpha()
    .raw()
    .toBuffer({
      resolveWithObject: true,
    });
  return new Uint8Array(data);
}

/** The scene is drawn for 1600 x 900 and repeats itself to the right. */
const SCENE = { width: 1600, height: 900 } as const;

function officeSvg(width: number, height: number): string {
  const viewWidth = (SCENE.height * width) / height;
  const copies = Array.from({ length: Math.ceil(viewWidth / SCENE.width) }, (_, i) => i * SCENE.width);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${viewWidth} ${SCENE.height}">
    <defs>
      <linearGradient id="wall" x1="0" y1="0" x2="0" y2="1">
        <stop offset="0" stop-color="#171b24"/><stop offset=".7" stop-color="#222a38"/><stop offset="1" stop-color="#12151c"/>
      </linearGradient>
      <radialGradient id="lamp"><stop offset="0" stop-color="#ffd9a0"/><stop offset=".25" stop-color="#c98a45" stop-opacity=".6"/>
        <stop offset="1" stop-color="#c98a45" stop-opacity="0"/></radialGradient>
      <filter id="far"><feGaussianBlur stdDeviation="7"/></filter>
      <filter id="near"><feGaussianBlur stdDeviation="4"/></filter>
    </defs>
    <rect width="${viewWidth}" height="${SCENE.height}" fill="url(#wall)"/>
    ${copies.map((x) => `<g transform="translate(${x} 0)">${room()}</g>`).join("")}
  </svg>`;
}

function room(): string {
  const panes = [0, 1, 2].map((i) => {
    const x = 90 + i * 230;
    const lights = Array.from({ length: 14 }, (_, k) => {
      const warm = (k * 7 + i) % 3 === 0;
      return `<circle cx="${x + 24 + ((k * 53 + i * 31) % 170)}" cy="${150 + ((k * 97 + i * 41) % 300)}" r="${9 + ((k * 5) % 9)}"
        fill="${warm ? "#ffb35c" : "#7fa8ff"}" opacity="${0.35 + (k % 4) * 0.12}"/>`;
    });
    return `<rect x="${x}" y="120" width="215" height="380" fill="#0b1630"/>${lights.join("")}`;
  });
  const books = Array.from({ length: 36 }, (_, k) => {
    const row = Math.floor(k / 12);
    const hue = ["#5c3a34", "#33465c", "#6b6046", "#2f4f45", "#53374f"][(k * 3 + row) % 5]!;
    const tall = 92 + ((k * 13) % 30);
    return `<rect x="${1010 + (k % 12) * 38}" y="${250 + row * 150 - tall}" width="${24 + (k % 3) * 5}" height="${tall}" fill="${hue}"/>`;
  });
  const shelves = [0, 1, 2].map(
    (row) => `<rect x="990" y="${250 + row * 150}" width="490" height="12" fill="#3c2d24"/>`,
  );
  return `<g filter="url(#far)">${panes.join("")}${books.join("")}${shelves.join("")}</g>
    <g filter="url(#near)"><rect x="0" y="700" width="1600" height="200" fill="#2c211b"/>
      <rect x="120" y="520" width="300" height="180" rx="8" fill="#0d1016"/><rect x="134" y="534" width="272" height="152" fill="#5f93b8"/>
      <rect x="820" y="560" width="16" height="150" fill="#6d6f76"/><path d="M770 560 L890 560 L860 490 L800 490 Z" fill="#e8c28a"/></g>
    <circle cx="830" cy="580" r="330" fill="url(#lamp)" opacity=".55"/>`;
}
