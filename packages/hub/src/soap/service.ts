/**
 * A service: a contract with the functions that carry it out. It knows nothing of sockets; a session per socket does.
 *
 * Rule of this file: what a handler throws as a SoapFault is for the peer, everything else is for us and the peer learns
 * only that it failed.
 */
import type { InputOf, OperationName, OutputOf, SoapContract, SoapContractDefinition } from './contract.ts';
import { SoapFault } from './fault.ts';

/** Who asks. */
export interface SoapContext<User = unknown> {
  /** As the session's creator has it. */
  readonly user: User;
  /** Aborted when the socket closes before the handler is done. */
  readonly signal: AbortSignal;
}

/** One function per operation. It returns the output, or returns or throws a SoapFault. */
export type SoapHandlers<D extends SoapContractDefinition, User = unknown> = {
  readonly [N in OperationName<D>]: (
    input: InputOf<D, N>,
    context: SoapContext<User>,
  ) => OutputOf<D, N> | SoapFault | Promise<OutputOf<D, N> | SoapFault>;
};

export interface SoapService<User = unknown> {
  readonly contract: SoapContract<any>;
  /** Carries an operation out. Never rejects with anything but what its handler threw. */
  run(operation: string, input: unknown, context: SoapContext<User>): Promise<unknown>;
}

/**
 * Joins a contract with its handlers. Who the users are can't be inferred: `soapService<typeof definition, User>(…)`.
 * @throws TypeError when one is missing, or one is there that the contract does not have
 */
export function soapService<D extends SoapContractDefinition, User = unknown>(
  contract: SoapContract<D>,
  handlers: SoapHandlers<D, User>,
): SoapService<User> {
  const table = new Map<string, (input: any, context: SoapContext<User>) => unknown>(Object.entries(handlers));
  for (const name of contract.operations.keys()) {
    if (typeof table.get(name) !== 'function') throw new TypeError(`The operation ${name} has no handler`);
  }
  for (const name of table.keys()) {
    if (!contract.operations.has(name)) throw new TypeError(`The contract has no operation ${JSON.stringify(name)}`);
  }
  return {
    contract,
    async run(operation, input, context) {
      return table.get(operation)!(input, context);
    },
  };
}

/** What the peer learns of an error that is not its own. */
export function failedFault(): SoapFault {
  return new SoapFault({ code: 'Receiver', reason: 'The service failed' });
}
