#define _GNU_SOURCE
#include "CLoad.h"

#include <errno.h>
#include <linux/sock_diag.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

int cl_poll_new(void) {
    int poll = epoll_create1(EPOLL_CLOEXEC);
    return poll < 0 ? -errno : poll;
}

int cl_bell_new(void) {
    int bell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return bell < 0 ? -errno : bell;
}

void cl_close(int descriptor) { close(descriptor); }

void cl_ring(int bell) {
    uint64_t one = 1;
    ssize_t ignored = write(bell, &one, sizeof one);
    (void)ignored;
}

void cl_clear(int bell) {
    uint64_t value;
    ssize_t ignored = read(bell, &value, sizeof value);
    (void)ignored;
}

static void set(int descriptor, int level, int name, int value) {
    setsockopt(descriptor, level, name, &value, sizeof value);
}

static int connect_to(int descriptor, const uint8_t *address, uint16_t port, bool is_ipv4) {
    if (is_ipv4) {
        struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(port)};
        memcpy(&name.sin_addr, address + 12, 4);
        return connect(descriptor, (struct sockaddr *)&name, sizeof name);
    }
    struct sockaddr_in6 name = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    memcpy(&name.sin6_addr, address, 16);
    return connect(descriptor, (struct sockaddr *)&name, sizeof name);
}

static bool is_mapped(const uint8_t *address) {
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    return memcmp(address, mapped, sizeof mapped) == 0;
}

int cl_socket_aim(int descriptor, const uint8_t *address, uint16_t port) {
    return connect_to(descriptor, address, port, is_mapped(address)) == 0 ? 0 : -errno;
}

static uint16_t cl_socket_name(int descriptor, uint8_t *address) {
    struct sockaddr_storage name = {0};
    socklen_t length = sizeof name;
    memset(address, 0, 16);
    if (getsockname(descriptor, (struct sockaddr *)&name, &length) != 0) return 0;
    if (name.ss_family == AF_INET) {
        const struct sockaddr_in *four = (const struct sockaddr_in *)&name;
        address[10] = address[11] = 0xff;
        memcpy(address + 12, &four->sin_addr, 4);
        return ntohs(four->sin_port);
    }
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)&name;
    memcpy(address, &six->sin6_addr, 16);
    return ntohs(six->sin6_port);
}

uint16_t cl_port(int descriptor) {
    uint8_t unused[16];
    return cl_socket_name(descriptor, unused);
}

int cl_resolve(const char *host, uint8_t *address) {
    struct addrinfo hints = {.ai_socktype = SOCK_DGRAM};
    struct addrinfo *found = NULL;
    if (getaddrinfo(host, NULL, &hints, &found) != 0 || found == NULL) return -EHOSTUNREACH;
    memset(address, 0, 16);
    if (found->ai_family == AF_INET) {
        address[10] = address[11] = 0xff;
        memcpy(address + 12, &((struct sockaddr_in *)found->ai_addr)->sin_addr, 4);
    } else {
        memcpy(address, &((struct sockaddr_in6 *)found->ai_addr)->sin6_addr, 16);
    }
    freeaddrinfo(found);
    return 0;
}

static int open_socket(bool is_ipv4, int buffer_bytes) {
    int descriptor = socket(is_ipv4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -errno;
    set(descriptor, IPPROTO_UDP, UDP_GRO, 1);
    set(descriptor, SOL_SOCKET, SO_TIMESTAMPNS, 1);
    // Without CAP_NET_ADMIN the second call gets what net.core.rmem_max allows.
    if (setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &buffer_bytes, sizeof buffer_bytes) != 0)
        set(descriptor, SOL_SOCKET, SO_RCVBUF, buffer_bytes);
    return descriptor;
}

int cl_socket_new(const uint8_t *address, uint16_t port, int buffer_bytes) {
    int descriptor = open_socket(is_mapped(address), buffer_bytes);
    if (descriptor < 0) return descriptor;
    int error = cl_socket_aim(descriptor, address, port);
    if (error == 0) return descriptor;
    close(descriptor);
    return error;
}

int cl_socket_reserve(const uint8_t *towards, int buffer_bytes, uint8_t *address, uint16_t *port) {
    // A connection would fix the source address for good; so another socket asks the routing for it.
    int asking = cl_socket_new(towards, 9, 0);
    if (asking < 0) return asking;
    cl_socket_name(asking, address);
    close(asking);
    int descriptor = open_socket(is_mapped(towards), buffer_bytes);
    if (descriptor < 0) return descriptor;
    struct sockaddr_storage any = {.ss_family = is_mapped(towards) ? AF_INET : AF_INET6};
    socklen_t length = is_mapped(towards) ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
    uint8_t unused[16];
    if (bind(descriptor, (struct sockaddr *)&any, length) == 0) {
        *port = cl_socket_name(descriptor, unused);
        return descriptor;
    }
    int error = -errno;
    close(descriptor);
    return error;
}

int cl_poll_add(int poll, int descriptor, uint32_t tag) {
    // Edge-triggered: who reads a socket until it is empty need not have it looked at once more to hear that it is.
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.u32 = tag};
    return epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, &event) == 0 ? 0 : -errno;
}

int cl_poll_wait(int poll, uint32_t *tags, int capacity, int64_t timeout) {
    struct epoll_event events[256];
    if (capacity > 256) capacity = 256;
    struct timespec limit = {.tv_sec = timeout / 1000000000, .tv_nsec = timeout % 1000000000};
    int count = epoll_pwait2(poll, events, capacity, timeout < 0 ? NULL : &limit, NULL);
    if (count < 0 && errno == ENOSYS)
        count = epoll_wait(poll, events, capacity, timeout < 0 ? -1 : (int)((timeout + 999999) / 1000000));
    if (count < 0) return -errno;
    for (int index = 0; index < count; index++) tags[index] = events[index].data.u32;
    return count;
}

static void read_control(struct msghdr *header, struct cl_received *received) {
    for (struct cmsghdr *part = CMSG_FIRSTHDR(header); part != NULL; part = CMSG_NXTHDR(header, part)) {
        if (part->cmsg_level == IPPROTO_UDP && part->cmsg_type == UDP_GRO) {
            int size;
            memcpy(&size, CMSG_DATA(part), sizeof size);
            received->segment_bytes = size > 0 ? (uint32_t)size : 0;
        } else if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_TIMESTAMPNS) {
            struct timespec stamp;
            memcpy(&stamp, CMSG_DATA(part), sizeof stamp);
            received->realtime_nanoseconds = (uint64_t)stamp.tv_sec * 1000000000u + (uint64_t)stamp.tv_nsec;
        }
    }
}

int cl_receive(int descriptor, uint8_t *memory, struct cl_received *received) {
    struct mmsghdr messages[CL_MESSAGES];
    struct iovec vectors[CL_MESSAGES];
    _Alignas(8) uint8_t controls[CL_MESSAGES][80];
    memset(messages, 0, sizeof messages);
    for (int index = 0; index < CL_MESSAGES; index++) {
        vectors[index].iov_base = memory + (size_t)index * CL_MESSAGE_BYTES;
        vectors[index].iov_len = CL_MESSAGE_BYTES;
        messages[index].msg_hdr.msg_iov = &vectors[index];
        messages[index].msg_hdr.msg_iovlen = 1;
        messages[index].msg_hdr.msg_control = controls[index];
        messages[index].msg_hdr.msg_controllen = sizeof controls[index];
    }
    int count = recvmmsg(descriptor, messages, CL_MESSAGES, MSG_DONTWAIT, NULL);
    if (count < 0) return -errno;
    for (int index = 0; index < count; index++) {
        received[index] = (struct cl_received){.byte_count = messages[index].msg_len};
        read_control(&messages[index].msg_hdr, &received[index]);
    }
    return count;
}

int cl_send(int descriptor, const void *bytes, size_t count, uint16_t segment_bytes) {
    struct iovec vector = {.iov_base = (void *)bytes, .iov_len = count};
    struct msghdr header = {.msg_iov = &vector, .msg_iovlen = 1};
    _Alignas(8) uint8_t control[CMSG_SPACE(sizeof(uint16_t))];
    if (segment_bytes != 0) {
        memset(control, 0, sizeof control);
        header.msg_control = control;
        header.msg_controllen = sizeof control;
        struct cmsghdr *part = CMSG_FIRSTHDR(&header);
        part->cmsg_level = IPPROTO_UDP;
        part->cmsg_type = UDP_SEGMENT;
        part->cmsg_len = CMSG_LEN(sizeof segment_bytes);
        memcpy(CMSG_DATA(part), &segment_bytes, sizeof segment_bytes);
    }
    return sendmsg(descriptor, &header, MSG_DONTWAIT) < 0 ? -errno : 0;
}

uint32_t cl_dropped(int descriptor) {
    uint32_t memory[SK_MEMINFO_VARS] = {0};
    socklen_t length = sizeof memory;
    if (getsockopt(descriptor, SOL_SOCKET, SO_MEMINFO, memory, &length) != 0) return 0;
    return memory[SK_MEMINFO_DROPS];
}

static uint64_t read_clock(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t cl_now(void) { return read_clock(CLOCK_MONOTONIC); }
uint64_t cl_realtime(void) { return read_clock(CLOCK_REALTIME); }
uint64_t cl_process_cpu(void) { return read_clock(CLOCK_PROCESS_CPUTIME_ID); }

void cl_sleep_until(uint64_t nanoseconds) {
    struct timespec until = {.tv_sec = (time_t)(nanoseconds / 1000000000), .tv_nsec = (long)(nanoseconds % 1000000000)};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

void cl_exact_timers(void) { prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0); }

uint64_t cl_raise_descriptors(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    getrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur;
}

uint64_t cl_random(void) {
    uint64_t value = 0;
    ssize_t ignored = getrandom(&value, sizeof value, 0);
    (void)ignored;
    return value;
}
