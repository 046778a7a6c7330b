/** The look of the page: one column of text beside its chapters, light or dark as the reader has it. */
export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --paper: #fdfbf8; --raised: #ffffff; --sunken: #f5f1ea; --line: #e4ddd2;
  --ink: #211d19; --soft: #645b51; --accent: #a83f1b; --accent-wash: #fbeae2;
  --comment: #776c61; --text: #2c6a3f; --word: #8a2f6b; --number: #2a5a9a;
  --get: #22623a; --post: #8a4a06; --put: #3b4fa3; --delete: #a02828;
  --mono: ui-monospace, "SF Mono", "Cascadia Code", "JetBrains Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", Arial, sans-serif;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #171412; --raised: #1f1b18; --sunken: #221e1a; --line: #38312b;
    --ink: #ece6de; --soft: #a99e92; --accent: #ff9d73; --accent-wash: #3a241a;
    --comment: #94887b; --text: #98cfa4; --word: #e8a0cf; --number: #9cc0f2;
    --get: #86d3a0; --post: #f0b56d; --put: #a9b8ff; --delete: #ff9b9b;
  }
}
*, *::before, *::after { box-sizing: border-box; }
html { scroll-behavior: smooth; scroll-padding-top: 1.5rem; -webkit-text-size-adjust: 100%; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.6 var(--sans); }
a { color: var(--accent); text-underline-offset: .2em; text-decoration-thickness: 1px; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
.skip { position: absolute; left: -100vw; }
.skip:focus { left: 1rem; top: 1rem; z-index: 1; background: var(--raised); padding: .5rem 1rem; }
.page { display: grid; grid-template-columns: 14rem minmax(0, 50rem); gap: 4rem; justify-content: center; padding: 0 2rem; }
nav { position: sticky; top: 0; align-self: start; padding: 3rem 0; max-height: 100vh; overflow-y: auto; }
.brand { display: flex; align-items: center; gap: .6rem; font-weight: 650; font-size: 1.15rem; color: var(--ink); text-decoration: none; letter-spacing: -.01em; }
.brand svg { color: var(--accent); }
nav ul { list-style: none; margin: 1.75rem 0 0; padding: 0; border-left: 1px solid var(--line); }
nav li a { display: block; padding: .28rem 0 .28rem 1rem; margin-left: -1px; border-left: 1px solid transparent; color: var(--soft); text-decoration: none; font-size: .94rem; }
nav li a:hover { color: var(--accent); border-color: var(--accent); }
main { padding: 3rem 0 6rem; min-width: 0; }
.kind { margin: 0 0 .75rem; color: var(--accent); font-size: .8rem; font-weight: 600; letter-spacing: .09em; text-transform: uppercase; }
h1 { margin: 0; font-size: clamp(1.9rem, 5.2vw, 3.1rem); line-height: 1.08; letter-spacing: -.028em; font-weight: 700; text-wrap: balance; }
.lead { margin: 1.25rem 0 2rem; font-size: 1.13rem; color: var(--soft); text-wrap: pretty; }
.facts { margin: 0; display: grid; border: 1px solid var(--line); border-radius: 12px; background: var(--raised); overflow: hidden; }
.facts div { display: grid; grid-template-columns: 10rem minmax(0, 1fr); gap: 1rem; padding: .7rem 1.1rem; }
.facts div + div { border-top: 1px solid var(--line); }
.facts dt { color: var(--soft); font-size: .9rem; }
.facts dd { margin: 0; overflow-wrap: anywhere; }
section { margin-top: 4.5rem; }
h2 { margin: 0 0 1rem; padding-bottom: .6rem; border-bottom: 1px solid var(--line); font-size: 1.65rem; letter-spacing: -.018em; line-height: 1.2; }
h2 a { color: inherit; text-decoration: none; }
h2 a:hover { color: var(--accent); }
h3 { margin: 2.5rem 0 .6rem; font-size: 1.12rem; letter-spacing: -.006em; }
p { margin: 0 0 1rem; max-width: 44rem; text-wrap: pretty; }
code { font-family: var(--mono); font-size: .875em; }
p code, li code, td code, th code, dd code { background: var(--sunken); border-radius: 4px; padding: .12em .34em; overflow-wrap: anywhere; }
.code { margin: 1.25rem 0; border: 1px solid var(--line); border-radius: 12px; background: var(--sunken); overflow: hidden; }
.code figcaption { padding: .5rem 1.1rem; border-bottom: 1px solid var(--line); color: var(--soft); font-size: .82rem; }
.code pre { margin: 0; padding: 1rem 1.1rem; overflow-x: auto; font-size: .875rem; line-height: 1.6; tab-size: 2; }
.code pre:focus-visible { outline-offset: -2px; }
.code code { font-size: inherit; }
.comment { color: var(--comment); font-style: italic; }
.text { color: var(--text); } .word { color: var(--word); } .number { color: var(--number); }
.tabs { margin: 1.5rem 0; padding: 0; border: 0; min-width: 0; }
.tabs legend, .tabs input { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.tabs label { display: inline-block; padding: .38rem .95rem; margin: 0 .35rem .35rem 0; border: 1px solid var(--line); border-radius: 99px; color: var(--soft); font-size: .92rem; cursor: pointer; }
.tabs label:hover { color: var(--accent); border-color: var(--accent); }
.tabs input:checked + label { background: var(--accent-wash); border-color: var(--accent); color: var(--accent); font-weight: 600; }
.tabs input:focus-visible + label { outline: 2px solid var(--accent); outline-offset: 2px; }
.panel { display: none; }
.panel-title { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
#tab-curl:checked ~ #panel-curl, #tab-javascript:checked ~ #panel-javascript,
#tab-python:checked ~ #panel-python, #tab-unchanged:checked ~ #panel-unchanged { display: block; }
.fields { margin: 1.5rem 0; }
.field { padding: 1.15rem 0; border-top: 1px solid var(--line); }
.field:last-child { border-bottom: 1px solid var(--line); }
.field dt { display: flex; flex-wrap: wrap; align-items: baseline; gap: .3rem .7rem; }
.field dd { margin: .35rem 0 0; }
.field p { margin: 0 0 .35rem; }
.field .name { padding: 0; background: none; font-size: 1rem; font-weight: 650; }
.type { color: var(--soft); font: .85rem var(--mono); }
.mark { padding: .05rem .55rem; border: 1px solid var(--line); border-radius: 99px; color: var(--soft); font-size: .76rem; }
.mark.required { border-color: var(--accent); color: var(--accent); }
.mark.extra { border-style: dashed; }
.fact { color: var(--soft); font-size: .94rem; line-height: 1.85; }
.label { display: inline-block; min-width: 4.6rem; font-size: .82rem; }
.nested { margin: .75rem 0 0; padding-left: 1.25rem; border-left: 2px solid var(--line); }
.nested .field:last-child { border-bottom: 0; padding-bottom: 0; }
.nested .field:first-child { border-top: 0; padding-top: 0; }
details { margin: .5rem 0; }
summary { width: fit-content; color: var(--accent); cursor: pointer; font-size: .92rem; }
.names { display: flex; flex-wrap: wrap; gap: .4rem; margin: .75rem 0 0; padding: 0; list-style: none; line-height: 1.5; }
.names code { white-space: pre-wrap; }
.table { margin: 1.25rem 0; overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: .92rem; line-height: 1.5; }
caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
thead th { padding: .5rem .9rem .5rem 0; border-bottom: 1px solid var(--line); color: var(--soft); font-size: .8rem; font-weight: 500; text-align: left; white-space: nowrap; }
tbody th, tbody td { padding: .6rem .9rem .6rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; font-weight: 400; }
tbody tr:target, .field:target, tr:has(:target) { background: var(--accent-wash); }
tr > :last-child { padding-right: 0; }
td code { overflow-wrap: normal; }
.none { color: var(--soft); }
tbody th code { white-space: nowrap; }
.calls { margin: 1.5rem 0; }
.calls div { padding: .75rem 0; border-top: 1px solid var(--line); }
.calls div:last-child { border-bottom: 1px solid var(--line); }
.calls dd { margin: .3rem 0 0; color: var(--soft); font-size: .95rem; max-width: 44rem; }
.calls dd .answer { color: var(--ink); }
.call { display: flex; gap: .75rem; align-items: baseline; }
.call code { overflow-wrap: anywhere; font-size: .92rem; }
.call .method { flex: 0 0 3.2rem; }
.method { font: 600 .75rem var(--mono); letter-spacing: .02em; }
.get { color: var(--get); } .post { color: var(--post); } .put { color: var(--put); } .delete { color: var(--delete); }
footer { margin-top: 5rem; padding-top: 1.25rem; border-top: 1px solid var(--line); color: var(--soft); font-size: .9rem; }
@media (max-width: 60rem) {
  .page { display: block; max-width: 52rem; margin: 0 auto; padding: 0 1.25rem; }
  nav { position: static; padding: 1.25rem 0 0; max-height: none; }
  nav ul { display: flex; flex-wrap: wrap; gap: .1rem .9rem; margin-top: .9rem; border: 0; }
  nav li a { padding: .25rem 0; margin: 0; border: 0; }
  main { padding-top: 2rem; }
  section { margin-top: 3.5rem; }
}
@media (max-width: 40rem) {
  .facts div { grid-template-columns: minmax(0, 1fr); gap: 0; }
  .code { margin-inline: -1.25rem; border-radius: 0; border-inline: 0; }
  .code figcaption, .code pre { padding-inline: 1.25rem; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  tbody th code { white-space: normal; }
  .call { display: block; } .call .method { display: inline-block; min-width: 3.2rem; }
  table, tbody, tr, tbody th, tbody td { display: block; }
  tbody tr { padding: .8rem 0; border-bottom: 1px solid var(--line); }
  tbody th, tbody td { padding: .1rem 0; border: 0; }
  tbody td { position: relative; padding-left: 5.6rem; }
  tbody td::before { content: attr(data-head); position: absolute; left: 0; color: var(--soft); font-size: .8rem; line-height: 1.75; }
  tbody td:has(> .none) { display: none; }
}
@media print {
  nav, .skip { display: none; } .page { display: block; } .panel { display: block; } .code pre { white-space: pre-wrap; }
}
`;
