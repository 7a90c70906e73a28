/**
 * What the person who starts the showcase may say, and how: `--port`, `--host`, `--help`, and PORT in the environment.
 * Whatever is wrong is said in one line, by a `CommandLineError`.
 */
import { parseArgs } from 'node:util';

/** Where to listen. */
export interface ListenOptions {
  /** 0 takes a free port. @default 8080 */
  readonly port: number;
  /** Name or address of one interface. @default all of them */
  readonly host: string | undefined;
}

/** The command line or the environment says something that can't be done. */
export class CommandLineError extends Error {
  override readonly name = 'CommandLineError';
}

export const usage = `Usage: npm start -- [--port N] [--host NAME]

  --port N     port to listen on, 0 for a free one (else PORT of the environment, else 8080)
  --host NAME  name or address of the interface to listen on (else all interfaces)
  --help       print this
`;

/** Reads the arguments after the script's name. @throws CommandLineError */
export function readCommandLine(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): ListenOptions | 'help' {
  const { port, host, help } = parse(args);
  if (help) return 'help';
  if (host === '') throw new CommandLineError('--host must not be empty');
  // An empty PORT is what a shell makes of an unset one.
  if (port === undefined && !environment['PORT']) return { port: 8080, host };
  return port === undefined
    ? { port: readPort(environment['PORT'] ?? '', 'PORT'), host }
    : { port: readPort(port, '--port'), host };
}

function parse(args: readonly string[]): { port?: string; host?: string; help?: boolean } {
  try {
    return parseArgs({
      args: [...args],
      options: { port: { type: 'string' }, host: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    }).values;
  } catch (error) {
    // Node appends advice in further sentences and lines.
    const [sentence] = (error as Error).message.split(/\.\s/, 1);
    throw new CommandLineError(`${sentence}; --help prints what there is`);
  }
}

function readPort(text: string, source: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port >= 0 && port <= 65_535) return port;
  throw new CommandLineError(`${source} must be a port from 0 to 65535, not ${JSON.stringify(text)}`);
}
