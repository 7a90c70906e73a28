import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { PatternIndex } from '../../src/hub/pattern-index.ts';
import { type Match, matches, moreSpecific } from '../../src/hub/uri-match.ts';

interface Pattern {
  readonly uri: string;
  readonly match: Match;
}

/** In the order in which they answer. */
function naively(patterns: readonly Pattern[], name: string): string[] {
  const of = (match: Match): string[] =>
    patterns.filter((each) => each.match === match && matches(match, each.uri, name)).map(({ uri }) => uri);
  return [...of('exact'), ...of('prefix').sort((a, b) => b.length - a.length), ...of('wildcard').sort(moreSpecific)];
}

const part = fc.constantFrom('a', 'b', 'ab', 'c');
const name = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('.'));
const wildcard = fc
  .array(fc.oneof(part, fc.constant('')), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join('.'));
const pattern: fc.Arbitrary<Pattern> = fc.oneof(
  fc.record({ uri: name, match: fc.constant('exact' as const) }),
  fc.record({
    uri: fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 5 }),
    match: fc.constant('prefix' as const),
  }),
  fc.record({ uri: wildcard, match: fc.constant('wildcard' as const) }),
);

describe('an index of patterns', () => {
  it('finds what looking at each of them would, in the same order, whatever comes and goes', () => {
    const steps = fc.array(fc.record({ pattern, stays: fc.boolean() }), { maxLength: 30 });
    const property = fc.property(steps, fc.array(name, { minLength: 1, maxLength: 5 }), (all, names) => {
      const index = new PatternIndex<string>();
      let there: Pattern[] = [];
      for (const {
        pattern: { uri, match },
        stays,
      } of all) {
        there = there.filter((each) => each.uri !== uri || each.match !== match);
        if (stays) there.push({ uri, match });
        if (stays) index.set(uri, match, uri);
        else index.delete(uri, match);
        assert.equal(index.get(uri, match), stays ? uri : undefined);
        assert.equal(index.size, there.length);
        for (const each of names) assert.deepEqual(index.matching(each), naively(there, each));
      }
    });
    fc.assert(property, { numRuns: 300 });
  });
});
