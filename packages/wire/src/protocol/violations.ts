/**
 * Every way in which a peer can break RFC 6455 or RFC 7692 in front of us, one row each.
 *
 * The key is the public `code` of the error, the row says which section was broken, what the peer gets for it (a close
 * code once the connection is open, an HTTP status before that) and a sentence for the log. A test walks this table and
 * wants, for each row, bytes that provoke it; the reference in docs/ is printed from it.
 *
 * Rule of this file: a violation that is not in this table can't be raised.
 */

/** Broken on an open connection: the peer gets a Close frame with `close` (RFC 6455 §7.1.7, "Fail the WebSocket Connection"). */
export const frameViolations = {
  'reserved-bit-set': { section: 'RFC 6455 §5.2', close: 1002, says: 'a reserved bit is set that no negotiated extension defines' },
  'reserved-opcode': { section: 'RFC 6455 §5.2', close: 1002, says: 'the opcode is reserved' },
  'length-not-minimal': { section: 'RFC 6455 §5.2', close: 1002, says: 'the payload length does not use the minimal number of bytes' },
  'length-too-large': { section: 'RFC 6455 §5.2', close: 1002, says: 'the 64-bit payload length is beyond 2^53 - 1' },
  'unmasked-frame-from-client': { section: 'RFC 6455 §5.1', close: 1002, says: 'a client must mask every frame' },
  'masked-frame-from-server': { section: 'RFC 6455 §5.1', close: 1002, says: 'a server must not mask any frame' },
  'fragmented-control-frame': { section: 'RFC 6455 §5.5', close: 1002, says: 'a control frame must not be fragmented' },
  'control-frame-too-long': { section: 'RFC 6455 §5.5', close: 1002, says: 'a control frame must carry at most 125 bytes' },
  'continuation-without-start': { section: 'RFC 6455 §5.4', close: 1002, says: 'a continuation frame came with no message to continue' },
  'message-inside-message': { section: 'RFC 6455 §5.4', close: 1002, says: 'a data frame came before the fragmented message ended' },
  'close-payload-of-one-byte': { section: 'RFC 6455 §5.5.1', close: 1002, says: 'a Close frame with a body must start with a 2-byte code' },
  'close-code-not-allowed': { section: 'RFC 6455 §7.4', close: 1002, says: 'the close code must not appear in a Close frame' },
  'close-reason-not-utf8': { section: 'RFC 6455 §5.5.1', close: 1007, says: 'the close reason is not valid UTF-8' },
  'text-not-utf8': { section: 'RFC 6455 §8.1', close: 1007, says: 'a text message is not valid UTF-8' },
  'compressed-continuation': { section: 'RFC 7692 §6.1', close: 1002, says: 'RSV1 is set on a frame other than the first of a message' },
  'compressed-control-frame': { section: 'RFC 7692 §6.1', close: 1002, says: 'RSV1 is set on a control frame' },
  'compressed-data-corrupt': { section: 'RFC 7692 §7.2.2', close: 1007, says: 'the compressed message is not valid DEFLATE data' },
  'compressed-data-restarted': { section: 'RFC 7692 §7.2.3.4', close: 1008, says: 'the compressed message ends and restarts its DEFLATE stream too often' },
  'frame-too-large': { section: 'RFC 6455 §10.4', close: 1009, says: 'the frame is larger than the limit' },
  'message-too-large': { section: 'RFC 6455 §10.4', close: 1009, says: 'the message is larger than the limit' },
  'too-many-fragments': { section: 'RFC 6455 §10.4', close: 1008, says: 'the message has more fragments than the limit' },
} as const;

/** Broken by a client before the connection is open: the peer gets an HTTP response with `status` (RFC 6455 §4.2.2). */
export const requestViolations = {
  'request-method-not-get': { section: 'RFC 6455 §4.2.1', status: 405, says: 'the method of an opening handshake must be GET' },
  'request-http-version': { section: 'RFC 6455 §4.2.1', status: 400, says: 'an opening handshake needs HTTP/1.1 or higher' },
  'request-target': { section: 'RFC 6455 §4.2.1', status: 400, says: 'the request target is not an absolute path or an http(s) URI' },
  'request-host': { section: 'RFC 6455 §4.2.1', status: 400, says: 'exactly one Host header field is required' },
  'request-upgrade': { section: 'RFC 6455 §4.2.1', status: 426, says: 'the Upgrade header field must contain "websocket"' },
  'request-connection': { section: 'RFC 6455 §4.2.1', status: 400, says: 'the Connection header field must contain "Upgrade"' },
  'request-key': { section: 'RFC 6455 §4.2.1', status: 400, says: 'exactly one Sec-WebSocket-Key with 16 base64-encoded bytes is required' },
  'request-version-missing': { section: 'RFC 6455 §4.2.1', status: 400, says: 'exactly one Sec-WebSocket-Version header field is required' },
  'request-version': { section: 'RFC 6455 §4.4', status: 426, says: 'only version 13 of the protocol is spoken here' },
  'request-origin': { section: 'RFC 6454 §7.3', status: 400, says: 'at most one Origin header field is allowed' },
  'request-subprotocols': { section: 'RFC 6455 §11.3.4', status: 400, says: 'Sec-WebSocket-Protocol must be a list of unique tokens' },
  'request-extensions': { section: 'RFC 6455 §9.1', status: 400, says: 'Sec-WebSocket-Extensions does not follow its grammar' },
  'request-body': { section: 'RFC 6455 §4.2.1', status: 400, says: 'an opening handshake has no body' },
  'request-too-many-headers': { section: 'RFC 6455 §10.4', status: 431, says: 'the request has more header fields than the limit' },
  'request-too-large': { section: 'RFC 6455 §10.4', status: 431, says: 'the request head is larger than the limit' },
} as const;

/** Broken by a server before the connection is open: the client drops the connection and says why (RFC 6455 §4.1). */
export const responseViolations = {
  'response-status': { section: 'RFC 6455 §4.1', says: 'the server answered with a status other than 101' },
  'response-upgrade': { section: 'RFC 6455 §4.1', says: 'the Upgrade header field of the response is not "websocket"' },
  'response-connection': { section: 'RFC 6455 §4.1', says: 'the Connection header field of the response does not contain "Upgrade"' },
  'response-accept': { section: 'RFC 6455 §4.1', says: 'Sec-WebSocket-Accept does not answer the key that was sent' },
  'response-extension-not-offered': { section: 'RFC 6455 §4.1', says: 'the server chose an extension that was not offered' },
  'response-extensions': { section: 'RFC 6455 §9.1', says: 'Sec-WebSocket-Extensions of the response does not follow its grammar' },
  'response-deflate-parameters': { section: 'RFC 7692 §7.1', says: 'the parameters that the server chose for permessage-deflate are not acceptable' },
  'response-deflate-repeated': { section: 'RFC 7692 §6', says: 'the server accepted permessage-deflate more than once' },
  'response-subprotocol-not-offered': { section: 'RFC 6455 §4.1', says: 'the server chose a subprotocol that was not offered' },
  'response-subprotocol-repeated': { section: 'RFC 6455 §11.3.4', says: 'the server sent more than one subprotocol' },
  'response-too-large': { section: 'RFC 6455 §10.4', says: 'the response head is larger than the limit' },
  'response-too-many-headers': { section: 'RFC 6455 §10.4', says: 'the response has more header fields than the limit' },
} as const;

export type FrameViolation = keyof typeof frameViolations;
export type RequestViolation = keyof typeof requestViolations;
export type ResponseViolation = keyof typeof responseViolations;
export type Violation = FrameViolation | RequestViolation | ResponseViolation;
