#define _GNU_SOURCE
#include "CPlatformDatagram.h"

#include <poll.h>

_Static_assert(sizeof(struct cp_message) == sizeof(struct mmsghdr), "layout of recvmmsg");
_Static_assert(offsetof(struct cp_message, msg_len) == offsetof(struct mmsghdr, msg_len), "layout of recvmmsg");

int cp_recvmmsg(int descriptor, struct cp_message *messages, unsigned count) {
    int result = recvmmsg(descriptor, (struct mmsghdr *)messages, count, MSG_DONTWAIT, NULL);
    return result < 0 ? -errno : result;
}

int cp_sendmmsg(int descriptor, struct cp_message *messages, unsigned count) {
    int result = sendmmsg(descriptor, (struct mmsghdr *)messages, count, MSG_DONTWAIT);
    return result < 0 ? -errno : result;
}

int cp_wait(int socket, bool want_read, bool want_write, int bell, int other, int64_t timeout) {
    struct pollfd entries[3] = {
        {.fd = socket, .events = (short)((want_read ? POLLIN : 0) | (want_write ? POLLOUT : 0))},
        {.fd = bell, .events = POLLIN},
        {.fd = other, .events = POLLIN},
    };
    struct timespec limit = {.tv_sec = timeout / 1000000000, .tv_nsec = timeout % 1000000000};
    int result = ppoll(entries, 3, timeout < 0 ? NULL : &limit, NULL);
    if (result < 0) return -errno;
    return ((entries[0].revents & (POLLIN | POLLERR)) ? 1 : 0) | ((entries[0].revents & POLLOUT) ? 2 : 0) |
           ((entries[1].revents & POLLIN) ? 4 : 0) | ((entries[2].revents & POLLIN) ? 8 : 0);
}
