/**
 * What the person who starts the showcase may say, and how: `--port`, `--host`, `--data`, `--help`, and PORT and
 * TIDEWIRE_DATA in the environment.
 * Whatever is wrong is said in one line, by a `CommandLineError`.
 */
import { parseArgs } from 'node:util';

/** Where to listen, and where to keep things. */
export interface StartOptions {
  /** 0 takes a free port. @default 8080 */
  readonly port: number;
  /** Name or address of one interface. @default all of them */
  readonly host: string | undefined;
  /** The folder for what outlives the process. @default data, in the folder where it was started */
  readonly data: string;
}

/** The command line or the environment says something that can't be done. */
export class CommandLineError extends Error {
  override readonly name = 'CommandLineError';
}

export const usage = `Usage: npm start -- [--port N] [--host NAME] [--data DIR]

  --port N     port to listen on, 0 for a free one (else PORT of the environment, else 8080)
  --host NAME  name or address of the interface to listen on (else all interfaces)
  --data DIR   folder for what outlives the process (else TIDEWIRE_DATA of the environment, else ./data)
  --help       print this
`;

/** Reads the arguments after the script's name. @throws CommandLineError */
export function readCommandLine(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): StartOptions | 'help' {
  const { port, host, data, help } = parse(args);
  if (help) return 'help';
  if (host === '') throw new CommandLineError('--host must not be empty');
  if (data === '') throw new CommandLineError('--data must not be empty');
  // An empty variable is what a shell makes of an unset one.
  const folder = data ?? (environment['TIDEWIRE_DATA'] || 'data');
  return { port: portOf(port, environment['PORT']), host, data: folder };
}

function portOf(argument: string | undefined, variable: string | undefined): number {
  if (argument !== undefined) return readPort(argument, '--port');
  return variable ? readPort(variable, 'PORT') : 8080;
}

function parse(args: readonly string[]): { port?: string; host?: string; data?: string; help?: boolean } {
  try {
    return parseArgs({
      args: [...args],
      options: {
        port: { type: 'string' },
        host: { type: 'string' },
        data: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
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
