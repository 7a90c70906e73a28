/**
 * The names that tidewire promises, values and types: public-api.test.ts.snapshot beside this file lists them. A change of
 * the list is a change of the public interface and wants a line in the changelog. `npm run test:api` writes it anew.
 */
import { publicNamesSuite } from './support/public-names.ts';

publicNamesSuite({
  tidewire: new URL('../src/index.ts', import.meta.url),
  'tidewire/protocol': new URL('../src/protocol/index.ts', import.meta.url),
  'tidewire/browser': new URL('../src/client/browser.ts', import.meta.url),
});
