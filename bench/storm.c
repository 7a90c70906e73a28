/*
 * The reconnect storm's clients: WAMP in JSON over WebSocket, in one thread, made to cost less than the server.
 *
 *   storm PORT crowd COUNT TOPICS              COUNT clients, client i joins topic storm.(i % TOPICS)
 *   storm PORT others COUNT TOPICS EACH ALL    COUNT clients publish to themselves, each every EACH ms, and one publishes
 *                                              to one of TOPICS after the other, every ALL ms
 *
 * Commands come on standard input, one a line; each is answered by one line of JSON.
 *
 *   join       crowd: all connect and join                    cut        crowd: all connections end at once, by RST
 *   return     crowd: all connect at once and join with their positions; answered when everyone has recovered
 *   check N    crowd: answered when everyone has had N publications of their topic
 *   go         others: begin                                  window     others: latencies since the last window
 *   finish     others: stop at the end of a round; says how many publications each topic has had
 *
 * Every publication names its topic and its number there, which must be one more than the last that this client had: one that
 * is lost, doubled, reordered or misdelivered ends the run with a line on standard error and status 1.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { chunk_size = 256 * 1024, max_held = 8192, max_position = 160, sent_ring = 4096, max_samples = 1 << 20, patience_s = 60 };
enum phase { away, connecting, upgrading, greeting, joining, replaying, live, phases };

typedef struct {
  int fd;
  enum phase phase;
  uint32_t topic, request, number; /* number: of the last publication that it had */
  uint64_t reached[phases];        /* when it got there, this time */
  char position[max_position];     /* of that publication, as the server wrote it; empty before the first */
  uint64_t due, *sent;             /* others: when it publishes next, and when it published what */
  uint32_t published, held;
  uint8_t *holding;                /* the beginning of a frame */
} Client;

static int poller, timer = -1, port, is_crowd;
static Client *clients;
static uint32_t count, topics, each_ms, all_ms, in_phase[phases];
static uint32_t recovered_true, received, samples;
static uint32_t *latencies;
static uint64_t began;
static double began_cpu;
static char waiting_for[16];
static uint32_t check_number, finishing;
static uint8_t chunk[max_held + chunk_size + 1];

static _Noreturn void fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fprintf(stderr, "storm: ");
  vfprintf(stderr, format, arguments);
  fprintf(stderr, "\n");
  exit(1);
}

static uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static double cpu_ms(void) {
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e3 + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e3;
}

static void enter(Client *client, enum phase phase) {
  in_phase[client->phase]--;
  in_phase[phase]++;
  client->phase = phase;
  client->reached[phase] = now_ns();
}

static void send_all(const Client *client, const void *from, size_t length) {
  ssize_t sent = send(client->fd, from, length, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent != (ssize_t)length) fail("sent %zd of %zu bytes: %s", sent, length, strerror(errno));
}

/* One masked frame (RFC 6455 §5.2) of at most 65,535 bytes. */
static void send_frame(const Client *client, uint8_t opcode, const void *payload, size_t length) {
  uint8_t frame[1024], *at = frame;
  const uint8_t key[4] = { 0x5b, 0x21, 0xc7, 0x9d }, *from = payload;
  if (length > sizeof frame - 8) fail("a message of %zu bytes is too long", length);
  *at++ = 0x80 | opcode;
  if (length < 126) *at++ = 0x80 | (uint8_t)length;
  else { *at++ = 0x80 | 126; *at++ = (uint8_t)(length >> 8); *at++ = (uint8_t)length; }
  memcpy(at, key, 4);
  at += 4;
  for (size_t i = 0; i < length; i++) *at++ = from[i] ^ key[i & 3];
  send_all(client, frame, (size_t)(at - frame));
}

static void say(const Client *client, const char *format, ...) {
  char message[1000];
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  if (length >= (int)sizeof message) fail("too long a message");
  send_frame(client, 1, message, (size_t)length);
}

/* Connections. Source addresses differ, so that ports are never short. */

static void begin_to_connect(Client *client) {
  static uint32_t serial;
  struct sockaddr_in own = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + serial++ % 16) };
  struct sockaddr_in server = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
  client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
  setsockopt(client->fd, SOL_IP, IP_BIND_ADDRESS_NO_PORT, &(int){ 1 }, sizeof(int));
  if (bind(client->fd, (struct sockaddr *)&own, sizeof own) != 0) fail("bind: %s", strerror(errno));
  if (connect(client->fd, (struct sockaddr *)&server, sizeof server) != 0 && errno != EINPROGRESS) fail("connect: %s", strerror(errno));
  client->request = client->held = 0;
  enter(client, connecting);
  struct epoll_event event = { .events = EPOLLOUT, .data.ptr = client };
  if (epoll_ctl(poller, EPOLL_CTL_ADD, client->fd, &event) != 0) fail("epoll: %s", strerror(errno));
}

static void connected(Client *client) {
  int error = 0;
  getsockopt(client->fd, SOL_SOCKET, SO_ERROR, &error, &(socklen_t){ sizeof error });
  if (error != 0) fail("connect: %s", strerror(error));
  struct epoll_event event = { .events = EPOLLIN, .data.ptr = client };
  epoll_ctl(poller, EPOLL_CTL_MOD, client->fd, &event);
  char request[400];
  int length = snprintf(request, sizeof request, "GET /hub HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: wamp.2.json\r\n\r\n", port);
  send_all(client, request, (size_t)length);
  enter(client, upgrading);
}

static void cut(Client *client) {
  setsockopt(client->fd, SOL_SOCKET, SO_LINGER, &(struct linger){ .l_onoff = 1 }, sizeof(struct linger));
  close(client->fd);
  enter(client, away);
}

/* What a message says. The server writes JSON without blanks. */

static int begins(const char *message, const char *with) { return strncmp(message, with, strlen(with)) == 0; }

static int must_say(const char *message, const char *what) {
  if (strstr(message, what) == NULL) fail("awaited %s: %.300s", what, message);
  return 1;
}

/* [36,subscription,publication,{"_tidewire_position":{…},…},["topic T number N …"]] */
static void take_publication(Client *client, const char *message) {
  const char *position = strstr(message, "\"_tidewire_position\":{"), *text = strstr(message, "[\"topic ");
  uint32_t topic, number;
  if (position == NULL || text == NULL || sscanf(text, "[\"topic %u number %u ", &topic, &number) != 2) fail("what is: %.300s", message);
  position += strlen("\"_tidewire_position\":");
  const char *end = strchr(position, '}') + 1;
  if (topic != client->topic) fail("a client of topic %u got one of topic %u", client->topic, topic);
  if (client->position[0] != 0 && number != client->number + 1) fail("topic %u: number %u after %u", topic, number, client->number);
  if (end - position >= max_position) fail("too long a position");
  memcpy(client->position, position, (size_t)(end - position));
  client->position[end - position] = 0;
  client->number = number;
  received++;
}

static void join(Client *client) {
  const int again = client->position[0] != 0;
  say(client, "[48,%u,{\"receive_progress\":true},\"tidewire.topic.join\",[],{\"topic\":\"storm.%u\"%s%s}]", ++client->request, client->topic,
    again ? ",\"position\":" : "", client->position);
  enter(client, joining);
}

static void take_crowd(Client *client, const char *message) {
  if (client->phase == greeting) {
    if (!begins(message, "[2,")) fail("awaited WELCOME: %.300s", message);
    join(client);
  } else if (client->phase == joining) {
    must_say(message, "[50,1,{\"progress\":true}");
    must_say(message, client->position[0] != 0 ? "\"recovered\":true" : "\"recovered\":\"fresh\"");
    if (client->position[0] != 0) recovered_true++;
    enter(client, replaying);
  } else if (begins(message, "[36,")) {
    take_publication(client, message);
  } else if (client->phase == replaying && begins(message, "[50,1,{}")) {
    /* Before its first publication, what it has is the position of the join. */
    const char *position = strstr(message, "\"position\":{");
    if (client->position[0] == 0) {
      position += strlen("\"position\":");
      memcpy(client->position, position, (size_t)(strchr(position, '}') + 1 - position));
      const char *offset = strstr(position, "\"offset\":");
      client->number = (uint32_t)atoi(offset + strlen("\"offset\":"));
    }
    enter(client, live);
  } else fail("unexpected in phase %d: %.300s", client->phase, message);
}

static void take_other(Client *client, const char *message, uint64_t now) {
  uint32_t topic, number;
  if (client->phase == greeting) {
    if (!begins(message, "[2,")) fail("awaited WELCOME: %.300s", message);
    say(client, "[32,%u,{},\"bench.quiet%u\"]", ++client->request, client->topic);
    enter(client, joining);
  } else if (client->phase == joining) {
    if (!begins(message, "[33,1,")) fail("awaited SUBSCRIBED: %.300s", message);
    enter(client, live);
  } else {
    const char *text = strstr(message, "[\"quiet ");
    if (!begins(message, "[36,") || text == NULL || sscanf(text, "[\"quiet %u number %u\"", &topic, &number) != 2) fail("what is: %.300s", message);
    if (topic != client->topic || number != client->number + 1) fail("quiet %u got %u of %u", client->topic, number, topic);
    client->number = number;
    if (samples < max_samples) latencies[samples++] = (uint32_t)((now - client->sent[number % sent_ring]) / 1000);
  }
}

/* Bytes to messages. */

static void take_frame(Client *client, uint8_t *frame, uint32_t header, uint32_t length, uint64_t now) {
  uint8_t *payload = frame + header, after = payload[length];
  if (frame[0] == 0x89) return send_frame(client, 10, payload, length);
  if (frame[0] != 0x81) fail("an unexpected frame: %02x, %.*s", frame[0], (int)length, payload);
  payload[length] = 0;
  if (is_crowd) take_crowd(client, (char *)payload);
  else take_other(client, (char *)payload, now);
  payload[length] = after;
}

static uint8_t *take_head(Client *client, uint8_t *at, uint8_t *end) {
  *end = 0;
  char *rest = strstr((char *)at, "\r\n\r\n");
  if (rest == NULL) return at;
  if (!begins((char *)at, "HTTP/1.1 101") || strstr((char *)at, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") == NULL) fail("no upgrade: %s", (char *)at);
  enter(client, greeting);
  say(client, "[1,\"realm1\",{\"roles\":{\"subscriber\":{},\"publisher\":{},\"caller\":{\"features\":{\"progressive_call_results\":true}}}}]");
  return (uint8_t *)rest + 4;
}

static void read_more(Client *client, uint64_t now) {
  if (client->held > 0) memcpy(chunk, client->holding, client->held);
  ssize_t more = recv(client->fd, chunk + client->held, chunk_size, MSG_DONTWAIT);
  if (more == 0 || (more < 0 && errno != EAGAIN)) fail("a connection ended in phase %d: %s", client->phase, more == 0 ? "by the server" : strerror(errno));
  if (more < 0) return;
  uint8_t *at = chunk, *end = chunk + client->held + more;
  if (client->phase == upgrading) at = take_head(client, at, end);
  while (client->phase > upgrading && end - at >= 2) {
    if (at[1] > 126) fail("a masked or very long frame");
    uint32_t header = at[1] == 126 ? 4 : 2;
    if (end - at < header) break;
    uint32_t length = at[1] == 126 ? (uint32_t)(at[2] << 8 | at[3]) : at[1];
    if (end - at < header + length) break;
    take_frame(client, at, header, length, now);
    at += header + length;
  }
  client->held = (uint32_t)(end - at);
  if (client->held > max_held) fail("too long a frame");
  if (client->held > 0) {
    if (client->holding == NULL) client->holding = malloc(max_held);
    memcpy(client->holding, at, client->held);
  }
}

/* Publishing, by others. The client behind the last is the one that publishes to the crowd. */

static void publish(Client *client, uint64_t now) {
  static const char filling[] = "abcdefghijklmnopqrstuvwxyz 0123456789 abcdefghijklmnopqrstuvwxyz 0123456789 abcdefghijklmnopqrstuvwxyz";
  const uint32_t n = client->published++;
  if (client == &clients[count]) {
    say(client, "[16,%u,{},\"storm.%u\",[\"topic %u number %u %s\"]]", ++client->request, n % topics, n % topics, n / topics + 1, filling);
    client->due += (uint64_t)all_ms * 1000000u;
  } else {
    client->sent[(n + 1) % sent_ring] = now;
    say(client, "[16,%u,{\"exclude_me\":false},\"bench.quiet%u\",[\"quiet %u number %u\"]]", ++client->request, client->topic, client->topic, n + 1);
    client->due += (uint64_t)each_ms * 1000000u;
  }
}

static void publish_what_is_due(void) {
  uint64_t now = now_ns(), next = now + 1000000000u;
  for (uint32_t i = 0; i <= count; i++) {
    Client *client = &clients[i];
    if (client->due == 0) continue;
    if (client->due <= now) publish(client, now);
    if (finishing && i == count && client->published % topics == 0) client->due = 0;
    else if (client->due < next) next = client->due;
  }
  if (next <= now) next = now + 1;
  struct itimerspec at = { .it_value = { .tv_sec = (time_t)(next / 1000000000u), .tv_nsec = (long)(next % 1000000000u) } };
  timerfd_settime(timer, TFD_TIMER_ABSTIME, &at, NULL);
}

/* Commands and their answers. */

static int by_size(const void *a, const void *b) {
  const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return x < y ? -1 : x > y;
}

/* When the given share of the crowd had got to a phase, in ms since `began`. */
static double at_share(enum phase phase, double share) {
  uint64_t *times = malloc(count * sizeof *times);
  for (uint32_t i = 0; i < count; i++) times[i] = clients[i].reached[phase] - began;
  qsort(times, count, sizeof *times, by_size);
  double result = (double)times[(uint32_t)(share * (count - 1))] / 1e6;
  free(times);
  return result;
}

static void print_arrival(void) {
  static const char *names[] = { [upgrading] = "connected", [greeting] = "upgraded", [joining] = "welcomed", [live] = "arrived" };
  printf("{\"recovered\":%u,\"received\":%u,\"cpuMilliseconds\":%.1f", recovered_true, received, cpu_ms() - began_cpu);
  for (int phase = 0; phase < phases; phase++)
    if (phase <= live && names[phase] != NULL)
      printf(",\"%s\":[%.1f,%.1f,%.1f,%.1f]", names[phase], at_share(phase, 0), at_share(phase, 0.5), at_share(phase, 0.99), at_share(phase, 1));
  printf("}\n");
}

static int by_value(const void *a, const void *b) { return *(const uint32_t *)a < *(const uint32_t *)b ? -1 : 1; }

static void print_window(void) {
  qsort(latencies, samples, sizeof *latencies, by_value);
  const uint32_t last = samples == 0 ? 0 : samples - 1;
  printf("{\"samples\":%u,\"p50\":%u,\"p99\":%u,\"max\":%u}\n", samples, latencies[last / 2], latencies[(uint64_t)last * 99 / 100], latencies[last]);
  samples = 0;
}

/* Says what was waited for, once it is so. */
static void answer_if_done(void) {
  if (waiting_for[0] == 0) return;
  if (strcmp(waiting_for, "check") == 0) {
    for (uint32_t i = 0; i < count; i++)
      if (clients[i].number > check_number) fail("topic %u: %u publications, there were %u", clients[i].topic, clients[i].number, check_number);
    for (uint32_t i = 0; i < count; i++) if (clients[i].number != check_number) return;
    printf("{\"checked\":%u,\"received\":%u}\n", check_number, received);
  } else if (strcmp(waiting_for, "finish") == 0) {
    if (clients[count].due != 0) return;
    printf("{\"each\":%u}\n", clients[count].published / topics);
  } else if (in_phase[live] < (is_crowd ? count : count + 1)) return;
  else if (is_crowd) print_arrival();
  else printf("{\"ready\":true}\n");
  waiting_for[0] = 0;
}

static void serve_events(int patience);

static void connect_all(void) {
  began = now_ns();
  recovered_true = received = 0;
  began_cpu = cpu_ms();
  for (uint32_t i = 0; i < count; i++) {
    begin_to_connect(&clients[i]);
    if (i % 64 == 63) serve_events(0);
  }
}

static void obey(const char *line) {
  uint32_t number = 0;
  if (sscanf(line, "%15s %u", waiting_for, &number) < 1) fail("what is: %s", line);
  began = now_ns();
  if (strcmp(waiting_for, "join") == 0 || strcmp(waiting_for, "return") == 0) connect_all();
  else if (strcmp(waiting_for, "check") == 0) check_number = number;
  else if (strcmp(waiting_for, "finish") == 0) finishing = 1;
  else if (strcmp(waiting_for, "cut") == 0) {
    for (uint32_t i = 0; i < count; i++) cut(&clients[i]);
    printf("{\"cut\":%u}\n", count);
    waiting_for[0] = 0;
  } else if (strcmp(waiting_for, "window") == 0) {
    print_window();
    waiting_for[0] = 0;
  } else if (strcmp(waiting_for, "go") == 0) {
    for (uint32_t i = 0; i <= count; i++) clients[i].due = began + (uint64_t)each_ms * 1000000u * i / count;
    publish_what_is_due();
  } else fail("what is: %s", line);
}

static void serve_events(int patience) {
  struct epoll_event events[512];
  int ready = epoll_wait(poller, events, 512, patience);
  uint64_t now = now_ns();
  for (int i = 0; i < ready; i++) {
    Client *client = events[i].data.ptr;
    if (client == NULL) {
      char line[64];
      if (fgets(line, sizeof line, stdin) == NULL) exit(0);
      obey(line);
    } else if ((void *)client == (void *)&timer) {
      uint64_t times;
      if (read(timer, &times, sizeof times) > 0) publish_what_is_due();
    } else if (client->phase == connecting) connected(client);
    else if (client->phase != away) read_more(client, now);
  }
}

int main(int arguments_count, char **arguments) {
  if (arguments_count < 5) fail("usage: storm PORT crowd|others COUNT TOPICS [EACH ALL]");
  port = atoi(arguments[1]);
  is_crowd = strcmp(arguments[2], "crowd") == 0;
  count = (uint32_t)atoi(arguments[3]);
  topics = (uint32_t)atoi(arguments[4]);
  setvbuf(stdout, NULL, _IOLBF, 0);
  poller = epoll_create1(EPOLL_CLOEXEC);
  clients = calloc(count + 1, sizeof *clients);
  epoll_ctl(poller, EPOLL_CTL_ADD, 0, &(struct epoll_event){ .events = EPOLLIN, .data.ptr = NULL });
  in_phase[away] = count + 1;
  for (uint32_t i = 0; i <= count; i++) clients[i].topic = is_crowd ? i % topics : i;
  if (is_crowd) {
    /* The others share this core, and their latency is measured. */
    setpriority(PRIO_PROCESS, 0, 10);
  } else {
    if (arguments_count < 7) fail("usage: storm PORT others COUNT TOPICS EACH ALL");
    each_ms = (uint32_t)atoi(arguments[5]);
    all_ms = (uint32_t)atoi(arguments[6]);
    latencies = malloc(max_samples * sizeof *latencies);
    timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    epoll_ctl(poller, EPOLL_CTL_ADD, timer, &(struct epoll_event){ .events = EPOLLIN, .data.ptr = &timer });
    for (uint32_t i = 0; i <= count; i++) {
      clients[i].sent = calloc(sent_ring, sizeof(uint64_t));
      begin_to_connect(&clients[i]);
    }
    while (in_phase[live] <= count) serve_events(1000);
    printf("{\"ready\":true}\n");
  }
  for (;;) {
    serve_events(1000);
    answer_if_done();
    if (waiting_for[0] != 0 && now_ns() - began > (uint64_t)patience_s * 1000000000u)
      fail("%s took more than %d s: away %u, connecting %u, upgrading %u, greeting %u, joining %u, replaying %u, live %u", waiting_for, patience_s,
        in_phase[away], in_phase[connecting], in_phase[upgrading], in_phase[greeting], in_phase[joining], in_phase[replaying], in_phase[live]);
  }
}
