/**
 * The process around the showcase: command line in, a line for each thing done out, the last of which says where it listens,
 * and a clean stop.
 *
 * SIGINT and SIGTERM close every socket with 1001 and end with 0. npm passes a signal on that the process group has
 * already had, so each may come twice: the second one finds the stop under way and changes nothing.
 */
import { readCommandLine, usage } from './command-line.ts';
import { type Showcase, startShowcase } from './showcase.ts';

process.exitCode = await run();

async function run(): Promise<number> {
  const stop = nextStopSignal();
  try {
    const options = readCommandLine(process.argv.slice(2), process.env);
    if (options === 'help') {
      process.stdout.write(usage);
      return 0;
    }
    const showcase = await startShowcase({ ...options, progress: say });
    say(listening(showcase, options.host));
    await stop;
    await showcase.close();
    // What a page keeps open (an idle HTTP connection, a timer) is no reason to stay.
    process.exit(0);
  } catch (error) {
    process.stderr.write(`tidewire showcase: ${reason(error)}\n`);
    return 1;
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Resolves at the first SIGINT or SIGTERM; the listeners stay, so that a second one does not kill the process half way. */
function nextStopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve());
  });
}

function listening(showcase: Showcase, host: string | undefined): string {
  const where = `Tidewire showcase listens on ${showcase.url}`;
  return host === undefined ? `${where} (on all interfaces; --host 127.0.0.1 for this machine alone)` : where;
}

/** One line for the person at the terminal, without a stack. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, port, address } = error as NodeJS.ErrnoException & { port?: number; address?: string };
  if (code === 'EADDRINUSE') return `port ${port} is in use; choose another by --port or PORT`;
  if (code === 'EACCES' && port !== undefined)
    return `port ${port} needs more rights than this process has; choose another by --port or PORT`;
  if ((code === 'EACCES' || code === 'EROFS') && port === undefined)
    return `${error.message}; choose another folder by --data or TIDEWIRE_DATA`;
  if (code === 'EADDRNOTAVAIL') return `this machine has no address ${address} to listen on`;
  return error.message.split('\n', 1)[0] ?? 'it could not start';
}
