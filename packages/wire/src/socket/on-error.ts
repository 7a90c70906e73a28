/** The one outlet for errors that happen behind the caller's back. */

/** Is told what went wrong and at which `stage`: `'handler'`, `'upgrade'`, `'request'`, `'receive'`. */
export type OnError = (error: unknown, context: { readonly stage: string; readonly socket?: unknown }) => void;

/** Where errors go when nobody says where: to stderr, since lost they would be worse. */
const toStderr: OnError = (error, { stage }) => {
  console.error(`tidewire: ${stage}:`, error);
};

/** The user's outlet, or stderr. What the outlet itself throws goes to stderr too: there is nobody left to tell. */
export function reporter(onError: OnError | undefined): OnError {
  if (onError === undefined) return toStderr;
  if (reporters.has(onError)) return onError;
  const report: OnError = (error, context) => {
    try {
      onError(error, context);
    } catch (failure) {
      toStderr(error, context);
      toStderr(failure, { stage: 'onError' });
    }
  };
  reporters.add(report);
  return report;
}

/** A server's sockets share its reporter. */
const reporters = new WeakSet<OnError>([toStderr]);
