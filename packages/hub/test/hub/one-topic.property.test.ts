import { memoryEngine } from '../../src/engine/memory.ts';
import { oneTopic } from '../suites/one-topic.ts';
import { PlainEngine } from '../support/plain-engine.ts';
import { startOfTime } from '../support/test-hub.ts';

oneTopic('memory', () => ({ engine: memoryEngine({ now: () => startOfTime }) }));
oneTopic(
  'plain',
  () => {
    const plain = new PlainEngine();
    return { engine: plain, plain };
  },
  { whims: true },
);
