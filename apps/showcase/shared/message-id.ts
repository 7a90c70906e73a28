/** An id for a message that nobody else makes: 96 random bits. `crypto.randomUUID` is only there for pages that came by TLS. */
export function messageId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
