/* From a connection to a client that is ready to play: the opening handshake of RFC 6455 §4.1, then the plan's own steps. */
#define _GNU_SOURCE
#include "generator.h"
#include <string.h>

static void next_step(Client *client) {
  for (; client->step < client->group->steps; client->step++) {
    const Step *step = &client->group->step[client->step];
    send_bytes(client, step->send.bytes, step->send.length);
    if (step->until.length > 0) return;
  }
  client->state = ready;
  client_is_ready(client);
}

void begin_opening(Client *client) {
  client->step = 0;
  if (plan.framing == of_raw_bytes) {
    client->state = opening;
    next_step(client);
  } else {
    send_bytes(client, client->group->request.bytes, client->group->request.length);
  }
}

/* A field's value in a head that ends with a zero; NULL if it isn't there. */
static const char *field(const char *head, const char *name, size_t *length) {
  for (const char *line = head; (line = strstr(line, "\r\n")) != NULL;) {
    line += 2;
    if (strncasecmp(line, name, strlen(name)) != 0 || line[strlen(name)] != ':') continue;
    line += strlen(name) + 1;
    line += strspn(line, " ");
    *length = strcspn(line, "\r");
    return line;
  }
  return NULL;
}

static void check_head(const char *head) {
  size_t length = 0;
  if (strncmp(head, "HTTP/1.1 101", 12) != 0) fail("no upgrade: %s", head);
  const char *accept = field(head, "Sec-WebSocket-Accept", &length);
  if (accept == NULL || length != 28 || memcmp(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", 28) != 0) {
    fail("a wrong Sec-WebSocket-Accept: %s", head);
  }
  const char *extensions = field(head, "Sec-WebSocket-Extensions", &length);
  if (extensions == NULL) length = 0;
  if (length != plan.extensions.length || (length > 0 && memcmp(extensions, plan.extensions.bytes, length) != 0)) {
    fail("not the extensions \"%s\": %s", (const char *)plan.extensions.bytes, head);
  }
}

size_t receive_head(Client *client, const uint8_t *at, size_t length) {
  char head[4096];
  const uint8_t *end = memmem(at, length, "\r\n\r\n", 4);
  if (end == NULL && length < sizeof head) return 0;
  size_t used = end == NULL ? 0 : (size_t)(end - at) + 4;
  if (used == 0 || used >= sizeof head) fail("an endless head: %.80s", at);
  memcpy(head, at, used);
  head[used] = 0;
  check_head(head);
  client->state = opening;
  next_step(client);
  return used;
}

static void step_done(Client *client) {
  client->step++;
  next_step(client);
}

void receive_opening(Client *client, const uint8_t *payload, size_t length) {
  const Block *until = &client->group->step[client->step].until;
  if (plan.framing == of_messages) {
    if (memmem(payload, length, until->bytes, until->length) != NULL) step_done(client);
    return;
  }
  Held *stream = &client->stream;
  hold(stream, payload, length);
  while (client->state == opening) {
    until = &client->group->step[client->step].until;
    uint8_t *found = memmem(stream->bytes, stream->length, until->bytes, until->length);
    if (found == NULL) return;
    drop(stream, (size_t)(found - stream->bytes) + until->length);
    step_done(client);
  }
}
