/** How the page reads and writes lines of the chat, and what a name is. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readLine, writeLine } from '../chat-room/chat-line.ts';
import { cleanName, guestName, maxNameLength, numberedName } from '../shared/person-name.ts';

describe('a line of the chat', () => {
  it('reads back what was written', () => {
    assert.deepEqual(readLine(writeLine('Ann', 'see: this')), { name: 'Ann', words: 'see: this' });
  });

  it('is words alone when it names nobody', () => {
    for (const line of [
      'hello',
      '',
      ': hello',
      'https://example.com',
      ' Ann: hi',
      `${'x'.repeat(maxNameLength + 1)}: hi`,
    ]) {
      assert.deepEqual(readLine(line), { words: line });
    }
  });

  it('does not take for a name what could not be chosen as one', () => {
    assert.deepEqual(readLine('\u202Enna: hi'), { words: '\u202Enna: hi' });
    assert.deepEqual(readLine('two\nlines: hi'), { words: 'two\nlines: hi' });
  });
});

describe('a name', () => {
  it('loses colons, controls and outer space', () => {
    assert.equal(cleanName('  Ann:\n\tof\u202E  here '), 'Ann of here');
    assert.equal(cleanName(' :\u0000: '), '');
  });

  it('is cut between characters', () => {
    assert.equal(cleanName('x'.repeat(40)), 'x'.repeat(maxNameLength));
    const cut = cleanName(`${'x'.repeat(maxNameLength - 1)}🌊`);
    assert.equal(cut, 'x'.repeat(maxNameLength - 1));
    assert.deepEqual(readLine(writeLine(cut, 'hi')), { name: cut, words: 'hi' });
  });

  it('gets a number behind it that fits', () => {
    assert.equal(numberedName('Ann', 2), 'Ann 2');
    assert.equal(numberedName('x'.repeat(maxNameLength), 12), `${'x'.repeat(maxNameLength - 3)} 12`);
    const name = numberedName(`${'x'.repeat(maxNameLength - 3)}🌊🌊`, 2);
    assert.equal(name, `${'x'.repeat(maxNameLength - 3)} 2`);
    assert.equal(cleanName(name), name);
  });

  it('of a guest is one that could have been chosen', () => {
    for (const random of [0, 0.5, 0.999]) {
      const name = guestName(() => random);
      assert.equal(cleanName(name), name);
    }
    assert.notEqual(
      guestName(() => 0),
      guestName(() => 0.999),
    );
  });
});
