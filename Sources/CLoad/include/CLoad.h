#pragma once

/// Sockets of many remote ends on one thread: epoll, bursts by UDP_GRO and UDP_SEGMENT, arrival times by the kernel.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Datagrams that one call takes at most, each of 64 KiB.
#define CL_MESSAGES 8
#define CL_MESSAGE_BYTES 65536

/// One receive: `segment_bytes` is 0 for a datagram that came alone, else the size of merged ones.
struct cl_received {
    uint32_t byte_count;
    uint32_t segment_bytes;
    /// When the kernel took it in, CLOCK_REALTIME; 0 when it does not say.
    uint64_t realtime_nanoseconds;
};

/// Each returns a descriptor or a negative errno.
int cl_poll_new(void);
/// A socket of its own port, connected to `address` (16 bytes in network order, IPv4 as ::ffff:a.b.c.d).
int cl_socket_new(const uint8_t *address, uint16_t port, int buffer_bytes);
/// Connects it to another address. 0 or a negative errno.
int cl_socket_aim(int descriptor, const uint8_t *address, uint16_t port);
/// A socket with a port of its own that is connected to nobody yet, and the address (16 bytes) and port at which somebody
/// at `towards` can reach it.
int cl_socket_reserve(const uint8_t *towards, int buffer_bytes, uint8_t *address, uint16_t *port);
/// Address (16 bytes as above) of a host's name. 0 or a negative errno.
int cl_resolve(const char *host, uint8_t *address);
/// The port that the socket is bound to; 0 for none.
uint16_t cl_port(int descriptor);
int cl_bell_new(void);
void cl_close(int descriptor);
void cl_ring(int bell);
void cl_clear(int bell);

/// 0 or a negative errno. `tag` is what `cl_poll_wait` gives for it, once for what has come: read until nothing is left.
int cl_poll_add(int poll, int descriptor, uint32_t tag);
/// How many tags were written, or a negative errno. `timeout` in nanoseconds, negative for none.
int cl_poll_wait(int poll, uint32_t *tags, int capacity, int64_t timeout);

/// Receives up to CL_MESSAGES datagrams, number i at `memory` + i * CL_MESSAGE_BYTES. How many, or a negative errno.
int cl_receive(int descriptor, uint8_t *memory, struct cl_received *received);
/// Sends one datagram, or several of `segment_bytes` when that is not 0. 0 or a negative errno.
int cl_send(int descriptor, const void *bytes, size_t count, uint16_t segment_bytes);
/// Datagrams that the kernel dropped because the socket's buffer was full.
uint32_t cl_dropped(int descriptor);

/// CLOCK_MONOTONIC and CLOCK_REALTIME in nanoseconds.
uint64_t cl_now(void);
uint64_t cl_realtime(void);
/// Sleeps until a time of CLOCK_MONOTONIC.
void cl_sleep_until(uint64_t nanoseconds);
/// Lets the calling thread's timers be as exact as the kernel can.
void cl_exact_timers(void);
/// Raises the limit of open descriptors to the most that is allowed, and returns it.
uint64_t cl_raise_descriptors(void);
/// CPU time of the whole process in nanoseconds.
uint64_t cl_process_cpu(void);
/// Random bytes of the kernel.
uint64_t cl_random(void);
