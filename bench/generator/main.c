/*
 * The load generator: many WebSocket clients in one thread.
 *
 *   generator PORT PLAN        PLAN is the file that plan-format.ts writes
 *
 * All clients connect and open, then the generator says "ready" and obeys lines on its standard input, whose end is its own:
 *
 *   run MS                     play the plan for MS milliseconds, wait for everything outstanding, print one line of JSON
 *
 * Between two runs it goes on reading: it answers pings, and a message that comes then is one too many. "turns" in the answer is
 * a histogram of how long turns lasted: pairs of nanoseconds and how many.
 */
#define _GNU_SOURCE
#include "generator.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { silence_ms = 20, opening_at_once = 64, most_events = 256, buckets_per_octave = 64, buckets = 64 * buckets_per_octave };

uint64_t messages, bytes;
static Client *clients;
static uint32_t connected_clients, ready_clients, outstanding;
static int together;           /* turns are everybody's */
static uint64_t deadline, turn_began, histogram[buckets];

void fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fprintf(stderr, "generator: ");
  vfprintf(stderr, format, arguments);
  fprintf(stderr, "\n");
  exit(1);
}

uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static uint64_t cpu_us(void) {
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  return (uint64_t)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000u + (uint64_t)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

/* Octaves of 64 steps: a time is known to 1.6 %. */
static void took(uint64_t ns) {
  uint32_t octave = ns < buckets_per_octave ? 0 : (uint32_t)(63 - __builtin_clzll(ns)) - 5;
  histogram[octave == 0 ? ns : octave * buckets_per_octave + (ns >> (octave - 1)) - buckets_per_octave]++;
}

static uint64_t middle_of(uint32_t bucket) {
  uint32_t octave = bucket / buckets_per_octave;
  if (octave == 0) return bucket;
  uint64_t low = (uint64_t)(bucket % buckets_per_octave + buckets_per_octave) << (octave - 1);
  return low + (((uint64_t)1 << (octave - 1)) >> 1);
}

static void open_more(void) {
  while (connected_clients < plan.clients && connected_clients - ready_clients < opening_at_once) {
    connect_client(&clients[connected_clients++]);
  }
}

void client_is_ready(Client *client) {
  static const uint8_t close_frame[] = { 0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8 };
  if (plan.mode == in_turns) {
    ready_clients++;
    return;
  }
  client->state = closing;
  send_bytes(client, close_frame, sizeof close_frame);
}

static void begin_round(Client *client) {
  client->since = now_ns();
  client->close_heard = 0;
  forget_frames(client);
  connect_client(client);
}

static void end_round(Client *client) {
  if (!client->close_heard) fail("the server ended a connection without a Close frame");
  disconnect_client(client);
  uint64_t now = now_ns();
  took(now - client->since);
  messages++;
  if (now < deadline) begin_round(client);
  else outstanding--;
}

static void speak(Client *client) {
  const Turn *turn = &client->script->turns[client->turn];
  if (!client->group->speaks) return;
  if (turn->send.length > 0) send_bytes(client, turn->send.bytes, turn->send.length);
  if (turn->numbers > 0) send_numbered(client, turn);
}

static void start_all(void) {
  turn_began = now_ns();
  outstanding = 0;
  for (uint32_t i = 0; i < plan.clients; i++) outstanding += (uint32_t)await_turn(&clients[i]);
  if (outstanding == 0) fail("a turn in which nobody awaits anything");
  for (uint32_t i = 0; i < plan.clients; i++) {
    clients[i].since = turn_began;
    if (clients[i].script != NULL) speak(&clients[i]);
  }
}

static void start_churn(void) {
  outstanding = plan.clients;
  for (uint32_t i = 0; i < plan.clients; i++) begin_round(&clients[i]);
}

static void next_turn(Client *client) {
  if (client->script != NULL) client->turn = client->turn + 1 == client->script->count ? 0 : client->turn + 1;
}

/* A client has everything of its turn, and what it has read is used up. */
static void end_turn(Client *client) {
  client->turn_over = 0;
  if (!together) {
    uint64_t now = now_ns();
    took(now - client->since);
    next_turn(client);
    if (now < deadline && await_turn(client)) {
      client->since = now;
      speak(client);
      return;
    }
  }
  outstanding--;
}

static void end_common_turn(void) {
  uint64_t now = now_ns();
  took(now - turn_began);
  for (uint32_t i = 0; i < plan.clients; i++) next_turn(&clients[i]);
  if (now < deadline) start_all();
}

static void handle(Client *client, uint32_t events) {
  int result = serve_event(client, events);
  if (result > 0) begin_opening(client);
  else if (result < 0 && client->state == closing) return end_round(client);
  else if (result < 0) fail("the server closed a connection");
  if (client->turn_over) end_turn(client);
}

/* Handles what has happened within `ms`. Returns how many events there were; `command`: a line waits on standard input. */
static int handle_events(int ms, int *command) {
  struct epoll_event events[most_events];
  int count = wait_for_events(events, most_events, ms);
  for (int i = 0; i < count; i++) {
    if (events[i].data.ptr != NULL) handle(events[i].data.ptr, events[i].events);
    else if (command != NULL) *command = 1;
    else fail("a command, or none any more, in the middle of a run");
  }
  return count;
}

static void report(uint64_t nanoseconds, uint64_t cpu) {
  printf("{\"messages\":%llu,\"bytes\":%llu,\"nanoseconds\":%llu,\"cpuMicroseconds\":%llu,\"turns\":[", (unsigned long long)messages,
    (unsigned long long)bytes, (unsigned long long)nanoseconds, (unsigned long long)cpu);
  const char *comma = "";
  for (uint32_t i = 0; i < buckets; i++) {
    if (histogram[i] == 0) continue;
    printf("%s[%llu,%llu]", comma, (unsigned long long)middle_of(i), (unsigned long long)histogram[i]);
    comma = ",";
  }
  printf("]}\n");
  fflush(stdout);
}

static void run(uint64_t ms) {
  uint64_t start = now_ns(), cpu = cpu_us();
  deadline = start + ms * 1000000u;
  messages = bytes = 0;
  memset(histogram, 0, sizeof histogram);
  if (plan.mode == in_churn) start_churn();
  else start_all();
  while (outstanding > 0) {
    if (handle_events(patience_ms, NULL) == 0) fail("%u clients waited %d ms in vain", outstanding, patience_ms);
    if (together && outstanding == 0) end_common_turn();
  }
  uint64_t nanoseconds = now_ns() - start;
  cpu = cpu_us() - cpu;
  uint64_t counted = messages, heard = bytes;
  /* Nobody awaits anything now, so whatever still comes is one message too many. */
  while (handle_events(silence_ms, NULL) > 0) continue;
  messages = counted;
  bytes = heard;
  report(nanoseconds, cpu);
}

static void prepare_clients(void) {
  clients = calloc(plan.clients, sizeof *clients);
  if (clients == NULL) fail("no memory for %u clients", plan.clients);
  Client *client = clients;
  for (uint32_t i = 0; i < plan.groups; i++) {
    const Group *group = &plan.group[i];
    if (group->scripts > 0 && (!group->speaks || !group->listens)) together = 1;
    for (uint32_t j = 0; j < group->count; j++, client++) {
      client->group = group;
      client->script = group->scripts == 0 ? NULL : &group->script[j % group->scripts];
    }
  }
}

int main(int count, char **arguments) {
  if (count != 3) fail("usage: generator PORT PLAN");
  read_plan(arguments[2]);
  prepare_clients();
  open_transport((uint16_t)atoi(arguments[1]));
  while (plan.mode == in_turns && ready_clients < plan.clients) {
    open_more();
    if (handle_events(patience_ms, NULL) == 0) fail("%u clients could not open", plan.clients - ready_clients);
  }
  puts("ready");
  fflush(stdout);
  for (char line[64];;) {
    int command = 0;
    handle_events(-1, &command);
    if (!command) continue;
    ssize_t length = read(STDIN_FILENO, line, sizeof line - 1);
    if (length <= 0) return 0;
    line[length] = 0;
    unsigned long long ms;
    if (sscanf(line, "run %llu\n", &ms) != 1) fail("what is: %s", line);
    run(ms);
  }
}
