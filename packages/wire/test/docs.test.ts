/**
 * The words of the project, held to the code: every block of code in them is a verbatim part of an example that runs (or of
 * what it prints), the reference is what the scripts print, links lead somewhere.
 *
 * A block says where it is from: `<!-- example: docs/examples/echo.ts -->` or `<!-- output: docs/examples/echo.ts -->` stands
 * in the line before it. Blocks of commands (`sh`) and drawings (no language) stand for themselves.
 */
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { hubErrorsPage } from '../../../scripts/print-hub-errors.ts';
import { hubOptionsPage } from '../../../scripts/print-hub-options.ts';
import { optionsPage } from '../../../scripts/print-options.ts';
import { violationsPage } from '../../../scripts/print-violations.ts';
import { defaultLimits } from '../src/protocol/limits.ts';
import { printedBy } from './support/example.ts';

const repository = fileURLToPath(new URL('../../../', import.meta.url));
const read = (file: string): string => readFileSync(join(repository, file), 'utf8');
const pages = ['*.md', 'packages/*/README.md', 'docs/**/*.md'].flatMap((glob) => globSync(glob, { cwd: repository }));
const examples = globSync('docs/examples/**/*.*', { cwd: repository });

interface Block {
  readonly language: string;
  readonly code: string;
  /** `example` or `output`, and the file; undefined when nothing says where the block is from. */
  readonly from: readonly [kind: string, file: string] | undefined;
}

function blocksIn(markdown: string): Block[] {
  const block = /^(?:<!-- (example|output): (\S+) -->\n+)?```(\w*)\n([\s\S]*?)^```$/gm;
  return Array.from(markdown.matchAll(block), ([, kind, file, language = '', code = '']) => ({
    language,
    code,
    from: kind === undefined || file === undefined ? undefined : [kind, file],
  }));
}

/** What GitHub makes of a heading. */
function anchor(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');
}

describe('code in the documents', () => {
  for (const page of pages) {
    const blocks = blocksIn(read(page)).filter(({ language }) => language !== '' && language !== 'sh');
    for (const [index, { code, from }] of blocks.entries()) {
      test(`block ${index + 1} of ${page} is a verbatim part of an example`, () => {
        assert.ok(from, `nothing says where this is from:\n${code}`);
        const [kind, file] = from;
        const whole = kind === 'output' ? `${printedBy(read(file)).join('\n')}\n` : read(file);
        assert.ok(whole.includes(code), `not in ${file}:\n${code}`);
      });
    }
  }

  test('every example is shown somewhere', () => {
    const shown = new Set(pages.flatMap((page) => blocksIn(read(page)).map(({ from }) => from?.[1])));
    const hidden = examples.filter((file) => !shown.has(file) && !file.endsWith('-runs.ts'));
    assert.deepEqual(hidden, []);
  });

  test('a marker belongs to the block that follows it, and to no other', () => {
    const markdown = '<!-- example: a.ts -->\n\n```ts\none\n```\n\n```\nbox\n```\n\n```ts\ntwo\n```\n';
    assert.deepEqual(
      blocksIn(markdown).map(({ language, from }) => [language, from?.[1]]),
      [
        ['ts', 'a.ts'],
        ['', undefined],
        ['ts', undefined],
      ],
    );
  });
});

const printedPages = {
  violations: violationsPage,
  options: optionsPage,
  'hub-options': hubOptionsPage,
  'hub-errors': hubErrorsPage,
};

/** Options of which a printed page says nothing but their types. */
function bareOptions(page: string): string[] {
  return page.split('\n').filter((line) => /^\| `\w+` \|.*\| {2}\| {2}\|$/.test(line));
}

describe('the reference', () => {
  for (const [page, printed] of Object.entries(printedPages)) {
    test(`of ${page} is what its script prints`, () => {
      const file = `docs/reference/${page}.md`;
      assert.ok(read(file) === printed, `${file} is stale: npx node scripts/print-${page}.ts > ${file}`);
    });
  }

  test('has every option with a sentence or a default', () => {
    assert.deepEqual(bareOptions(optionsPage), ['| `routes` | `RouteTable<Datas>` |  |  |', ...subprotocolsOfThePage]);
  });

  test('of the hub has every option with a sentence or a default', () => {
    assert.deepEqual(bareOptions(hubOptionsPage), []);
  });

  test('of limits has every limit with its default', () => {
    const page = read('docs/topics/limits.md');
    for (const [name, value] of Object.entries(defaultLimits)) {
      assert.ok(page.includes(`| \`${name}\` | ${sizeOf(name, value as number)} |`), `${name}: ${value}`);
    }
  });
});

/** The one option that a browser's client has in common with Node's, which says what it is. */
const subprotocolsOfThePage = ['| `subprotocols` | `Fresh<readonly string[]>` |  |  |'];

function sizeOf(name: string, value: number): string {
  return name.endsWith('Bytes') ? `${value / 2 ** 20} MiB` : value.toLocaleString('en');
}

describe('links', () => {
  for (const page of pages) {
    test(`of ${page} lead to files and headings that are there`, () => {
      const text = read(page).replace(/^```[\s\S]*?^```$/gm, '');
      const targets = Array.from(text.matchAll(/\]\(([^)\s]+)\)/g), (match) => match[1] as string);
      for (const target of targets.filter((target) => !/^https?:/.test(target))) {
        const [path = '', fragment] = target.split('#');
        const file = path === '' ? page : join(dirname(page), path);
        assert.ok(existsSync(join(repository, file)), target);
        if (fragment === undefined) continue;
        const headings = Array.from(read(file).matchAll(/^#+ (.*)$/gm), (match) => anchor(match[1] as string));
        assert.ok(headings.includes(fragment), `${target}: ${headings.join(' ')}`);
      }
    });
  }
});
