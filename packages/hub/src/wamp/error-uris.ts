/**
 * The URIs that WAMP predefines for ERROR, ABORT and GOODBYE: "Basic Profile URIs" and "Advanced Profile URIs".
 *
 * The key is the last part of the URI in camel case; where both profiles name one, it stands with the basic ones.
 */

/** `wamp.error.…`: for ERROR and ABORT. */
export const errorUris = {
  invalidUri: 'wamp.error.invalid_uri',
  noSuchProcedure: 'wamp.error.no_such_procedure',
  procedureAlreadyExists: 'wamp.error.procedure_already_exists',
  noSuchRegistration: 'wamp.error.no_such_registration',
  noSuchSubscription: 'wamp.error.no_such_subscription',
  invalidArgument: 'wamp.error.invalid_argument',
  canceled: 'wamp.error.canceled',
  payloadSizeExceeded: 'wamp.error.payload_size_exceeded',
  protocolViolation: 'wamp.error.protocol_violation',
  notAuthorized: 'wamp.error.not_authorized',
  authorizationFailed: 'wamp.error.authorization_failed',
  noSuchRealm: 'wamp.error.no_such_realm',
  noSuchRole: 'wamp.error.no_such_role',

  noMatchingAuthMethod: 'wamp.error.no_matching_auth_method',
  noSuchPrincipal: 'wamp.error.no_such_principal',
  authenticationDenied: 'wamp.error.authentication_denied',
  authenticationFailed: 'wamp.error.authentication_failed',
  authenticationRequired: 'wamp.error.authentication_required',
  authorizationDenied: 'wamp.error.authorization_denied',
  authorizationRequired: 'wamp.error.authorization_required',
  timeout: 'wamp.error.timeout',
  optionNotAllowed: 'wamp.error.option_not_allowed',
  discloseMeDisallowed: 'wamp.error.option_disallowed.disclose_me',
  networkFailure: 'wamp.error.network_failure',
  unavailable: 'wamp.error.unavailable',
  noAvailableCallee: 'wamp.error.no_available_callee',
  featureNotSupported: 'wamp.error.feature_not_supported',
  /** Answers the Session Meta API, "No session with the given ID exists on the router". */
  noSuchSession: 'wamp.error.no_such_session',
} as const;

/** `wamp.close.…`: why a session ends, for GOODBYE, and for ABORT when the peer shuts down. */
export const closeUris = {
  systemShutdown: 'wamp.close.system_shutdown',
  closeRealm: 'wamp.close.close_realm',
  goodbyeAndOut: 'wamp.close.goodbye_and_out',
  /** In common use by clients, and in the official test vectors; the lists of the text leave it out. */
  normal: 'wamp.close.normal',
  killed: 'wamp.close.killed',
} as const;
