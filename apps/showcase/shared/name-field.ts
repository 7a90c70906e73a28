/** "You are …": shows who this window is, and takes another name. Escape puts the old one back. */
import { element, fill } from './element.ts';
import { type Identity, IdentityError, identity as thisWindow } from './identity.ts';
import { notice } from './notices.ts';
import { maxNameLength } from './person-name.ts';

export interface NameFieldOptions {
  /** @default 'You are' */
  readonly label?: string;
  /** @default this window's */
  readonly identity?: Identity;
}

/** Makes the field and asks the server who we are. Append it where it belongs. */
export function nameField(options: NameFieldOptions = {}): HTMLElement {
  const { label = 'You are', identity = thisWindow } = options;
  const field = element('input', {
    type: 'text',
    id: 'your-name',
    maxlength: maxNameLength,
    autocomplete: 'off',
    spellcheck: 'false',
    enterkeyhint: 'done',
    list: 'known-names',
    disabled: true,
  });
  const names = element('datalist', { id: 'known-names' });
  const root = element('p', { class: 'who' }, element('label', { for: field.id }, label), field, names);
  const show = (): void => {
    field.value = identity.user?.name ?? '';
    field.disabled = false;
    fill(names, ...identity.known.map(({ name }) => element('option', { value: name })));
  };
  const choose = async (): Promise<void> => {
    if (field.value.trim() === '' || field.value === identity.user?.name) return show();
    const wanted = field.value;
    field.setAttribute('aria-busy', 'true');
    try {
      const { name } = await identity.actAs(wanted);
      if (name !== wanted.trim()) notice(`You are now ${name}`);
    } catch (error) {
      notice(error instanceof IdentityError ? error.message : String(error), { kind: 'bad' });
    } finally {
      field.removeAttribute('aria-busy');
    }
    show();
  };
  field.addEventListener('change', () => void choose());
  field.addEventListener('keydown', ({ key }) => {
    if (key === 'Enter') field.blur();
    if (key === 'Escape') show();
  });
  identity.watch(show);
  identity.signIn().then(show, (error: unknown) => {
    notice(`No name could be had: ${error instanceof Error ? error.message : error}`, { kind: 'bad' });
  });
  return root;
}
