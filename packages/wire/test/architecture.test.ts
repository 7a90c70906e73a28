/** The house's rules, held by a test: arrows, sizes, names, first lines, and a table of violations without a dead row. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { checkArrows, importsIn, objectionTo, wayToNode } from '../../../scripts/check-arrows.ts';
import type { Package } from '../../../scripts/houses.ts';
import { frameViolations, requestViolations, responseViolations } from '../src/protocol/violations.ts';

const repository = fileURLToPath(new URL('../../../', import.meta.url));
const read = (file: string): string => readFileSync(join(repository, file), 'utf8');
const exclude = (path: string): boolean => /(?:^|\/)(?:node_modules|dist|results)$/.test(path);
const filesOf = (...patterns: string[]): string[] => globSync(patterns, { cwd: repository, exclude }).sort();

const sources = filesOf('packages/*/src/**/*.ts');
const everything = [...sources, ...filesOf('packages/*/test/**/*.ts', '{apps,bench,scripts}/**/*.{ts,cjs,js}')];

describe('arrows', () => {
  test('no import goes against an arrow', () => {
    assert.deepEqual(checkArrows(), []);
  });

  test('imports are found in every form in which they are written', () => {
    const source = `
import './side-effect.ts';
import one from './one.ts';
import { two, type Two } from "./two.ts";
import type {
  Three,
} from './three.ts';
import * as four from './four.ts';
export * from './five.ts';
export type { Six } from './six.ts';
const seven = await import('./seven.ts');
type Eight = import('./eight.ts').Eight;
const nine = import.meta.resolve('nine');
`;
    const names = ['side-effect', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight'];
    assert.deepEqual(importsIn(source), [...names.map((name) => `./${name}.ts`), 'nine']);
  });

  test('what only looks like an import is none', () => {
    const source = `
/** import { serve } from 'tidewire'; */
/*
import one from './one.ts';
*/
// import two from './two.ts';
export const three = Buffer.from('three');
export function four(from = 'four') { return from; }
const important = 'five';
`;
    assert.deepEqual(importsIn(source), []);
  });

  const packages: Package[] = [
    {
      name: 'tidewire',
      src: 'packages/wire/src',
      dependencies: [],
      exports: new Map([
        ['tidewire', 'packages/wire/src/index.ts'],
        ['tidewire/protocol', 'packages/wire/src/protocol/index.ts'],
      ]),
    },
    { name: '@tidewire/hub', src: 'packages/hub/src', dependencies: ['tidewire', 'jose'], exports: new Map() },
  ];
  const objection = (file: string, specifier: string): string | undefined => objectionTo(file, specifier, packages);

  test('each arrow is held in the direction that it forbids', () => {
    const src = 'packages/wire/src';
    const hub = 'packages/hub/src';
    assert.equal(objection(`${src}/protocol/a.ts`, 'node:buffer'), 'protocol has no node:*');
    assert.equal(objection(`${src}/protocol/a.ts`, '../socket/b.ts'), 'protocol must not know socket');
    assert.equal(objection(`${src}/socket/a.ts`, '../server/b.ts'), 'socket must not know server');
    assert.equal(objection(`${src}/server/a.ts`, '../client/b.ts'), 'server must not know client');
    assert.equal(objection(`${src}/client/a.ts`, '../server/b.ts'), 'client must not know server');
    assert.equal(objection(`${src}/client/a.ts`, '../index.ts'), 'client must not know index.ts');
    assert.equal(objection(`${src}/socket/a.ts`, 'ws'), 'tidewire does not depend on ws');
    assert.equal(objection(`${src}/cellar/a.ts`, './b.ts'), 'cellar is not a room of the house');
    assert.equal(objection(`${hub}/hub/a.ts`, '../wamp/b.ts'), 'hub must not know wamp');
    assert.equal(objection(`${hub}/engine/a.ts`, '../hub/b.ts'), 'engine must not know hub');
    assert.equal(objection(`${hub}/wamp/a.ts`, '../soap/b.ts'), 'wamp must not know soap');
    assert.equal(objection(`${hub}/client/a.ts`, '../hub/b.ts'), 'client must not know hub');
    assert.equal(objection(`${hub}/hub/a.ts`, 'tidewire/src/socket/fifo.ts'), 'not a public export');
    assert.equal(objection(`${hub}/hub/a.ts`, 'saxes'), '@tidewire/hub does not depend on saxes');
    assert.equal(objection('apps/showcase/a.ts', '../../packages/wire/src/index.ts'), 'outside of apps/showcase');
    assert.equal(objection('apps/showcase/a.ts', 'tidewire/src/index.ts'), 'not a public export');
    assert.equal(objection('bench/a/b.ts', '../../packages/wire/src/index.ts'), 'outside of bench');
  });

  test('what follows the arrows is let through', () => {
    const src = 'packages/wire/src';
    const hub = 'packages/hub/src';
    const allowed: [file: string, specifier: string][] = [
      [`${src}/protocol/a.ts`, './b.ts'],
      [`${src}/socket/a.ts`, '../protocol/b.ts'],
      [`${src}/socket/a.ts`, 'node:zlib'],
      [`${src}/server/a.ts`, '../socket/b.ts'],
      [`${src}/client/a.ts`, '../protocol/b.ts'],
      [`${src}/index.ts`, './server/b.ts'],
      [`${hub}/hub/a.ts`, '../engine/b.ts'],
      [`${hub}/hub/a.ts`, 'tidewire'],
      [`${hub}/hub/a.ts`, 'jose'],
      [`${hub}/soap/a.ts`, '../hub/b.ts'],
      [`${hub}/client/a.ts`, '../wamp/b.ts'],
      [`${hub}/index.ts`, './create-hub.ts'],
      ['apps/showcase/a.ts', 'tidewire'],
      ['apps/showcase/a.ts', 'tidewire/protocol'],
      ['apps/showcase/public/a.ts', '../b.ts'],
      ['bench/a/b.ts', '../c.ts'],
      ['bench/a.ts', 'ws'],
    ];
    for (const [file, specifier] of allowed) assert.equal(objection(file, specifier), undefined);
  });

  test('a way from an entry to Node is found through other files, and not through types', () => {
    const files: Record<string, string> = {
      'src/a.ts': "import { b } from './b.ts';\n",
      'src/b.ts': "import { c } from './deep/c.ts';\nimport './a.ts';\n",
      'src/deep/c.ts': "import net from 'node:net';\n",
      'src/d.ts': "import type { C } from './deep/c.ts';\nexport type { B } from './b.ts';\n",
    };
    const readFrom = (file: string): string => files[file] as string;
    assert.deepEqual(wayToNode('src/a.ts', readFrom), ['src/a.ts', 'src/b.ts', 'src/deep/c.ts', 'node:net']);
    assert.equal(wayToNode('src/d.ts', readFrom), undefined);
    const packed = (file: string): string => (file === 'src/e.ts' ? "import 'a/package';\n" : readFrom(file));
    const way = wayToNode('src/e.ts', packed, new Map([['a/package', 'src/b.ts']]));
    assert.deepEqual(way, ['src/e.ts', 'src/b.ts', 'src/deep/c.ts', 'node:net']);
  });
});

describe('files', () => {
  test('none is longer than 500 lines', () => {
    const long = everything.filter((file) => read(file).split('\n').length > 501);
    assert.deepEqual(long, []);
  });

  test('scripts stay under 100 lines', () => {
    const long = filesOf('scripts/*').filter((file) => read(file).split('\n').length > 100);
    assert.deepEqual(long, []);
  });

  test('each source file opens with a comment that says what it holds', () => {
    assert.deepEqual(
      sources.filter((file) => !read(file).startsWith('/**')),
      [],
    );
  });

  test('each is named by the noun that it exports, in kebab-case', () => {
    const vague = /^(?:utils?|helpers?|common|types?|misc|lib)\.ts$/;
    const wrong = sources.filter(
      (file) => vague.test(basename(file)) || !/^[a-z0-9]+(?:-[a-z0-9]+)*\.ts$/.test(basename(file)),
    );
    assert.deepEqual(wrong, []);
  });

  test('none puts off what should be done', () => {
    const putOff = new RegExp(`\\b(?:${['TO', 'DO'].join('')}|${['FIX', 'ME'].join('')}|${['X', 'XX'].join('')})\\b`);
    assert.deepEqual(
      everything.filter((file) => putOff.test(read(file))),
      [],
    );
  });
});

describe('the table of violations', () => {
  const users = sources.filter((file) => !file.endsWith('/violations.ts')).map(read);

  for (const code of Object.keys({ ...frameViolations, ...requestViolations, ...responseViolations })) {
    test(`${code} is raised somewhere`, () => {
      assert.ok(users.some((source) => source.includes(`'${code}'`)));
    });
  }
});
