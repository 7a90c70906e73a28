import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkTopicPattern, isTopicName, TopicPatterns, topicName } from '../../src/contract/topic-pattern.ts';

describe('a topic pattern', () => {
  const find = (patterns: readonly string[], name: string): unknown => {
    const all = new TopicPatterns<number>();
    for (const [i, pattern] of patterns.entries()) all.set(pattern, i);
    const found = all.match(name);
    return found && [found.pattern, found.params];
  };

  it('gives parameters by their names', () => {
    assert.deepEqual(find(['support.{ticket}.{part}'], 'support.42.typing'), [
      'support.{ticket}.{part}',
      { ticket: '42', part: 'typing' },
    ]);
  });

  it('stands for names of as many parts as it has', () => {
    assert.equal(find(['support.{ticket}'], 'support'), undefined);
    assert.equal(find(['support.{ticket}'], 'support.42.typing'), undefined);
    assert.equal(find(['support'], 'other'), undefined);
  });

  it('is found after the name itself, and what takes everything is found last', () => {
    const patterns = ['**', 'a.**', '{x}.b', 'a.{y}', 'a.b'];
    assert.equal((find(patterns, 'a.b') as string[])[0], 'a.b');
    assert.equal((find(patterns, 'c.b') as string[])[0], '{x}.b');
    assert.equal((find(patterns, 'a.c') as string[])[0], 'a.{y}');
    assert.equal((find(['a.**', '**'], 'a.c.d') as string[])[0], 'a.**');
    assert.equal((find(['a.**'], 'a') as string[] | undefined)?.[0], undefined);
  });

  it('has parameters that are nothing but values, whatever their names are', () => {
    const [, params] = find(['{__proto__}.{constructor}'], 'a.b') as [string, Record<string, string>];
    assert.deepEqual(Object.entries(params), [
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ]);
  });

  it('is refused when it stands for nothing', () => {
    for (const pattern of ['', 'a..b', 'a b', 'a.{', 'a.{1}', 'a.{b}c', '**.a', 'a.{b}.{b}', 'a#', '.a', 'a.'])
      assert.throws(() => checkTopicPattern(pattern), TypeError, pattern);
  });

  it('is refused when another one stands for the same names', () => {
    const all = new TopicPatterns<number>();
    all.set('a.{x}', 1);
    assert.throws(() => all.set('a.{y}', 2), TypeError);
    assert.throws(() => all.set('a.{x}', 2), TypeError);
    all.set('{x}.a', 3);
  });

  it('makes names of parameters, and refuses those that would be more than a part', () => {
    assert.equal(topicName('support.{ticket}', { ticket: 42 }), 'support.42');
    for (const ticket of ['', 'a.b', 'a b', '#', '{x}', undefined]) {
      assert.throws(() => topicName('support.{ticket}', { ticket }), TypeError);
    }
    assert.throws(() => topicName('support.{ticket}', {}), TypeError);
    assert.throws(() => topicName('support.{toString}', {}), TypeError);
    assert.throws(() => topicName('support.**', {}), TypeError);
  });
});

describe('the name of a topic', () => {
  it('is parts without blanks and number signs, joined by dots, and not too long', () => {
    for (const name of ['a', 'a.b', 'com.example.übung', 'a.-._']) assert.equal(isTopicName(name), true, name);
    for (const name of ['', '.', 'a.', '.a', 'a..b', 'a b', 'a\t', 'a#b', 'a'.repeat(513)])
      assert.equal(isTopicName(name), false, name);
  });

  it('is looked through in linear time', () => {
    assert.equal(isTopicName(`${'a.'.repeat(250)} `), false);
  });
});
