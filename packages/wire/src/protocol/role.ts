/** The two ends of a connection. RFC 6455 §5.1: what a client sends is masked, what a server sends is not. */
export type Role = 'client' | 'server';
