/*
 * Messages with a number in them that rises by one with each, for each client: what plan-format.ts calls `Numbered`. They are
 * framed as they are sent, masked by keys that have no zero byte and differ from one to the next.
 */
#include "generator.h"
#include <stdio.h>
#include <string.h>

enum { longest = 65535, longest_header = 8, longest_number = 10 };

static uint8_t *put(uint8_t *to, const uint8_t *from, size_t length) {
  memcpy(to, from, length);
  return to + length;
}

/* One text frame (RFC 6455 §5.2), behind what is in `built` already. */
static void build(Held *built, const Numbered *message, uint32_t number) {
  char digits[longest_number + 1];
  const size_t count = (size_t)snprintf(digits, sizeof digits, "%u", number);
  const size_t length = message->before.length + count + message->after.length;
  if (length > longest) fail("a numbered message of %zu bytes", length);
  make_room(built, built->length + longest_header + length);
  const uint32_t key = number * 0x9e3779b1u | 0x01010101u;
  uint8_t *at = built->bytes + built->length;
  *at++ = 0x81;
  *at++ = 0x80 | (length < 126 ? (uint8_t)length : 126);
  if (length >= 126) {
    *at++ = (uint8_t)(length >> 8);
    *at++ = (uint8_t)length;
  }
  at = put(at, (const uint8_t *)&key, sizeof key);
  uint8_t *payload = at;
  at = put(at, message->before.bytes, message->before.length);
  at = put(at, (const uint8_t *)digits, count);
  at = put(at, message->after.bytes, message->after.length);
  for (size_t i = 0; i < length; i++) payload[i] ^= ((const uint8_t *)&key)[i & 3];
  built->length = (size_t)(at - built->bytes);
}

void send_numbered(Client *client, const Turn *turn) {
  static Held built;
  built.length = 0;
  for (uint32_t i = 0; i < turn->numbers; i++) build(&built, &turn->numbered[i], ++client->number);
  send_bytes(client, built.bytes, built.length);
}
