/** The names that a package promises, values and types, read from the sources of its entries, and held by a snapshot. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const declaration = /^export (?:abstract )?(?:async )?(?:const|function\*?|class|interface|type) ([A-Za-z_$][\w$]*)/gm;
const list = /^export (type )?\{([^}]*)\}/gm;
const star = /^export (?:type )?\* from '([^']+)'/gm;

/** Every name that a source file exports, types marked as such. */
function exportedNames(file: URL): string[] {
  const source = readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
  const declared = Array.from(source.matchAll(declaration), ([text, name]) =>
    /^export (?:interface|type) /.test(text) ? `type ${name}` : (name as string),
  );
  const listed = Array.from(source.matchAll(list), ([, type, names]) =>
    (names as string)
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '')
      .map((name) => `${type ?? ''}${name.replace(/\S+ as /, '')}`),
  ).flat();
  const passedOn = Array.from(source.matchAll(star), ([, from]) => exportedNames(new URL(from as string, file))).flat();
  return [...new Set([...declared, ...listed, ...passedOn])].sort(byName);
}

const plain = (name: string): string => name.replace('type ', '');
const byName = (one: string, other: string): number => (plain(one) < plain(other) ? -1 : 1);

/** Tests that each entry, by its name, exports what the snapshot beside the test file says, and has each value when it runs. */
export function publicNamesSuite(entries: Readonly<Record<string, URL>>): void {
  for (const [entry, file] of Object.entries(entries)) {
    const names = exportedNames(file);

    test(`${entry} exports the names that it promises and no other`, (t) => {
      t.assert.snapshot(names, { serializers: [(value) => value.join('\n')] });
    });

    test(`${entry} has each of its values when it runs`, async () => {
      const values = names.filter((name) => !name.startsWith('type '));
      assert.deepEqual(Object.keys((await import(file.href)) as object).sort(byName), values);
    });
  }
}
