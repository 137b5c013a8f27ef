#pragma once

/// What the driver needs of io_uring. Set-up is liburing's; submitting, waiting and reaping are spelled out here, so
/// that one call of `cu_enter` is one system call and its outcome is known exactly.

#include <errno.h>
#include <liburing.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define CU_HOT __attribute__((swift_attr("@_noLocks")))

/// The space that a multishot receive reserves at the start of a buffer: io_uring_recvmsg_out, name, control.
#define CU_HEADER_BYTES 16
#define CU_NAME_BYTES 48
#define CU_CONTROL_BYTES 64
#define CU_PREFIX_BYTES 128

_Static_assert(sizeof(struct io_uring_recvmsg_out) == CU_HEADER_BYTES, "layout of a multishot receive");
_Static_assert(CU_PREFIX_BYTES == CU_HEADER_BYTES + CU_NAME_BYTES + CU_CONTROL_BYTES, "the sum");
_Static_assert(CU_PREFIX_BYTES % 64 == 0, "payloads begin on a cache line");

struct cu_ring {
    struct io_uring ring;
    struct io_uring_buf_ring *buffers;
    uint32_t buffer_mask;
    /// Setup flags that the kernel took.
    uint32_t flags;
    uint32_t enter_flags;
    int32_t enter_descriptor;
    /// Features that the kernel has.
    uint32_t features;
    /// IORING_OP_SEND takes a destination.
    bool has_addressed_send;
    /// How submissions name the socket: the fixed file 0, or a plain descriptor.
    int32_t socket;
    uint8_t socket_flags;
    /// What sends without copying ask for beside reports: IORING_RECVSEND_FIXED_BUF once their memory is registered.
    uint16_t zero_copy_flags;
    /// What bells are rung with.
    uint64_t one;
    struct msghdr receive;
};

/// A wait may end with what is there after a minimum time (kernel 6.12); liburing 2.3 does not know the feature.
#define CU_FEATURE_MINIMUM_WAIT (1U << 15)

/// io_uring_getevents_arg of the same kernels: the minimum time is where older ones have padding.
struct cu_wait {
    uint64_t signal_mask;
    uint32_t signal_mask_bytes;
    uint32_t minimum_us;
    uint64_t limit;
};
_Static_assert(sizeof(struct cu_wait) == sizeof(struct io_uring_getevents_arg), "layout of a wait");

struct cu_completion {
    uint64_t tag;
    int32_t result;
    uint32_t flags;
};

/// Sets a ring up, with fewer flags where the kernel refuses some. 0 or a negative errno.
int cu_open(struct cu_ring *ring, uint32_t submissions, uint32_t completions);
void cu_close(struct cu_ring *ring);
/// Makes `descriptor` fixed file 0 and what submissions name. 0 or a negative errno.
int cu_register_file(struct cu_ring *ring, int descriptor);
/// The same without registering: every submission looks the descriptor up.
void cu_use_file(struct cu_ring *ring, int descriptor);
/// Registers a ring of provided buffers, group 0. `memory` is page-aligned, 16 bytes an entry, entries a power of two.
/// `incremental`: what one receive leaves of a buffer serves the next (kernel 6.12).
int cu_register_buffers(struct cu_ring *ring, void *memory, uint32_t entries, bool incremental);
/// Pins the memory from which datagrams are sent without copying. 0 or a negative errno.
int cu_register_cells(struct cu_ring *ring, void *memory, size_t byte_count);
/// Lets this thread enter the ring without looking its descriptor up. 0 or a negative errno; harmless when refused.
int cu_register_self(struct cu_ring *ring);
/// Whether the kernel knows an operation; negative errno when it does not say.
int cu_supports(struct cu_ring *ring, int operation);
/// 0 when io_uring_setup works here, or a negative errno.
int cu_try(void);
/// Lets waits poll the network card's queues for so long before they sleep (NAPI). 0 or a negative errno.
int cu_busy_poll(struct cu_ring *ring, uint32_t microseconds);

/// Entries that wait to be submitted.
CU_HOT
static inline uint32_t cu_waiting(const struct cu_ring *ring) {
    return ring->ring.sq.sqe_tail - __atomic_load_n(ring->ring.sq.khead, __ATOMIC_ACQUIRE);
}

/// Submission entries consumed by the kernel so far; wraps.
CU_HOT
static inline uint32_t cu_submitted(const struct cu_ring *ring) {
    return __atomic_load_n(ring->ring.sq.khead, __ATOMIC_ACQUIRE);
}

/// The number that the next entry gets; its place in a parallel table is this, masked.
CU_HOT
static inline uint32_t cu_next_entry(const struct cu_ring *ring) { return ring->ring.sq.sqe_tail; }

CU_HOT
static inline uint32_t cu_entry_mask(const struct cu_ring *ring) { return ring->ring.sq.ring_mask; }

CU_HOT
static inline bool cu_is_full(const struct cu_ring *ring) { return cu_waiting(ring) > ring->ring.sq.ring_mask; }

/// A cleared entry; the caller has asked `cu_is_full` before.
CU_HOT
static inline struct io_uring_sqe *cu_take(struct cu_ring *ring) {
    struct io_uring_sqe *entry = &ring->ring.sq.sqes[ring->ring.sq.sqe_tail & ring->ring.sq.ring_mask];
    ring->ring.sq.sqe_tail++;
    memset(entry, 0, sizeof *entry);
    return entry;
}

/// One send of a message on the fixed socket. `quiet`: tried once and completed within the enter that submits it; success
/// leaves no completion. Otherwise the kernel waits for room in the socket's buffer and always reports.
///
/// Without control data it is a send with an address where the kernel has that: 100 ns less than sendmsg.
CU_HOT
static inline void cu_send(struct cu_ring *ring, const struct msghdr *header, bool quiet, uint64_t tag) {
    struct io_uring_sqe *entry = cu_take(ring);
    if (ring->has_addressed_send && header->msg_control == NULL) {
        entry->opcode = IORING_OP_SEND;
        entry->addr = (uint64_t)(uintptr_t)header->msg_iov->iov_base;
        entry->len = (uint32_t)header->msg_iov->iov_len;
        entry->addr2 = (uint64_t)(uintptr_t)header->msg_name;
        entry->addr_len = (uint16_t)header->msg_namelen;
    } else {
        entry->opcode = IORING_OP_SENDMSG;
        entry->addr = (uint64_t)(uintptr_t)header;
        entry->len = 1;
    }
    entry->msg_flags = quiet ? MSG_DONTWAIT : 0;
    entry->fd = ring->socket;
    entry->flags = (uint8_t)(ring->socket_flags | (quiet ? IOSQE_CQE_SKIP_SUCCESS : 0));
    entry->user_data = tag;
}

/// What liburing 2.3 does not know: ask whether a send without copying was one (kernel 6.2), and the answer.
#define CU_REPORT_USAGE (1U << 3)
#define CU_USAGE_COPIED (1U << 31)

/// One send of a message without copying it in the kernel. The first completion tells the outcome; when it carries
/// IORING_CQE_F_MORE, a second one (IORING_CQE_F_NOTIF) comes once nobody reads the bytes any more.
CU_HOT
static inline void cu_send_zero_copy(struct cu_ring *ring, const struct msghdr *header, uint64_t tag) {
    struct io_uring_sqe *entry = cu_take(ring);
    if (header->msg_control == NULL) {
        entry->opcode = IORING_OP_SEND_ZC;
        entry->addr = (uint64_t)(uintptr_t)header->msg_iov->iov_base;
        entry->len = (uint32_t)header->msg_iov->iov_len;
        entry->addr2 = (uint64_t)(uintptr_t)header->msg_name;
        entry->addr_len = (uint16_t)header->msg_namelen;
    } else {
        entry->opcode = IORING_OP_SENDMSG_ZC;
        entry->addr = (uint64_t)(uintptr_t)header;
        entry->len = 1;
    }
    entry->fd = ring->socket;
    entry->ioprio = (uint16_t)(CU_REPORT_USAGE | ring->zero_copy_flags);
    entry->flags = ring->socket_flags;
    entry->user_data = tag;
}

CU_HOT
static inline void cu_receive(struct cu_ring *ring, uint64_t tag) {
    memset(&ring->receive, 0, sizeof ring->receive);
    ring->receive.msg_namelen = CU_NAME_BYTES;
    ring->receive.msg_controllen = CU_CONTROL_BYTES;
    struct io_uring_sqe *entry = cu_take(ring);
    entry->opcode = IORING_OP_RECVMSG;
    entry->addr = (uint64_t)(uintptr_t)&ring->receive;
    entry->len = 1;
    entry->ioprio = IORING_RECV_MULTISHOT;
    entry->fd = ring->socket;
    entry->flags = (uint8_t)(ring->socket_flags | IOSQE_BUFFER_SELECT);
    entry->buf_group = 0;
    entry->user_data = tag;
}

/// Receives what a second socket has, by the same buffers; the last completion (EAGAIN) comes within the enter that submits it.
CU_HOT
static inline void cu_receive_waiting(struct cu_ring *ring, int descriptor, uint64_t tag) {
    cu_receive(ring, tag);
    struct io_uring_sqe *entry = &ring->ring.sq.sqes[(ring->ring.sq.sqe_tail - 1) & ring->ring.sq.ring_mask];
    entry->msg_flags = MSG_DONTWAIT;
    entry->fd = descriptor;
    entry->flags = IOSQE_BUFFER_SELECT;
}

CU_HOT
static inline void cu_poll(struct cu_ring *ring, int descriptor, uint32_t flags, uint64_t tag) {
    struct io_uring_sqe *entry = cu_take(ring);
    entry->opcode = IORING_OP_POLL_ADD;
    entry->fd = descriptor;
    entry->len = flags;
    entry->poll32_events = 1; // POLLIN
    entry->user_data = tag;
}

/// Reports once that a socket has something.
CU_HOT
static inline void cu_watch_once(struct cu_ring *ring, int descriptor, uint64_t tag) {
    cu_poll(ring, descriptor, 0, tag);
}

/// Takes back what was submitted under a tag; that then completes, with what it has or -ECANCELED.
static inline void cu_cancel(struct cu_ring *ring, uint64_t cancelled, uint64_t tag) {
    struct io_uring_sqe *entry = cu_take(ring);
    entry->opcode = IORING_OP_ASYNC_CANCEL;
    entry->fd = -1;
    entry->addr = cancelled;
    entry->user_data = tag;
}

/// Reports every ring of a bell until the completion comes without IORING_CQE_F_MORE.
CU_HOT
static inline void cu_watch(struct cu_ring *ring, int bell, uint64_t tag) {
    cu_poll(ring, bell, IORING_POLL_ADD_MULTI, tag);
}

/// Receives up to `count` bytes of a TCP connection, once; it waits until there are some.
CU_HOT
static inline void cu_tcp_receive(struct cu_ring *ring, int descriptor, void *bytes, uint32_t count, uint64_t tag) {
    struct io_uring_sqe *entry = cu_take(ring);
    entry->opcode = IORING_OP_RECV;
    entry->fd = descriptor;
    entry->addr = (uint64_t)(uintptr_t)bytes;
    entry->len = count;
    entry->user_data = tag;
}

/// Sends what the connection takes of `count` bytes; it waits until it takes some.
CU_HOT
static inline void cu_tcp_send(struct cu_ring *ring, int descriptor, const void *bytes, uint32_t count, uint64_t tag) {
    struct io_uring_sqe *entry = cu_take(ring);
    entry->opcode = IORING_OP_SEND;
    entry->fd = descriptor;
    entry->addr = (uint64_t)(uintptr_t)bytes;
    entry->len = count;
    entry->msg_flags = MSG_NOSIGNAL;
    entry->user_data = tag;
}

CU_HOT
static inline void cu_ring_bell(struct cu_ring *ring, int bell, uint64_t tag) {
    struct io_uring_sqe *entry = cu_take(ring);
    entry->opcode = IORING_OP_WRITE;
    entry->fd = bell;
    entry->addr = (uint64_t)(uintptr_t)&ring->one;
    entry->len = sizeof ring->one;
    entry->off = (uint64_t)-1;
    entry->flags = IOSQE_CQE_SKIP_SUCCESS;
    entry->user_data = tag;
}

/// Submits what waits; with `reap` also lets the kernel post completions and waits for `wait` of them, or for `timeout`
/// nanoseconds (negative: without end). After `minimum_us` one completion is enough, where the kernel has
/// CU_FEATURE_MINIMUM_WAIT; 0 elsewhere. The number submitted, or a negative errno (ETIME: the time is up).
CU_HOT
static inline int cu_enter_batch(
    struct cu_ring *ring, bool reap, uint32_t wait, int64_t timeout, uint32_t minimum_us) {
    __atomic_store_n(ring->ring.sq.ktail, ring->ring.sq.sqe_tail, __ATOMIC_RELEASE);
    uint32_t flags = ring->enter_flags;
    struct __kernel_timespec limit = {.tv_sec = timeout / 1000000000, .tv_nsec = timeout % 1000000000};
    struct cu_wait argument = {.limit = timeout >= 0 ? (uint64_t)(uintptr_t)&limit : 0, .minimum_us = minimum_us};
    bool timed = reap && wait > 0 && (timeout >= 0 || minimum_us > 0);
    if (reap) flags |= IORING_ENTER_GETEVENTS;
    if (timed) flags |= IORING_ENTER_EXT_ARG;
    long result = syscall(__NR_io_uring_enter, ring->enter_descriptor, cu_waiting(ring), wait, flags,
                          timed ? (void *)&argument : NULL, timed ? sizeof argument : 0);
    return result < 0 ? -errno : (int)result;
}

CU_HOT
static inline int cu_enter(struct cu_ring *ring, bool reap, uint32_t wait, int64_t timeout) {
    return cu_enter_batch(ring, reap, wait, timeout, 0);
}

/// Takes one completion; false when there is none.
CU_HOT
static inline bool cu_reap(struct cu_ring *ring, struct cu_completion *completion) {
    struct io_uring_cq *queue = &ring->ring.cq;
    uint32_t head = *queue->khead;
    if (head == __atomic_load_n(queue->ktail, __ATOMIC_ACQUIRE)) return false;
    const struct io_uring_cqe *entry = &queue->cqes[head & queue->ring_mask];
    completion->tag = entry->user_data;
    completion->result = entry->res;
    completion->flags = entry->flags;
    __atomic_store_n(queue->khead, head + 1, __ATOMIC_RELEASE);
    return true;
}

CU_HOT
static inline bool cu_has_overflow(const struct cu_ring *ring) {
    return (__atomic_load_n(ring->ring.sq.kflags, __ATOMIC_RELAXED) & IORING_SQ_CQ_OVERFLOW) != 0;
}

/// Puts a buffer at `offset` behind the ring's end; `cu_publish` then hands `count` of them to the kernel.
CU_HOT
static inline void cu_provide(struct cu_ring *ring, void *bytes, uint32_t byte_count, uint16_t buffer, int offset) {
    io_uring_buf_ring_add(ring->buffers, bytes, byte_count, buffer, (int)ring->buffer_mask, offset);
}

CU_HOT
static inline void cu_publish(struct cu_ring *ring, int count) { io_uring_buf_ring_advance(ring->buffers, count); }
