/**
 * The words of WAMP's `wamp.error.…` for which the hub has another code: one table for the router and the client. Where both
 * say the same (`timeout`), it differs at most in `_` and `-`, and nothing stands here.
 */
export const codesOfWords: Readonly<Record<string, string>> = {
  not_authorized: 'denied',
  invalid_argument: 'invalid',
  payload_size_exceeded: 'too-large',
  procedure_already_exists: 'procedure-exists',
};
