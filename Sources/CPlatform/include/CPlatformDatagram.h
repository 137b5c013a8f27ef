#pragma once

/// Message headers for UDP sends and receives with UDP_SEGMENT and UDP_GRO.

#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/// For Swift functions marked @_noLocks: these neither lock nor allocate outside the kernel.
#define CP_HOT __attribute__((swift_attr("@_noLocks")))

#define CP_SEND_CONTROL_BYTES 24
#define CP_RECEIVE_NAME_BYTES 32
#define CP_RECEIVE_CONTROL_BYTES 64

/// struct mmsghdr, which headers declare only under _GNU_SOURCE.
struct cp_message {
    struct msghdr msg_hdr;
    unsigned msg_len;
};

/// Everything that one sendmsg of one run points to. Made once per cell and filled anew for each send.
struct cp_send_slot {
    struct cp_message message;
    struct iovec vector;
    _Alignas(8) uint8_t name[32];
    _Alignas(8) uint8_t control[CP_SEND_CONTROL_BYTES];
};

/// Everything that one message of a recvmmsg points to.
struct cp_receive_slot {
    struct iovec vector;
    _Alignas(8) uint8_t name[CP_RECEIVE_NAME_BYTES];
    _Alignas(8) uint8_t control[CP_RECEIVE_CONTROL_BYTES];
};

_Static_assert(CMSG_SPACE(sizeof(uint16_t)) == CP_SEND_CONTROL_BYTES, "room for one UDP_SEGMENT message");

/// Links the parts of a slot with each other. The slot must not move afterwards.
CP_HOT
static inline void cp_send_slot_init(struct cp_send_slot *slot) {
    memset(slot, 0, sizeof *slot);
    slot->message.msg_hdr.msg_name = slot->name;
    slot->message.msg_hdr.msg_iov = &slot->vector;
    slot->message.msg_hdr.msg_iovlen = 1;
    struct cmsghdr *header = (struct cmsghdr *)slot->control;
    header->cmsg_level = IPPROTO_UDP;
    header->cmsg_type = UDP_SEGMENT;
    header->cmsg_len = CMSG_LEN(sizeof(uint16_t));
}

CP_HOT
static inline struct msghdr *cp_send_slot_header(struct cp_send_slot *slot) { return &slot->message.msg_hdr; }

/// The destination from 16 address bytes in network order. An AF_INET socket gets the last four of a mapped address;
/// what is not mapped stays AF_INET6, and the kernel refuses it there. `port` in host order.
CP_HOT
static inline void cp_send_slot_name(struct cp_send_slot *slot, uint64_t high, uint64_t low, uint16_t port, bool ipv4) {
    if (ipv4 && high == 0 && (low & 0xFFFFFFFFu) == 0xFFFF0000u) {
        struct sockaddr_in *name = (struct sockaddr_in *)slot->name;
        name->sin_family = AF_INET;
        name->sin_port = htons(port);
        name->sin_addr.s_addr = (uint32_t)(low >> 32);
        slot->message.msg_hdr.msg_namelen = sizeof *name;
        return;
    }
    struct sockaddr_in6 *name = (struct sockaddr_in6 *)slot->name;
    name->sin6_family = AF_INET6;
    name->sin6_port = htons(port);
    name->sin6_flowinfo = 0;
    name->sin6_scope_id = 0;
    memcpy(&name->sin6_addr, &high, 8);
    memcpy((uint8_t *)&name->sin6_addr + 8, &low, 8);
    slot->message.msg_hdr.msg_namelen = sizeof *name;
}

/// The bytes to send; `segment_bytes` is 0 for a single datagram.
CP_HOT
static inline void cp_send_slot_bytes(struct cp_send_slot *slot, void *bytes, size_t count, uint16_t segment_bytes) {
    slot->vector.iov_base = bytes;
    slot->vector.iov_len = count;
    if (segment_bytes == 0) {
        slot->message.msg_hdr.msg_control = NULL;
        slot->message.msg_hdr.msg_controllen = 0;
        return;
    }
    slot->message.msg_hdr.msg_control = slot->control;
    slot->message.msg_hdr.msg_controllen = sizeof slot->control;
    memcpy(CMSG_DATA((struct cmsghdr *)slot->control), &segment_bytes, sizeof segment_bytes);
}

/// The size of merged datagrams (UDP_GRO) in received control data, or 0 when the datagram came alone.
CP_HOT
static inline uint32_t cp_gro_segment(const void *control, size_t length) {
    const uint8_t *place = control;
    while (length >= sizeof(struct cmsghdr)) {
        struct cmsghdr header;
        memcpy(&header, place, sizeof header);
        if (header.cmsg_len < sizeof header || header.cmsg_len > length) return 0;
        if (header.cmsg_level == IPPROTO_UDP && header.cmsg_type == UDP_GRO && header.cmsg_len >= CMSG_LEN(sizeof(int))) {
            int size;
            memcpy(&size, place + CMSG_LEN(0), sizeof size);
            return size > 0 ? (uint32_t)size : 0;
        }
        size_t step = CMSG_ALIGN(header.cmsg_len);
        if (step >= length) return 0;
        place += step;
        length -= step;
    }
    return 0;
}

/// Prepares one message of a recvmmsg. Lengths must be set anew for every call: the kernel writes to them.
CP_HOT
static inline void cp_receive_prepare(struct cp_message *message, struct cp_receive_slot *slot, void *bytes, size_t count) {
    slot->vector.iov_base = bytes;
    slot->vector.iov_len = count;
    message->msg_hdr = (struct msghdr){
        .msg_name = slot->name,
        .msg_namelen = sizeof slot->name,
        .msg_iov = &slot->vector,
        .msg_iovlen = 1,
        .msg_control = slot->control,
        .msg_controllen = sizeof slot->control,
    };
    message->msg_len = 0;
}

/// The number of messages received, or a negative errno.
CP_HOT
int cp_recvmmsg(int descriptor, struct cp_message *messages, unsigned count);

/// The number of messages sent, or a negative errno for the first.
CP_HOT
int cp_sendmmsg(int descriptor, struct cp_message *messages, unsigned count);

/// Sends one prepared slot now, with other bytes than it names. 0 or a negative errno.
CP_HOT
static inline int cp_send_part(int descriptor, struct cp_send_slot *slot, void *bytes, size_t count) {
    ssize_t result = sendto(descriptor, bytes, count, MSG_DONTWAIT, (struct sockaddr *)slot->name,
                            slot->message.msg_hdr.msg_namelen);
    return result < 0 ? -errno : 0;
}

/// Waits for readable sockets (and a writable one when `want_write`). `timeout` in nanoseconds, negative for none; `bell`
/// and `other` may be -1. Bit 0: the socket can be read, bit 1: written, bit 2: the bell was rung, bit 3: the other
/// descriptor (an epoll) can be read. Negative errno on failure.
CP_HOT
int cp_wait(int socket, bool want_read, bool want_write, int bell, int other, int64_t timeout);

/// Forgets the rings of a bell so far.
CP_HOT
static inline void cp_clear_bell(int bell) {
    uint64_t value;
    ssize_t ignored = read(bell, &value, sizeof value);
    (void)ignored;
}

/// Rings another thread's bell.
CP_HOT
static inline void cp_ring_bell(int bell) {
    uint64_t one = 1;
    ssize_t ignored = write(bell, &one, sizeof one);
    (void)ignored;
}

/// CLOCK_MONOTONIC in nanoseconds.
CP_HOT
static inline uint64_t cp_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}
