/**
 * Makes elements from values. What is not an element becomes text: there is no way from a string to markup here, so what
 * visitors write is shown as they wrote it.
 */

/** What can stand inside an element; nothing, for what is absent. */
export type Child = Node | string | number | null | undefined | false;

/** Attributes by name; `true` writes an empty one, `false` and nothing leave it out. */
export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** `element('li', { class: 'mine' }, 'hello')`. @throws TypeError on an attribute that could run something */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) write(made, attribute, value);
  made.append(...nodes(children));
  return made;
}

/** Puts other children into an element. */
export function fill(parent: Element, ...children: readonly Child[]): void {
  parent.replaceChildren(...nodes(children));
}

/** A button that does something. */
export function button(says: string, run: () => unknown, attributes: Attributes = {}): HTMLButtonElement {
  const made = element('button', { type: 'button', ...attributes }, says);
  made.addEventListener('click', () => run());
  return made;
}

/** Somebody's words, whose direction of writing must not leak into ours. */
export function words(text: string, attributes: Attributes = {}): HTMLElement {
  return element('bdi', attributes, text);
}

/** Changes text only where it differs, so that nothing is read out twice. */
export function say(into: Element, text: string): void {
  if (into.textContent !== text) into.textContent = text;
}

function write(made: Element, attribute: string, value: string | number | boolean | undefined): void {
  if (value === undefined || value === false) return;
  const text = value === true ? '' : String(value);
  const name = attribute.toLowerCase();
  const runs = name.startsWith('on') || name === 'srcdoc' || name === 'style';
  const leads = (name === 'href' || name === 'src') && !/^(?:[/#?]|https?:\/\/)/i.test(text);
  if (runs || leads) throw new TypeError(`${attribute}=${JSON.stringify(text)} is not for a page's own code to write`);
  made.setAttribute(attribute, text);
}

function nodes(children: readonly Child[]): (Node | string)[] {
  return children
    .filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (child instanceof Node ? child : String(child)));
}
