/*
 * Messages against what the plan awaits. Every byte is compared, in the order of the turns: a message that is wrong, missing,
 * doubled, reordered or somebody else's ends the run with a line on standard error.
 */
#define _GNU_SOURCE
#include "generator.h"
#include <stdio.h>
#include <string.h>

enum { longest_wildcard = 200 };

int await_turn(Client *client) {
  client->next = 0;
  client->turn_over = 0;
  client->playing = client->script != NULL && client->group->listens && client->script->turns[client->turn].count > 0;
  return client->playing;
}

static const Turn *turn_of(const Client *client) {
  return &client->script->turns[client->turn];
}

static void arrived(Client *client) {
  messages++;
  if (++client->next < turn_of(client)->count) return;
  client->playing = 0;
  client->turn_over = 1;
}

/* How many bytes at `at` are the message; 0: they aren't; -1: that can't be told yet (only of a stream). */
static ssize_t matched(const Expected *expected, const uint8_t *at, size_t length) {
  size_t used = 0;
  for (uint32_t i = 0; i < expected->count; i++) {
    const Block *literal = &expected->literals[i];
    size_t left = length - used;
    if (i == 0) {
      size_t there = left < literal->length ? left : literal->length;
      if (memcmp(at, literal->bytes, there) != 0) return 0;
      if (there < literal->length) return -1;
      used += literal->length;
    } else if (literal->length == 0) {
      return left <= longest_wildcard ? (ssize_t)length : 0;
    } else {
      size_t reach = longest_wildcard + literal->length;
      const uint8_t *found = memmem(at + used, left < reach ? left : reach, literal->bytes, literal->length);
      if (found == NULL) return left < reach ? -1 : 0;
      used = (size_t)(found - at) + literal->length;
    }
  }
  return (ssize_t)used;
}

static _Noreturn void unexpected(const Client *client, uint8_t opcode, const uint8_t *payload, size_t length) {
  char shown[161];
  size_t count = length < 160 ? length : 160;
  for (size_t i = 0; i < count; i++) shown[i] = payload[i] >= 32 && payload[i] < 127 ? (char)payload[i] : '.';
  shown[count] = 0;
  if (!client->playing) fail("a message that nobody awaited, of %zu bytes, opcode %d: %s", length, opcode, shown);
  const Block *literal = &turn_of(client)->expect[client->next].literals[0];
  fail("message %u of turn %u is not what was awaited: %zu bytes, opcode %d: %s\n  instead of: %.*s", client->next, client->turn,
    length, opcode, shown, (int)(literal->length < 160 ? literal->length : 160), literal->bytes);
}

static void compare_stream(Client *client, uint8_t opcode) {
  Held *stream = &client->stream;
  size_t used = 0;
  while (used < stream->length) {
    const uint8_t *at = stream->bytes + used;
    size_t left = stream->length - used;
    ssize_t size = client->playing ? matched(&turn_of(client)->expect[client->next], at, left) : 0;
    if (size > 0) arrived(client);
    for (uint32_t i = 0; size == 0 && i < plan.asides; i++) {
      const Block *hears = &plan.aside[i].hears;
      size_t there = left < hears->length ? left : hears->length;
      if (memcmp(at, hears->bytes, there) != 0) continue;
      size = there < hears->length ? -1 : (ssize_t)there;
      if (size > 0) send_bytes(client, plan.aside[i].says.bytes, plan.aside[i].says.length);
    }
    if (size == 0) unexpected(client, opcode, at, left);
    if (size < 0) break;
    used += (size_t)size;
  }
  drop(stream, used);
}

void compare_message(Client *client, uint8_t opcode, const uint8_t *payload, size_t length) {
  if (plan.framing == of_a_stream) {
    hold(&client->stream, payload, length);
    return compare_stream(client, opcode);
  }
  if (client->playing) {
    const Expected *expected = &turn_of(client)->expect[client->next];
    if (expected->opcode == opcode && matched(expected, payload, length) == (ssize_t)length) return arrived(client);
  }
  for (uint32_t i = 0; i < plan.asides; i++) {
    const Block *hears = &plan.aside[i].hears;
    if (hears->length != length || memcmp(hears->bytes, payload, length) != 0) continue;
    return send_bytes(client, plan.aside[i].says.bytes, plan.aside[i].says.length);
  }
  unexpected(client, opcode, payload, length);
}

/* Without frames, a message is as long as its first literal. */
void compare_raw(Client *client, const uint8_t *at, size_t length) {
  bytes += length;
  while (length > 0) {
    if (!client->playing) unexpected(client, 0, at, length);
    const Block *literal = &turn_of(client)->expect[client->next].literals[0];
    size_t left = literal->length - client->compared;
    size_t count = length < left ? length : left;
    if (memcmp(at, literal->bytes + client->compared, count) != 0) unexpected(client, 0, at, length);
    at += count;
    length -= count;
    client->compared += count;
    if (client->compared < literal->length) return;
    client->compared = 0;
    arrived(client);
  }
}
