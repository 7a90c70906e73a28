/**
 * The thread that has the database: one batch in, its answers out. Started by StoreThread.
 *
 * After an error of the disk or of the file nothing more is tried: what a commit left behind is then unknown.
 */
import type { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { Epochs } from './epochs.ts';
import type { FromWorker, StoreInit, ToWorker } from './sqlite-protocol.ts';
import { openStoreFile, resultCodeOf, resultCodes } from './sqlite-schema.ts';
import { SqliteStore } from './sqlite-store.ts';

const port = parentPort!;
const init = workerData as StoreInit;
const fatalCodes: readonly (number | undefined)[] = [
  resultCodes.ioError,
  resultCodes.corrupt,
  resultCodes.notADatabase,
];

function tell(message: FromWorker): void {
  port.postMessage(message);
}

function serve(database: DatabaseSync): void {
  const store = new SqliteStore(database, new Epochs('', init.generation), init.maxTopics);
  tell({ type: 'opened', run: store.run, topics: store.topics });
  port.on('message', (message: ToWorker) => {
    if (message === 'close') {
      // In exclusive mode this puts the WAL back into the file and removes it.
      database.close();
      port.close();
      return;
    }
    try {
      tell({ type: 'answers', ...store.perform(message.operations) });
    } catch (error) {
      const fatal = fatalCodes.includes(resultCodeOf(error)) || database.isTransaction;
      tell({ type: 'failed', reason: reasonOf(error), fatal });
      if (fatal) port.close();
    }
  });
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

try {
  serve(openStoreFile(init));
} catch (error) {
  tell({ type: 'not-opened', reason: reasonOf(error) });
  port.close();
}
