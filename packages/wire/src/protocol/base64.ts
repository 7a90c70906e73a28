/** Base64 of bytes that fit on a stack, RFC 4648 §4. */
export function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}
