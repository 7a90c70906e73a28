/** Finds a part of the document that has to be there, and is of the kind that the caller takes it for. */
export function partOf<T extends Element>(root: ParentNode, selector: string, kind: new () => T): T {
  const found = root.querySelector(selector);
  if (!(found instanceof kind)) throw new Error(`The page has no ${selector}`);
  return found;
}
