#pragma once

/// TCP listening, looking at what came without taking it, and epoll.

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

#include "CPlatformDatagram.h"

/// Unsent bytes that the kernel keeps of a connection before it calls its send buffer full.
#define CP_TCP_UNSENT_BYTES 65536
/// What the kernel keeps of a connection's incoming bytes (it doubles this for its own use).
#define CP_TCP_RECEIVE_BYTES 262144
/// A connection whose bytes are not acknowledged for so long is over.
#define CP_TCP_PATIENCE_MILLISECONDS 30000

/// What accepted connections inherit: no delay, bounded buffers, an end when the other side has gone. 0 or an errno.
int cp_tcp_prepare_listener(int descriptor);

/// The next connection with the address that it comes from: `name` has room for 32 bytes, `length` is what the kernel
/// wrote. A descriptor or a negative errno.
int cp_tcp_accept(int listener, uint8_t *name, uint32_t *length);

/// Up to `count` bytes that have come, left where they are. 0: the other side has closed. Or a negative errno.
static inline ssize_t cp_tcp_peek(int descriptor, void *bytes, size_t count) {
    ssize_t result = recv(descriptor, bytes, count, MSG_PEEK | MSG_DONTWAIT);
    return result < 0 ? -errno : result;
}

/// Both never wait: a count, 0 (receive: the other side has closed), or a negative errno.
CP_HOT
static inline ssize_t cp_tcp_receive(int descriptor, void *bytes, size_t count) {
    ssize_t result = recv(descriptor, bytes, count, MSG_DONTWAIT);
    return result < 0 ? -errno : result;
}

CP_HOT
static inline ssize_t cp_tcp_send(int descriptor, const void *bytes, size_t count) {
    ssize_t result = send(descriptor, bytes, count, MSG_DONTWAIT | MSG_NOSIGNAL);
    return result < 0 ? -errno : result;
}

/// Ends both directions: what waits on the descriptor comes back.
CP_HOT
static inline void cp_tcp_shutdown(int descriptor) { (void)shutdown(descriptor, SHUT_RDWR); }

CP_HOT
static inline void cp_close(int descriptor) { (void)close(descriptor); }

/// An epoll descriptor or a negative errno.
int cp_epoll_open(void);

/// Watches a descriptor for reading (always) and writing; `tag` names it in what `cp_epoll_take` tells. `edge`: tell once
/// for all that has come. 0 or a negative errno.
CP_HOT
int cp_epoll_add(int epoll, int descriptor, uint32_t tag, bool edge);
CP_HOT
int cp_epoll_set_writing(int epoll, int descriptor, uint32_t tag, bool wanted);

void cp_epoll_remove(int epoll, int descriptor);

struct cp_ready {
    uint32_t tag;
    bool can_read;
    bool can_write;
};

#define CP_READY_MAX 64

/// What is ready, at most CP_READY_MAX; waits for `milliseconds`, negative without end. The count or a negative errno.
CP_HOT
int cp_epoll_take(int epoll, struct cp_ready *ready, int milliseconds);
