/** Whether a request's video can be played while it is made: asked for in its body, which may be forgotten before. */
export const PROGRESSIVE = `
alter table requests add column is_progressive boolean not null default false;
`;
