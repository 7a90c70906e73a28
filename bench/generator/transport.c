/*
 * TCP and TLS, never blocking: a server that is slow to read must not keep the generator from reading what it has written.
 * TLS is OpenSSL's, with one cipher suite so that every server is asked for the same; without its headers, it is left out.
 */
#define _GNU_SOURCE
#include "generator.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#ifdef WITH_TLS
#include <openssl/err.h>
#include <openssl/ssl.h>
static SSL_CTX *tls;
#endif

static int poll_fd;
static struct sockaddr_in address;
static uint8_t chunk[chunk_size];

void make_room(Held *held, size_t capacity) {
  if (held->capacity >= capacity) return;
  held->bytes = realloc(held->bytes, capacity);
  if (held->bytes == NULL) fail("no memory for %zu bytes", capacity);
  held->capacity = capacity;
}

void hold(Held *held, const uint8_t *more, size_t length) {
  if (length == 0) return;
  if (held->length + length > held->capacity) make_room(held, 2 * held->length + length);
  memcpy(held->bytes + held->length, more, length);
  held->length += length;
}

void drop(Held *held, size_t count) {
  if (count == 0) return;
  held->length -= count;
  memmove(held->bytes, held->bytes + count, held->length);
}

void open_transport(uint16_t port) {
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  poll_fd = epoll_create1(EPOLL_CLOEXEC);
  epoll_ctl(poll_fd, EPOLL_CTL_ADD, STDIN_FILENO, &(struct epoll_event){ .events = EPOLLIN, .data.ptr = NULL });
  address = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
  if (!plan.tls) return;
#ifdef WITH_TLS
  tls = SSL_CTX_new(TLS_client_method());
  if (tls == NULL || SSL_CTX_set_ciphersuites(tls, "TLS_AES_128_GCM_SHA256") != 1) fail("OpenSSL has no TLS 1.3");
  SSL_CTX_set_min_proto_version(tls, TLS1_3_VERSION);
  SSL_CTX_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
#else
  fail("compiled without OpenSSL");
#endif
}

int wait_for_events(struct epoll_event *events, int most, int ms) {
  return epoll_wait(poll_fd, events, most, ms);
}

static void want(Client *client, int operation, int writable) {
  client->writable_wanted = writable;
  struct epoll_event event = { .events = EPOLLIN | (writable ? EPOLLOUT : 0), .data.ptr = client };
  if (epoll_ctl(poll_fd, operation, client->fd, &event) != 0) fail("epoll_ctl: %s", strerror(errno));
}

void connect_client(Client *client) {
  client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (client->fd < 0) fail("socket: %s", strerror(errno));
  setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
  if (connect(client->fd, (struct sockaddr *)&address, sizeof address) != 0 && errno != EINPROGRESS) {
    fail("connect: %s", strerror(errno));
  }
  client->state = connecting;
  want(client, EPOLL_CTL_ADD, 1);
}

void disconnect_client(Client *client) {
#ifdef WITH_TLS
  if (client->ssl != NULL) SSL_free(client->ssl);
  client->ssl = NULL;
#endif
  close(client->fd);
  client->in.length = client->out.length = 0;
  client->state = unconnected;
}

/* Bytes read or written; -1: not now; 0: the other side has ended the stream. */
#ifdef WITH_TLS
static ssize_t result_of_tls(Client *client, int result) {
  if (result > 0) return result;
  int error = SSL_get_error(client->ssl, result);
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return -1;
  if (error == SSL_ERROR_ZERO_RETURN) return 0;
  fail("TLS: %s", ERR_error_string(ERR_get_error(), NULL));
}
#endif

static ssize_t read_some(Client *client, uint8_t *to, size_t room) {
#ifdef WITH_TLS
  if (client->ssl != NULL) return result_of_tls(client, SSL_read(client->ssl, to, (int)room));
#endif
  ssize_t length = recv(client->fd, to, room, 0);
  if (length < 0 && errno != EAGAIN) fail("recv: %s", strerror(errno));
  return length;
}

static ssize_t write_some(Client *client, const uint8_t *from, size_t length) {
#ifdef WITH_TLS
  if (client->ssl != NULL) return result_of_tls(client, SSL_write(client->ssl, from, (int)length));
#endif
  ssize_t sent = send(client->fd, from, length, MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN) fail("send: %s", strerror(errno));
  return sent;
}

void send_bytes(Client *client, const uint8_t *from, size_t length) {
  while (length > 0 && client->out.length == 0) {
    ssize_t sent = write_some(client, from, length);
    if (sent <= 0) break;
    from += sent;
    length -= (size_t)sent;
  }
  hold(&client->out, from, length);
  if (client->out.length > 0 && !client->writable_wanted) want(client, EPOLL_CTL_MOD, 1);
}

static void send_held(Client *client) {
  size_t at = 0;
  while (at < client->out.length) {
    ssize_t sent = write_some(client, client->out.bytes + at, client->out.length - at);
    if (sent <= 0) break;
    at += (size_t)sent;
  }
  drop(&client->out, at);
  if (client->out.length == 0 && client->writable_wanted) want(client, EPOLL_CTL_MOD, 0);
}

/* What is left of an unfinished frame or head is held, and read on behind it. Returns as read_some does. */
static ssize_t read_more(Client *client) {
  Held *in = &client->in;
  ssize_t length;
  if (in->length == 0) {
    length = read_some(client, chunk, chunk_size);
    if (length <= 0) return length;
    size_t used = receive(client, chunk, (size_t)length);
    hold(in, chunk + used, (size_t)length - used);
  } else {
    make_room(in, in->length + (16 << 10));
    length = read_some(client, in->bytes + in->length, in->capacity - in->length);
    if (length <= 0) return length;
    in->length += (size_t)length;
    drop(in, receive(client, in->bytes, in->length));
  }
  return length;
}

static void connected(Client *client) {
  int error = 0;
  getsockopt(client->fd, SOL_SOCKET, SO_ERROR, &error, &(socklen_t){ sizeof error });
  if (error != 0) fail("connect: %s", strerror(error));
  want(client, EPOLL_CTL_MOD, 0);
  client->state = securing;
#ifdef WITH_TLS
  if (!plan.tls) return;
  client->ssl = SSL_new(tls);
  SSL_set_fd(client->ssl, client->fd);
  SSL_set_connect_state(client->ssl);
#endif
}

static int secured(Client *client) {
#ifdef WITH_TLS
  return client->ssl == NULL || result_of_tls(client, SSL_do_handshake(client->ssl)) > 0;
#else
  return client->ssl == NULL;
#endif
}

int serve_event(Client *client, uint32_t events) {
  if (client->state == connecting || client->state == securing) {
    if (client->state == connecting && !(events & (EPOLLOUT | EPOLLERR))) return 0;
    if (client->state == connecting) connected(client);
    if (!secured(client)) return 0;
    client->state = upgrading;
    return 1;
  }
  if (events & EPOLLOUT) send_held(client);
  if (!(events & (EPOLLIN | EPOLLHUP | EPOLLERR))) return 0;
  ssize_t length = read_more(client);
  /* TLS may hold back whole records that epoll knows nothing of. */
  while (length > 0 && client->ssl != NULL) length = read_more(client);
  return length == 0 ? -1 : 0;
}
