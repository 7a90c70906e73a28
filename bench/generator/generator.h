/*
 * What the parts of the load generator share. It is one thread around one epoll, made to cost less than any server it drives.
 *
 *   main.c       turns, their clock, and the commands
 *   plan.c       reads the file that plan-format.ts writes: every byte that is sent and awaited
 *   transport.c  TCP and TLS: connecting, reading, writing
 *   numbered.c   messages that are not wholly known beforehand
 *   opening.c    from a connection to a client that is ready to play
 *   frames.c     frames to messages: RFC 6455 §5, RFC 7692 §7.2
 *   compare.c    messages against what the plan awaits
 */
#ifndef GENERATOR_H
#define GENERATOR_H
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/types.h>

enum { largest_message = 4 << 20, chunk_size = 256 << 10, patience_ms = 10000 };

/* The plan, as in plan-format.ts. */
typedef struct { uint8_t *bytes; uint32_t length; } Block;
typedef struct { uint32_t opcode, count; Block *literals; } Expected;
typedef struct { Block before, after; } Numbered;
typedef struct { Block send; uint32_t count, numbers; Expected *expect; Numbered *numbered; } Turn;
typedef struct { uint32_t count; Turn *turns; } Script;
typedef struct { Block send, until; } Step;
typedef struct { Block hears, says; } Aside;
typedef struct {
  uint32_t count, speaks, listens, steps, scripts;
  Block request;
  Step *step;
  Script *script;
} Group;
typedef struct {
  enum { in_turns, in_churn } mode;
  enum { of_messages, of_a_stream, of_raw_bytes } framing;
  uint32_t tls;
  enum { no_deflate, no_takeover, with_takeover } deflate;
  Block extensions;
  uint32_t asides, groups, clients;
  Aside *aside;
  Group *group;
} Plan;

/* Bytes that are held until they can be used. */
typedef struct { uint8_t *bytes; size_t length, capacity; } Held;

typedef struct Client {
  int fd;
  enum { unconnected, connecting, securing, upgrading, opening, ready, closing } state;
  const Group *group;
  const Script *script;      /* NULL: only holds its connection */
  uint32_t turn;             /* which of the script is played, or is next */
  uint32_t next;             /* which message of the turn is awaited */
  uint32_t step;             /* of the opening */
  uint32_t number;           /* of the last numbered message */
  int playing, turn_over, writable_wanted, close_heard;
  uint64_t since;            /* when the turn, or the round of a churn, began */
  size_t compared;           /* raw: bytes of the awaited literal that are there */
  uint8_t opcode, compressed;/* of the message whose fragments are in `message` */
  Held in, out, message, stream;
  void *ssl, *inflater;
} Client;

extern Plan plan;
extern uint64_t messages, bytes;

_Noreturn void fail(const char *format, ...);
uint64_t now_ns(void);

void read_plan(const char *path);

void hold(Held *held, const uint8_t *more, size_t length);
void make_room(Held *held, size_t capacity);
/* Leaves in `held` what follows its first `count` bytes. */
void drop(Held *held, size_t count);

void open_transport(uint16_t port);
void connect_client(Client *client);
void disconnect_client(Client *client);
void send_bytes(Client *client, const uint8_t *from, size_t length);
/* An event of epoll. 1: connected or secured just now; 0: read and written as far as could be; -1: the server has ended TCP. */
int serve_event(Client *client, uint32_t events);
int wait_for_events(struct epoll_event *events, int most, int ms);

void send_numbered(Client *client, const Turn *turn);

void begin_opening(Client *client);
/* Bytes of the answer's head; returns how many were its own, 0 while it is incomplete. */
size_t receive_head(Client *client, const uint8_t *at, size_t length);
void receive_opening(Client *client, const uint8_t *payload, size_t length);
void client_is_ready(Client *client);

/* Bytes from the transport; returns how many were used. */
size_t receive(Client *client, const uint8_t *at, size_t length);
void forget_frames(Client *client);

void compare_message(Client *client, uint8_t opcode, const uint8_t *payload, size_t length);
void compare_raw(Client *client, const uint8_t *at, size_t length);
/* The client is given the next turn of its script to await. Returns whether it awaits anything. */
int await_turn(Client *client);
#endif
