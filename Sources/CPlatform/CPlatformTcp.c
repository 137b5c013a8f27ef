#define _GNU_SOURCE
#include "CPlatformTcp.h"

#include <netinet/tcp.h>

static int set(int descriptor, int level, int name, int value) {
    return setsockopt(descriptor, level, name, &value, sizeof value) == 0 ? 0 : errno;
}

int cp_tcp_prepare_listener(int descriptor) {
    int error = set(descriptor, SOL_SOCKET, SO_REUSEADDR, 1);
    if (error == 0) error = set(descriptor, IPPROTO_TCP, TCP_NODELAY, 1);
    if (error == 0) error = set(descriptor, SOL_SOCKET, SO_RCVBUF, CP_TCP_RECEIVE_BYTES);
    if (error == 0) error = set(descriptor, IPPROTO_TCP, TCP_NOTSENT_LOWAT, CP_TCP_UNSENT_BYTES);
    if (error == 0) error = set(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, CP_TCP_PATIENCE_MILLISECONDS);
    return error;
}

int cp_tcp_accept(int listener, uint8_t *name, uint32_t *length) {
    socklen_t size = 32;
    int descriptor = accept4(listener, (struct sockaddr *)name, &size, SOCK_CLOEXEC);
    *length = size;
    return descriptor < 0 ? -errno : descriptor;
}

int cp_epoll_open(void) {
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    return epoll < 0 ? -errno : epoll;
}

static int control(int epoll, int operation, int descriptor, uint32_t tag, uint32_t events) {
    struct epoll_event event = {.events = events, .data.u32 = tag};
    return epoll_ctl(epoll, operation, descriptor, &event) == 0 ? 0 : -errno;
}

int cp_epoll_add(int epoll, int descriptor, uint32_t tag, bool edge) {
    return control(epoll, EPOLL_CTL_ADD, descriptor, tag, EPOLLIN | (edge ? EPOLLET | EPOLLRDHUP : 0));
}

int cp_epoll_set_writing(int epoll, int descriptor, uint32_t tag, bool wanted) {
    return control(epoll, EPOLL_CTL_MOD, descriptor, tag, EPOLLIN | (wanted ? EPOLLOUT : 0));
}

void cp_epoll_remove(int epoll, int descriptor) { (void)epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, NULL); }

int cp_epoll_take(int epoll, struct cp_ready *ready, int milliseconds) {
    struct epoll_event events[CP_READY_MAX];
    int count = epoll_wait(epoll, events, CP_READY_MAX, milliseconds);
    if (count < 0) return -errno;
    for (int index = 0; index < count; index++) {
        uint32_t what = events[index].events;
        ready[index].tag = events[index].data.u32;
        ready[index].can_read = (what & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
        ready[index].can_write = (what & EPOLLOUT) != 0;
    }
    return count;
}
