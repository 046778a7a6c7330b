/** What stands between `<!-- generated: name -->` and the next `<!-- end -->`. */
export function readBlock(document: string, name: string): string {
  return split(document, name)[1];
}

/** The document with another block. */
export function replaceBlock(document: string, name: string, content: string): string {
  const [before, , after] = split(document, name);
  return `${before}\n${content}\n${after}`;
}

function split(document: string, name: string): [string, string, string] {
  const start = `<!-- generated: ${name} -->`;
  const from = document.indexOf(start);
  const to = document.indexOf("<!-- end -->", from);
  if (from < 0 || to < 0) throw new Error(`There is no generated block "${name}" in the document.`);
  return [
    document.slice(0, from + start.length),
    document.slice(from + start.length, to).trim(),
    document.slice(to),
  ];
}
