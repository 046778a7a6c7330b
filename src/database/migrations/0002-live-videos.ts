/** Of requests whose videos can be played while they are made, the container: their bodies may be forgotten before. */
export const LIVE_VIDEOS = `
alter table requests add column live_format text check (live_format in ('mp4', 'webm'));
`;
