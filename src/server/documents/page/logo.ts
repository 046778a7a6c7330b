import { Html } from "./html.js";

/** Lips and two waves of sound. */
const DRAWING =
  '<path d="M5 17c3-5 6-6 8-4 2-2 5-1 8 4-3 5-5 6-8 6s-5-1-8-6z" fill="currentColor"/>' +
  '<path d="M24 11c2.4 3.6 2.4 8.4 0 12M27.5 8c4 5.600 4 12.400 0 18" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round"/>';

/** The sign of the program, in the colour of the text around it. */
export const LOGO = new Html(
  `<svg viewBox="0 0 34 34" width="30" height="30" aria-hidden="true" focusable="false">${DRAWING}</svg>`,
);

const ICON_SOURCE = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 34 34" color="#c2502a">${DRAWING}</svg>`;

/** The same as the icon of the page. */
export const ICON = `data:image/svg+xml,${encodeURIComponent(ICON_SOURCE)}`;
