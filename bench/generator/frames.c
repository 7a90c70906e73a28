/*
 * Frames to messages: a server's frames, unmasked, in any fragmentation (RFC 6455 §5.2-5.5), inflated if the plan says so
 * (RFC 7692 §7.2.2, zlib's inflate; without its headers, it is left out). Pings are answered with an all-zero masking key.
 */
#include "generator.h"
#include <stdlib.h>
#include <string.h>
#ifdef WITH_ZLIB
#include <zlib.h>
#endif

typedef struct { uint8_t fin, rsv1, opcode; size_t head, payload; } Frame;

/* The frame at `at`; 0 while its head is incomplete. */
static int frame_at(const uint8_t *at, size_t length, Frame *frame) {
  if (length < 2) return 0;
  if (at[0] & 0x30 || at[1] & 0x80) fail("reserved bits, or a masked frame: %02x %02x", at[0], at[1]);
  *frame = (Frame){ .fin = at[0] >> 7, .rsv1 = at[0] >> 6 & 1, .opcode = at[0] & 15, .head = 2, .payload = at[1] };
  size_t extra = at[1] == 126 ? 2 : at[1] == 127 ? 8 : 0;
  if (length < 2 + extra) return 0;
  if (extra > 0) frame->payload = 0;
  for (size_t i = 0; i < extra; i++) frame->payload = frame->payload << 8 | at[2 + i];
  frame->head += extra;
  if (frame->payload > largest_message) fail("a frame of %zu bytes", frame->payload);
  return 1;
}

/* RFC 7692 §7.2.2: the tail that the sender left out is put back. */
static size_t inflated(Client *client, const uint8_t *payload, size_t length, uint8_t **to) {
#ifdef WITH_ZLIB
  static uint8_t room[largest_message];
  static z_stream *shared;
  z_stream **kept = plan.deflate == with_takeover ? (z_stream **)&client->inflater : &shared;
  if (*kept == NULL) {
    *kept = calloc(1, sizeof **kept);
    if (inflateInit2(*kept, -15) != Z_OK) fail("no inflater");
  } else if (plan.deflate == no_takeover) {
    inflateReset(*kept);
  }
  z_stream *stream = *kept;
  stream->next_out = *to = room;
  stream->avail_out = sizeof room;
  const struct { const uint8_t *from; size_t length; } parts[] = { { payload, length }, { (const uint8_t *)"\0\0\xff\xff", 4 } };
  for (int part = 0; part < 2; part++) {
    stream->next_in = (uint8_t *)parts[part].from;
    stream->avail_in = (uInt)parts[part].length;
    int result = inflate(stream, Z_SYNC_FLUSH);
    if ((result != Z_OK && result != Z_BUF_ERROR) || stream->avail_in > 0) {
      fail("a message of %zu bytes that can't be inflated: %d %s", length, result, stream->msg ? stream->msg : "");
    }
  }
  return sizeof room - stream->avail_out;
#else
  (void)client, (void)payload, (void)to;
  fail("compiled without zlib: %zu bytes", length);
#endif
}

static void receive_message(Client *client, uint8_t opcode, int compressed, const uint8_t *payload, size_t length) {
  bytes += length;
  uint8_t *plain;
  if (compressed) {
    length = inflated(client, payload, length, &plain);
    payload = plain;
  }
  if (client->state == opening) receive_opening(client, payload, length);
  else compare_message(client, opcode, payload, length);
}

static void receive_control(Client *client, const Frame *frame, const uint8_t *payload) {
  if (!frame->fin || frame->payload > 125) fail("a control frame of %zu bytes, or a fragment of one", frame->payload);
  if (frame->opcode == 9) {
    uint8_t pong[6 + 125] = { 0x8a, (uint8_t)(0x80 | frame->payload) };
    memcpy(pong + 6, payload, frame->payload);
    send_bytes(client, pong, 6 + frame->payload);
  } else if (frame->opcode == 8 && client->state == closing) {
    client->close_heard = 1;
  } else if (frame->opcode == 8) {
    int code = frame->payload < 2 ? 1005 : payload[0] << 8 | payload[1];
    fail("closed by the server: %d %.*s", code, (int)(frame->payload < 2 ? 0 : frame->payload - 2), payload + 2);
  } else if (frame->opcode != 10) {
    fail("an unknown opcode %d", frame->opcode);
  }
}

static void receive_frame(Client *client, const Frame *frame, const uint8_t *payload) {
  if (frame->rsv1 && (plan.deflate == no_deflate || frame->opcode == 0)) fail("RSV1 where nothing is compressed");
  if (frame->opcode >= 8) return receive_control(client, frame, payload);
  if (frame->opcode > 2) fail("an unknown opcode %d", frame->opcode);
  if ((frame->opcode == 0) != (client->opcode != 0)) fail("a fragment out of place");
  if (frame->fin && frame->opcode != 0) return receive_message(client, frame->opcode, frame->rsv1, payload, frame->payload);
  if (frame->opcode != 0) {
    client->opcode = frame->opcode;
    client->compressed = frame->rsv1;
  }
  if (client->message.length + frame->payload > largest_message) fail("a message of more than %d bytes", largest_message);
  hold(&client->message, payload, frame->payload);
  if (!frame->fin) return;
  uint8_t opcode = client->opcode;
  client->opcode = 0;
  receive_message(client, opcode, client->compressed, client->message.bytes, client->message.length);
  client->message.length = 0;
}

size_t receive(Client *client, const uint8_t *at, size_t length) {
  size_t used = 0;
  if (plan.framing == of_raw_bytes) {
    compare_raw(client, at, length);
    return length;
  }
  if (client->state == upgrading) {
    used = receive_head(client, at, length);
    if (used == 0) return 0;
  }
  for (Frame frame; frame_at(at + used, length - used, &frame); used += frame.head + frame.payload) {
    if (frame.head + frame.payload > length - used) {
      make_room(&client->in, frame.head + frame.payload + (64 << 10));
      break;
    }
    receive_frame(client, &frame, at + used + frame.head);
  }
  return used;
}

void forget_frames(Client *client) {
  client->opcode = 0;
  client->message.length = client->stream.length = 0;
#ifdef WITH_ZLIB
  if (client->inflater != NULL) inflateReset(client->inflater);
#endif
}
