/**
 * One measurement of memory: what a server has resident with few connections, and with many more. Where the plan has scripts,
 * each connection plays one turn first.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { residentBytes } from './accounting.ts';
import { type GeneratorProcess, type ServerProcess, startGenerator, startServer } from './processes.ts';
import type { Bench, MemoryWork, Sample } from './work.ts';

/** Milliseconds in which a server may finish what it does after a handshake or a message. */
const settling = 500;

export async function measureMemory({ few, more, lot }: MemoryWork, bench: Bench): Promise<Sample> {
  const server = await startServer(bench);
  const crowds: GeneratorProcess[] = [];
  const holding = async (count: number): Promise<Memory> => {
    while (crowds.length * lot < count) {
      crowds.push(await connect(bench, server, lot));
      await server.collect();
    }
    return settledMemory(server);
  };
  try {
    const before = await holding(few);
    const after = await holding(few + more);
    return {
      memory: (after.resident - before.resident) / more / 1024,
      heap: (after.heap - before.heap) / more / 1024,
    };
  } finally {
    for (const crowd of crowds) await crowd.stop();
    await server.stop();
  }
}

async function connect(
  { work, contender, generator }: Bench,
  { port }: ServerProcess,
  count: number,
): Promise<GeneratorProcess> {
  const plan = work.planFor(contender.rival, port);
  const clients = plan.clients.map((one) => ({ ...one, count }));
  const crowd = await startGenerator(generator, port, { ...plan, clients });
  if (clients.some(({ scripts }) => scripts.length > 0)) await crowd.run(0);
  return crowd;
}

/** In bytes. */
export interface Memory {
  readonly resident: number;
  readonly heap: number;
}

/** What a server that has nothing to do holds once its garbage is collected. */
export async function settledMemory(server: ServerProcess): Promise<Memory> {
  await delay(settling);
  const heap = await server.collect();
  await delay(settling);
  return { resident: residentBytes(server.pid), heap };
}
