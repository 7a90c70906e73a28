import assert from 'node:assert/strict';
import { it } from 'node:test';
import { pageJson } from '../../src/client/page-json.ts';
import { jsonSerializer } from '../../src/wamp/serializers/json.ts';

const whole = jsonSerializer();
const values: readonly (readonly [string, unknown])[] = [
  ['plain values', [1, -0.5, true, null, 'text', { a: [{}] }]],
  ['bytes anywhere', [Uint8Array.of(0, 1, 255), { deep: [Uint8Array.of()] }]],
  ['characters of every width', ['é€😀 \u0001']],
  ['a text that only looks like bytes', ['\0no base64!']],
];

for (const [what, list] of values) {
  it(`the JSON of pages reads and writes as the whole serializer does: ${what}`, () => {
    const written = pageJson.serialize(list as unknown[]) as string;
    assert.equal(written, whole.serialize(list as unknown[]));
    assert.deepEqual(pageJson.parse(written), whole.parse(written));
  });
}

it('the JSON of pages writes half of a surrogate pair as a character that peers take', () => {
  assert.deepEqual(whole.parse(pageJson.serialize(['\ud83d']) as string), ['\ufffd']);
});
