/** Text for property tests. fast-check's own strings over all code points take a second to set up in every process. */
import fc from 'fast-check';

/** A character of each length in UTF-8, and each border of the surrogates. */
const anyCharacter: fc.Arbitrary<string> = fc
  .oneof(
    fc.nat(0x7f),
    fc.integer({ min: 0x80, max: 0x7ff }),
    fc.integer({ min: 0x800, max: 0xd7ff }),
    fc.integer({ min: 0xe000, max: 0xffff }),
    fc.integer({ min: 0x1_0000, max: 0x10_ffff }),
  )
  .map((codePoint) => String.fromCodePoint(codePoint));

/** Well-formed text; a third of it is nothing but ASCII. */
export function anyText(maxLength: number): fc.Arbitrary<string> {
  const ascii = fc.nat(0x7f).map((code) => String.fromCharCode(code));
  const join = (characters: readonly string[]) => characters.join('');
  return fc.oneof(
    { weight: 1, arbitrary: fc.array(ascii, { maxLength }).map(join) },
    { weight: 2, arbitrary: fc.array(anyCharacter, { maxLength }).map(join) },
  );
}
