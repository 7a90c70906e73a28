/*
 * The load generator: many WebSocket clients in one thread, made to cost less than any server it drives.
 *
 *   generator PORT PLAN        PLAN is the file that plan.ts writes; it holds every byte that is sent and awaited
 *
 * Each connection shakes hands, then the generator says "ready" and obeys lines on its standard input:
 *
 *   run MS                     play the plan for MS milliseconds, wait for everything outstanding, print one line of JSON
 *
 * Every byte that arrives is compared with what the plan expects: a wrong, missing, doubled or reordered message ends the run
 * with a line on standard error and status 1. Pings of WebSocket and of Engine.IO are answered and not counted.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { max_held = 4096, chunk_size = 256 * 1024, patience_ms = 10000, silence_ms = 50 };

typedef struct { uint8_t *bytes; uint32_t length; } Block;
typedef struct { Block send, expect; } Script;
typedef struct {
  int fd;
  const Script *script;
  uint32_t awaited;          /* frames that must still arrive in this turn */
  uint32_t next;             /* which frame of the script comes next */
  uint32_t held;             /* bytes of an unfinished frame */
  uint8_t holding[max_held];
} Client;

static struct { uint32_t clients, scripts, only_first, frames, hello_frames; Block request, hello; Script *script; } plan;
static Client *clients;
static uint32_t frame_size, outstanding;
static uint64_t messages, bytes;
static uint8_t chunk[max_held + chunk_size];

static _Noreturn void fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fprintf(stderr, "generator: ");
  vfprintf(stderr, format, arguments);
  fprintf(stderr, "\n");
  exit(1);
}

static uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static uint64_t cpu_us(void) {
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  return (uint64_t)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000u + (uint64_t)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

/* The plan: little-endian 32-bit numbers; a block is its length and its bytes. */

static uint32_t read_number(FILE *file) {
  uint32_t value;
  if (fread(&value, sizeof value, 1, file) != 1) fail("the plan ends early");
  return value;
}

static Block read_block(FILE *file) {
  Block block = { .length = read_number(file) };
  block.bytes = malloc(block.length + 1);
  if (block.bytes == NULL || fread(block.bytes, 1, block.length, file) != block.length) fail("the plan ends early");
  block.bytes[block.length] = 0;
  return block;
}

static void read_plan(const char *path) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) fail("can't read %s", path);
  plan.clients = read_number(file);
  plan.scripts = read_number(file);
  plan.only_first = read_number(file);
  plan.frames = read_number(file);
  plan.hello_frames = read_number(file);
  plan.request = read_block(file);
  plan.hello = read_block(file);
  plan.script = calloc(plan.scripts, sizeof *plan.script);
  for (uint32_t i = 0; i < plan.scripts; i++) {
    plan.script[i].send = read_block(file);
    plan.script[i].expect = read_block(file);
  }
  fclose(file);
  frame_size = plan.script[0].expect.length / plan.frames;
  if (frame_size > max_held) fail("frames of %u bytes are too long for this generator", frame_size);
}

static void send_all(const Client *client, const uint8_t *from, uint32_t length) {
  ssize_t sent = send(client->fd, from, length, MSG_NOSIGNAL);
  if (sent != (ssize_t)length) fail("sent %zd of %u bytes: %s", sent, length, strerror(errno));
}

/* How long the whole frame at `at` is; 0 while its header is incomplete. Servers' frames here are short and unmasked. */
static uint32_t whole_frame(const uint8_t *at, uint32_t length) {
  if (length < 2) return 0;
  if (at[1] < 126) return 2u + at[1];
  if (at[1] != 126) fail("a masked or a very long frame: %02x %02x", at[0], at[1]);
  return length < 4 ? 0 : 4u + ((uint32_t)at[2] << 8 | at[3]);
}

/* Answers a ping (masking key zero); anything else that the plan does not expect ends the run. */
static void answer_ping(const Client *client, const uint8_t *frame, uint32_t length) {
  uint8_t pong[6 + 125] = { 0x8a, 0x80 };
  if (frame[0] == 0x89) {
    pong[1] |= frame[1];
    memcpy(pong + 6, frame + 2, frame[1]);
    send_all(client, pong, 6u + frame[1]);
  } else if (length == 3 && memcmp(frame, "\x81\x01" "2", 3) == 0) {
    send_all(client, (const uint8_t *)"\x81\x81\0\0\0\0" "3", 7);
  } else {
    fail("an unexpected frame of %u bytes: %02x %02x %.*s", length, frame[0], frame[1], (int)(length > 82 ? 80 : length - 2), frame + 2);
  }
}

/* Consumes the frames in `length` bytes at `at`; what is left of them is held. */
static void receive(Client *client, const uint8_t *at, uint32_t length) {
  const uint8_t *end = at + length;
  while (at < end) {
    uint32_t left = (uint32_t)(end - at);
    const uint8_t *expected = client->script->expect.bytes + client->next * frame_size;
    if (client->awaited > 0 && left >= frame_size && memcmp(at, expected, frame_size) == 0) {
      at += frame_size;
      messages++;
      bytes += frame_size;
      client->next = client->next + 1 == plan.frames ? 0 : client->next + 1;
      if (--client->awaited == 0) outstanding--;
      continue;
    }
    uint32_t whole = whole_frame(at, left);
    if (whole == 0 || whole > left) break;
    answer_ping(client, at, whole);
    at += whole;
  }
  client->held = (uint32_t)(end - at);
  if (client->held > max_held) fail("a frame of more than %d bytes", max_held);
  memcpy(client->holding, at, client->held);
}

static void read_more(Client *client) {
  memcpy(chunk, client->holding, client->held);
  ssize_t length = recv(client->fd, chunk + client->held, chunk_size, MSG_DONTWAIT);
  if (length == 0) fail("the server closed a connection");
  if (length < 0) {
    if (errno == EAGAIN) return;
    fail("recv: %s", strerror(errno));
  }
  receive(client, chunk, client->held + (uint32_t)length);
}

/* Opening handshake, blocking: there is time. Frames that came along with the 101 are held. */
static void shake_hands(Client *client, uint16_t port) {
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
  struct timeval patience = { .tv_sec = patience_ms / 1000 };
  client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(client->fd, (struct sockaddr *)&address, sizeof address) != 0) fail("connect: %s", strerror(errno));
  setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
  setsockopt(client->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  send_all(client, plan.request.bytes, plan.request.length);
  uint8_t head[max_held + 1];
  uint32_t length = 0, greetings = plan.hello_frames;
  uint8_t *rest = NULL;
  while (rest == NULL || greetings > 0) {
    if (rest != NULL) {
      uint32_t left = length - (uint32_t)(rest - head), whole = whole_frame(rest, left);
      if (whole != 0 && whole <= left) { rest += whole; greetings--; continue; }
    }
    ssize_t more = recv(client->fd, head + length, max_held - length, 0);
    if (more <= 0) fail("no whole handshake: %.*s", (int)length, head);
    length += (uint32_t)more;
    head[length] = 0;
    if (rest != NULL || (rest = (uint8_t *)strstr((char *)head, "\r\n\r\n")) == NULL) continue;
    rest += 4;
    if (memcmp(head, "HTTP/1.1 101", 12) != 0) fail("no upgrade: %s", head);
    if (strstr((char *)head, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") == NULL) fail("a wrong Sec-WebSocket-Accept: %s", head);
    if (plan.hello.length > 0) send_all(client, plan.hello.bytes, plan.hello.length);
  }
  receive(client, rest, length - (uint32_t)(rest - head));
}

static void start_turn(Client *client, int speaks) {
  client->awaited = plan.frames;
  outstanding++;
  if (speaks) send_all(client, client->script->send.bytes, client->script->send.length);
}

static void start_all(void) {
  for (uint32_t i = plan.clients; i-- > 0;) start_turn(&clients[i], !plan.only_first || i == 0);
}

static void run(int poll, uint64_t ms) {
  struct epoll_event events[256];
  uint64_t start = now_ns(), deadline = start + ms * 1000000u, cpu = cpu_us();
  messages = bytes = 0;
  start_all();
  while (outstanding > 0) {
    int ready = epoll_wait(poll, events, 256, patience_ms);
    if (ready == 0) fail("%u clients waited %d ms in vain", outstanding, patience_ms);
    int time_left = now_ns() < deadline;
    for (int i = 0; i < ready; i++) {
      Client *client = events[i].data.ptr;
      read_more(client);
      if (!plan.only_first && time_left && client->awaited == 0) start_turn(client, 1);
    }
    if (plan.only_first && time_left && outstanding == 0) start_all();
  }
  uint64_t took = now_ns() - start;
  cpu = cpu_us() - cpu;
  /* Nobody awaits anything now, so whatever still comes is one message too many. */
  for (int ready; (ready = epoll_wait(poll, events, 256, silence_ms)) > 0;)
    for (int i = 0; i < ready; i++) read_more(events[i].data.ptr);
  printf("{\"messages\":%llu,\"bytes\":%llu,\"nanoseconds\":%llu,\"cpuMicroseconds\":%llu}\n", (unsigned long long)messages,
    (unsigned long long)bytes, (unsigned long long)took, (unsigned long long)cpu);
}

int main(int count, char **arguments) {
  if (count != 3) fail("usage: generator PORT PLAN");
  read_plan(arguments[2]);
  setvbuf(stdout, NULL, _IOLBF, 0);
  clients = calloc(plan.clients, sizeof *clients);
  int poll = epoll_create1(EPOLL_CLOEXEC);
  for (uint32_t i = 0; i < plan.clients; i++) {
    clients[i].script = &plan.script[i % plan.scripts];
    shake_hands(&clients[i], (uint16_t)atoi(arguments[1]));
    epoll_ctl(poll, EPOLL_CTL_ADD, clients[i].fd, &(struct epoll_event){ .events = EPOLLIN, .data.ptr = &clients[i] });
  }
  printf("ready\n");
  char line[64];
  unsigned long long ms;
  while (fgets(line, sizeof line, stdin) != NULL) {
    if (sscanf(line, "run %llu", &ms) != 1) fail("what is: %s", line);
    run(poll, ms);
  }
  return 0;
}
